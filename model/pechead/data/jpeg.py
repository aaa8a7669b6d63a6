"""Pictures and mattes as shards hold them: compressed."""

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]

PICTURE_QUALITY = 95
MATTE_QUALITY = 85


def encode_picture(image: Image) -> bytes:
    """(height, width, 3) uint8 RGB as a JPEG of high quality without chroma subsampling."""
    settings = [
        cv2.IMWRITE_JPEG_QUALITY,
        PICTURE_QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        cv2.IMWRITE_JPEG_OPTIMIZE,
        1,
    ]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), settings)
    return bytes(data)


def decode_picture(data: bytes) -> Image:
    """(height, width, 3) uint8 RGB.

    Raises:
        ValueError: it is no picture.
    """
    return _decoded(data, cv2.IMREAD_COLOR_RGB)


def encode_matte(matte: Mask) -> bytes:
    """(height, width) uint8 as a small JPEG."""
    _, data = cv2.imencode(".jpg", matte, [cv2.IMWRITE_JPEG_QUALITY, MATTE_QUALITY])
    return bytes(data)


def decode_matte(data: bytes) -> Mask:
    """(height, width) uint8.

    Raises:
        ValueError: it is no picture.
    """
    return _decoded(data, cv2.IMREAD_GRAYSCALE)


def _decoded(data: bytes, colours: int) -> Image:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), colours)
    if image is None:
        raise ValueError(f"a picture of {len(data)} bytes can't be decoded")
    return np.asarray(image, np.uint8)
