"""A detector that notices a second face."""

from collections.abc import Iterator

import pytest

from pechead.landmarker.detector import FaceDetector


@pytest.fixture(scope="session")
def several_faces_detector() -> Iterator[FaceDetector]:
    with FaceDetector("image", max_faces=4) as detector:
        yield detector
