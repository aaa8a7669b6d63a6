"""Warping and blending whole pictures: OpenCV's fast paths, with our types."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.face.eyes import EyeMotion, put_eyes
from pechead.face.flow import Grid
from pechead_live.frames import Image

Array = NDArray[np.float32]
Pixel = TypeVar("Pixel", np.uint8, np.float32)


def enlarged(cells: Array, size: tuple[int, int]) -> Array:
    """A grid's values, interpolated for every pixel.

    Args:
        cells: (rows, columns) or (rows, columns, channels) float32, values at the centres of equal cells.
        size: width and height of the picture that the cells cover.
    """
    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)


def with_eyes(cells: Array, eyes: Sequence[EyeMotion], size: tuple[int, int]) -> Array:
    """A flow, interpolated for every pixel, with eyes as exact as pixels are.

    Args:
        cells: (rows, columns, 2) float32, pixels of the photo.
        eyes: how each eye moves.
        size: width and height of the picture that the cells cover.
    """
    flow = enlarged(cells, size)
    put_eyes(flow, Grid(size, size), eyes)
    return flow


def warped(layer: NDArray[Pixel], flow: Array) -> NDArray[Pixel]:
    """Fetch every pixel from where the flow says; beyond the layer its edge is repeated.

    Args:
        layer: (height, width) or (height, width, 3), uint8 or float32.
        flow: (rows, columns, 2) float32, pixels of the layer, the first pixel's centre at 0.5.

    Returns:
        (rows, columns[, 3]) of the layer's type.
    """
    x, y = cv2.split(flow - np.float32(0.5))
    return np.asarray(cv2.remap(layer, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def blended(upper: Image, lower: Image, share: Array) -> Image:
    """``share`` of the upper picture over the lower one; share: (height, width) float32 in [0, 1]."""
    return np.asarray(cv2.blendLinear(upper, lower, share, 1 - share), np.uint8)


def background_plate(photo: Image, features: Mapping[str, NDArray[Any]]) -> Image | None:
    """The photo's background as networks of two layers see it; None from those of one.

    Args:
        photo: (side, side, 3) uint8 RGB.
        features: of the photo: ``filled`` (1, 3, rows, columns) RGB in [0, 1], the person's place
            filled; ``known`` (1, 1, rows, columns) in [0, 1], 1 where the photo itself shows the background.
    """
    if "filled" not in features:
        return None
    size = (photo.shape[1], photo.shape[0])
    filled = enlarged(np.ascontiguousarray(features["filled"][0].transpose(1, 2, 0)), size)
    known = enlarged(features["known"][0, 0], size)
    return blended(photo, np.asarray((filled * 255).round().clip(0, 255), np.uint8), known)


def composed(
    photo: Image, plate: Image | None, parts: Mapping[str, NDArray[Any]], eyes: Sequence[EyeMotion] = ()
) -> Image:
    """A frame of the parts that networks give, at the photo's own resolution.

    Args:
        photo: (side, side, 3) uint8 RGB.
        plate: its background, of the same size; None: there is one layer.
        parts: ``photo_flow`` (rows, columns, 2) positions in the photo in [-1, 1], ``painted`` (rows,
            columns, 3) uint8 RGB, ``alpha`` (rows, columns) in [0, 1], 1 = photo; with a plate ``person``
            (rows, columns) in [0, 1], 0 = plate.
        eyes: put into the flow.
    """
    size = (photo.shape[1], photo.shape[0])
    places = (parts["photo_flow"] + 1) * np.float32(size[0] / 2)
    paint = np.asarray(cv2.resize(parts["painted"], size, interpolation=cv2.INTER_CUBIC), np.uint8)
    drawn = blended(warped(photo, with_eyes(places, eyes, size)), paint, enlarged(parts["alpha"], size))
    return drawn if plate is None else blended(drawn, plate, enlarged(parts["person"], size))
