"""Blending the animated crop into the still photo, so that no edge shows between them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead_live.frames import Image
from pechead_live.source.portrait import Crop

FADE = 0.1
"""Width of the fade at the crop's edges, as a fraction of the crop's shorter side."""


@dataclass(frozen=True)
class FadingEdges:
    """At which edges the crop fades into the photo: not where it ends at or beyond the photo's own edge."""

    left: bool
    top: bool
    right: bool
    bottom: bool

    @classmethod
    def of(cls, crop: Crop, photo_size: tuple[int, int]) -> "FadingEdges":
        width, height = photo_size
        return cls(
            left=crop.left > 0,
            top=crop.top > 0,
            right=crop.left + crop.width < width,
            bottom=crop.top + crop.height < height,
        )


def soft_mask(size: tuple[int, int], edges: FadingEdges) -> NDArray[np.float32]:
    """How much of each pixel the animated crop gives.

    Args:
        size: width and height in pixels.
        edges: where to fade.

    Returns:
        (height, width) float32: 1 inside, falling along half a cosine to 0 at the fading edges.
    """
    fade = FADE * min(size)
    across = _ramp(size[0], fade, edges.left, edges.right)
    down = _ramp(size[1], fade, edges.top, edges.bottom)
    return np.outer(down, across)


def _ramp(length: int, fade: float, at_start: bool, at_end: bool) -> NDArray[np.float32]:
    centres = np.arange(length) + 0.5
    distance = np.full(length, fade)
    if at_start:
        distance = np.minimum(distance, centres)
    if at_end:
        distance = np.minimum(distance, length - centres)
    return (0.5 - 0.5 * np.cos(np.pi * distance / fade)).astype(np.float32)


class Paste:
    """Blends changing pictures over a still one with a mask, in 8-bit arithmetic.

    Args:
        still: (height, width, 3) uint8 RGB, what shows where the mask is 0.
        mask: (height, width) float32 in [0, 1].
    """

    def __init__(self, still: Image, mask: NDArray[np.float32]) -> None:
        weight = np.rint(mask * 255).astype(np.uint8)
        self._opaque = bool((weight == 255).all())
        self._weight = cv2.merge([weight, weight, weight])
        self._rest = cv2.multiply(still, 255 - self._weight, scale=1 / 255)

    def blend(self, moving: Image, into: Image) -> None:
        """Blend one picture.

        Args:
            moving: (height, width, 3) uint8 RGB, shows where the mask is 1.
            into: (height, width, 3) uint8, takes the result; may be part of a larger picture.
        """
        if self._opaque:
            into[:] = moving
        else:
            into[:] = cv2.add(cv2.multiply(moving, self._weight, scale=1 / 255), self._rest)
