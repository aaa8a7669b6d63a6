"""The fixed square that is cut out of every frame of a clip."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pechead.data.shots import Sighting
from pechead.data.video import Image

CROP_TO_FACE = 2.15
"""Side of the crop over the longer side of the face's box, as for a photo in the live driver."""

CROP_RISE = 0.06
"""How far the crop's centre lies above that of the face's box, in crop sides."""


@dataclass(frozen=True)
class SquareCrop:
    """A square of a frame that lies inside it, in whole pixels.

    Attributes:
        left, top, side: pixels.
    """

    left: int
    top: int
    side: int

    def cut(self, frame: Image, size: int) -> Image:
        """(size, size, 3) uint8: the square's pixels, scaled."""
        part = frame[self.top : self.top + self.side, self.left : self.left + self.side]
        smaller = size < self.side
        interpolation = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(part, (size, size), interpolation=interpolation), np.uint8)


def crop_around(sightings: Sequence[Sighting], width: int, height: int) -> SquareCrop:
    """The square around the median face, inside the frame, the face a little below its middle.

    Args:
        sightings: at least one.
        width, height: of the frames.
    """
    low, high = np.split(np.median([sighting.box for sighting in sightings], axis=0), 2)
    side = int(min(CROP_TO_FACE * float((high - low).max()), width, height))
    x, y = (low + high) / 2 - np.array([0.0, CROP_RISE * side])
    left = int(np.clip(round(x - side / 2), 0, width - side))
    top = int(np.clip(round(y - side / 2), 0, height - side))
    return SquareCrop(left, top, side)
