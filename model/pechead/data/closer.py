"""Closer crops: a part of all pictures of a pair, enlarged, so that faces come in more than one size."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pechead.face.fit import FaceFit

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class CloserCrop:
    """A square part of a square picture, to be enlarged to the picture's size.

    Attributes:
        left, top: pixels.
        side: pixels.
        size: width and height of the picture in pixels.
    """

    left: int
    top: int
    side: int
    size: int

    @classmethod
    def draw(cls, size: int, closest: float, generator: Generator) -> "CloserCrop":
        """A part somewhere in the picture.

        Args:
            size: of the picture.
            closest: greatest enlargement, at least 1.
            generator: for the enlargement and the place.
        """
        side = round(size / generator.uniform(1, closest))
        left, top = generator.integers(size - side + 1, size=2).tolist()
        return cls(left, top, side, size)

    def image(self, picture: Image) -> Image:
        """(size, size, 3) uint8: the part of a picture."""
        part = picture[self.top : self.top + self.side, self.left : self.left + self.side]
        return np.asarray(cv2.resize(part, (self.size, self.size), interpolation=cv2.INTER_CUBIC), np.uint8)

    def fit(self, fit: FaceFit) -> FaceFit:
        """The face in the part; head space stays as it is."""
        by = np.float32(self.size / self.side)
        pose = fit.pose
        moved = (pose.translation - np.array([self.left, self.top, 0], np.float32)) * by
        return replace(fit, pose=replace(pose, translation=moved, scale=pose.scale * float(by)))
