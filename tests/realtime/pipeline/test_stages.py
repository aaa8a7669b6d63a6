"""Searching a large picture at a smaller size gives the same face, in pixels of the large one."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.landmarker.detector import FaceDetector
from pechead_live.frames import Image
from pechead_live.pipeline.stages import detect_scaled


@pytest.fixture(scope="module")
def large_picture(portrait_photo: NDArray[np.uint8]) -> Image:
    """(1000, 1536, 3): the portrait enlarged, cut unevenly."""
    enlarged = cv2.resize(portrait_photo, (1536, 1536), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(enlarged[:1000], np.uint8)


def test_a_large_picture_gives_landmarks_in_its_own_pixels(
    image_detector: FaceDetector, large_picture: Image
) -> None:
    (whole,) = image_detector.detect(large_picture)
    (scaled,) = detect_scaled(image_detector, large_picture, 0.0, longest_side=640)
    assert scaled.size == (1536, 1000)
    distances = np.linalg.norm(scaled.landmarks - whole.landmarks, axis=1)
    assert np.median(distances) < 0.01 * whole.face_width


def test_a_small_picture_is_searched_as_it_is(
    image_detector: FaceDetector, portrait_photo: NDArray[np.uint8]
) -> None:
    (plain,) = image_detector.detect(portrait_photo)
    for longest_side in (None, 512, 640):
        (found,) = detect_scaled(image_detector, portrait_photo, 0.0, longest_side)
        assert (found.landmarks == plain.landmarks).all()
