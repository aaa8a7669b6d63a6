"""Which part of the photo is animated."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead_live.frames import Image
from pechead_live.source.portrait import Crop

FACE_CROP_SCALE = 2.15
"""Side of the crop over the longer side of the face's box: room for hair, ears, neck and some movement."""

FACE_CROP_RISE = 0.06
"""How far the crop's centre lies above the centre of the face's box, in crop sides: hair needs room."""

LARGEST_CLOSE = 1.3
"""Side of a photo that networks still animate as it is, over the crop's: they have not seen smaller faces."""

FACE_CROP_STEP = 16
"""The crop's side is a multiple of this, so that renderers can halve it four times."""


def face_crop_side(landmarks: NDArray[np.float32], photo_size: tuple[int, int]) -> float:
    """Side of the square crop that suits a face, before rounding, in photo pixels.

    It is no longer than the photo's longer side: more would only hold repeated edges.

    Args:
        landmarks: (478, 3) pixels of the photo.
        photo_size: width and height in pixels.
    """
    extent = np.ptp(landmarks[:, :2], axis=0)
    return min(FACE_CROP_SCALE * float(extent.max()), float(max(photo_size)))


def face_crop(landmarks: NDArray[np.float32], photo_size: tuple[int, int]) -> Crop:
    """A square around a face.

    In each direction it lies inside the photo if it fits, else it covers all of the photo; only then does it
    reach beyond the photo's edges.

    Args:
        landmarks: (478, 3) pixels of the photo.
        photo_size: width and height in pixels.
    """
    side = math.ceil(face_crop_side(landmarks, photo_size) / FACE_CROP_STEP) * FACE_CROP_STEP
    x, y = (landmarks[:, :2].min(axis=0) + landmarks[:, :2].max(axis=0)) / 2
    left = _shift_inside(round(float(x) - side / 2), side, photo_size[0])
    top = _shift_inside(round(float(y) - side / 2 - FACE_CROP_RISE * side), side, photo_size[1])
    return Crop(left, top, side, side)


def is_near_face_crop(landmarks: NDArray[np.float32], photo_size: tuple[int, int]) -> bool:
    """Whether a photo is a square that shows hardly more than a crop around its face would.

    Args:
        landmarks: (478, 3) pixels of the photo.
        photo_size: width and height in pixels.
    """
    width, height = photo_size
    wanted = FACE_CROP_SCALE * float(np.ptp(landmarks[:, :2], axis=0).max())
    return width == height and width <= LARGEST_CLOSE * wanted


def whole_photo(photo_size: tuple[int, int]) -> Crop:
    """The photo as it is."""
    return Crop(0, 0, *photo_size)


def cut_out(photo: Image, crop: Crop) -> Image:
    """The pixels of a crop.

    Args:
        photo: (height, width, 3) uint8 RGB.
        crop: shares at least one pixel with the photo.

    Returns:
        (crop height, crop width, 3) uint8 RGB, a copy; beyond the photo its edge is repeated.
    """
    height, width = photo.shape[:2]
    right, bottom = crop.left + crop.width, crop.top + crop.height
    inside = photo[max(0, crop.top) : min(height, bottom), max(0, crop.left) : min(width, right)]
    bordered = cv2.copyMakeBorder(
        inside,
        max(0, -crop.top),
        max(0, bottom - height),
        max(0, -crop.left),
        max(0, right - width),
        cv2.BORDER_REPLICATE,
    )
    return np.asarray(bordered, np.uint8)


def _shift_inside(start: int, length: int, available: int) -> int:
    """Move an interval as little as needed to lie inside ``[0, available]``, or to cover it if longer."""
    low, high = sorted((0, available - length))
    return min(max(start, low), high)
