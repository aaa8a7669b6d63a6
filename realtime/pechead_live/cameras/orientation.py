"""Turning a video's pictures upright: phones store them as the sensor sees them, with a matrix beside."""

from dataclasses import dataclass

import cv2
import numpy as np

from pechead_live.frames import Image


@dataclass(frozen=True)
class Orientation:
    """How a stored picture becomes the shown one: first transposed, then mirrored.

    Attributes:
        transposed: rows become columns.
        mirrored_x: left and right are exchanged, after transposing.
        mirrored_y: top and bottom are exchanged, after transposing.
    """

    transposed: bool = False
    mirrored_x: bool = False
    mirrored_y: bool = False

    @staticmethod
    def from_display_matrix(matrix: bytes) -> "Orientation":
        """Read FFmpeg's ``AV_FRAME_DATA_DISPLAYMATRIX``.

        Nine int32 a b u c d v x y w: shown x = a·x + c·y, shown y = b·x + d·y.
        Angles between the quarter turns become the nearest one.
        """
        a, b, _, c, d, *_ = (int(value) for value in np.frombuffer(matrix, np.int32, 9))
        if abs(b) > abs(a):
            return Orientation(True, c < 0, b < 0)
        return Orientation(False, a < 0, d < 0)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the shown picture."""
        return (height, width) if self.transposed else (width, height)

    def apply(self, image: Image) -> Image:
        """The shown picture of a stored one."""
        if self.transposed:
            image = np.asarray(cv2.transpose(image), np.uint8)
        if self.mirrored_x or self.mirrored_y:
            code = -1 if self.mirrored_x and self.mirrored_y else int(self.mirrored_x)
            image = np.asarray(cv2.flip(image, code), np.uint8)
        return image
