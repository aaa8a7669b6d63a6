"""What all tests share: the one portrait, the face model and the landmarker."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.data import astronaut

from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector, Keypoints


@pytest.fixture(scope="session", autouse=True)
def nothing_remembered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps the tests, and the programs that they start, away from what this user's runs have kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PECHEAD_CONFIG", str(tmp_path_factory.mktemp("config")))
        yield


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


@pytest.fixture(scope="session")
def photo_only_model(tmp_path_factory: pytest.TempPathFactory, face_model: FaceModel) -> Path:
    """An exported lite model, int8 too, that has learned nothing but to show the photo, moved by geometry."""
    import torch

    from pechead.network.config import NetworkConfig
    from pechead.network.model import PECHead
    from pechead_export.model_folder import export_model
    from pechead_export.real_frames import real_frames

    torch.manual_seed(1)
    network = PECHead(NetworkConfig.preset("lite"), face_model).eval()
    bias = network.decoder.last.bias
    assert bias is not None
    with torch.no_grad():
        bias[12:] = 20.0
    folder = tmp_path_factory.mktemp("models") / "photo only"
    export_model(network, folder, calibration=[real_frames(256)])
    return folder
