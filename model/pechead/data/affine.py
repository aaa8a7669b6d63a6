"""Pictures moved by an affine transform of pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Image = NDArray[np.uint8]


def affine_image(picture: Image, matrix: Array) -> Image:
    """A picture moved, at its size; what comes in from outside is mirrored at the edge.

    Args:
        picture: (height, width) or (height, width, 3) uint8.
        matrix: (2, 3) float32, from pixels of the picture to pixels of the moved one; the middle of the first
            pixel is at (0.5, 0.5).
    """
    # OpenCV counts from the middle of the first pixel.
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ np.full(2, 0.5, np.float32) - np.float32(0.5)
    size = picture.shape[1], picture.shape[0]
    changed = cv2.warpAffine(picture, moved, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(changed, np.uint8)
