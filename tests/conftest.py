"""What all tests share: the one portrait, the face model and the landmarker."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.data import astronaut

from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector, Keypoints


@pytest.fixture(scope="session")
def portrait_photo() -> NDArray[np.uint8]:
    """(512, 512, 3) RGB: Eileen Collins, NASA, public domain; the only face in the tests; read-only."""
    photo = np.asarray(astronaut(), np.uint8)  # type: ignore[no-untyped-call]
    photo.flags.writeable = False
    return photo


@pytest.fixture(scope="session")
def face_model() -> FaceModel:
    return FaceModel.load()


@pytest.fixture(scope="session")
def image_detector() -> Iterator[FaceDetector]:
    """Looks at single pictures; stateless, so the whole session can share it."""
    with FaceDetector("image") as detector:
        yield detector


@pytest.fixture(scope="session")
def portrait_keypoints(image_detector: FaceDetector, portrait_photo: NDArray[np.uint8]) -> Keypoints:
    """The portrait's one face."""
    return image_detector.detect(portrait_photo)[0]
