"""Person and background of a prepared picture, told apart by a segmenter that the user names."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.data.errors import DataError
from pechead.data.jpeg import Image, Mask

Array = NDArray[np.float32]

SEGMENTER_SIZE = 256

EDGE_LOW, EDGE_HIGH = 90, 230
"""Of 255: matte values that become 0 and 1, so that little of the background shows at the edge."""


def opacity(matte: Mask) -> Array:
    """How much of a pixel is the person's.

    Args:
        matte: (height, width) uint8, the probability that it is a person's, times 255.

    Returns:
        (height, width) float32 in [0, 1].
    """
    share = (matte.astype(np.float32) - EDGE_LOW) / (EDGE_HIGH - EDGE_LOW)
    return np.asarray(share.clip(0, 1), np.float32)


class PersonSegmenter:
    """MediaPipe's selfie segmentation, the general model, through OpenCV.

    Args:
        file: ``selfie_segmentation.tflite``: 256 x 256 RGB in [0, 1] to the probability of a person.

    Raises:
        DataError: it can't be read or is another kind of model.
    """

    def __init__(self, file: Path) -> None:
        advice = "name MediaPipe's selfie_segmentation.tflite, which its wheels up to 0.10.21 carry"
        if not file.is_file():
            raise DataError(f"no person segmenter at {file}", advice)
        try:
            self._network = cv2.dnn.readNetFromTFLite(str(file))
            self.matte(np.zeros((SEGMENTER_SIZE, SEGMENTER_SIZE, 3), np.uint8))
        except (cv2.error, ValueError) as error:
            raise DataError(f"{file} is no person segmenter ({type(error).__name__})", advice) from error

    def matte(self, image: Image) -> Mask:
        """(size, size) uint8, 255 on the person.

        Args:
            image: (size, size, 3) uint8 RGB.
        """
        side = image.shape[0]
        self._network.setInput(cv2.dnn.blobFromImage(image, 1 / 255, (SEGMENTER_SIZE, SEGMENTER_SIZE)))
        probability = self._network.forward().reshape(SEGMENTER_SIZE, SEGMENTER_SIZE)
        mask = (probability * 255).round().clip(0, 255).astype(np.uint8)
        if side == SEGMENTER_SIZE:
            return mask
        return np.asarray(cv2.resize(mask, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)
