"""Small inputs and networks for the network tests."""

from dataclasses import replace

import pytest
import torch

from pechead.face.model import FaceModel
from pechead.network.config import COEFFICIENTS, NetworkConfig
from pechead.network.grids import identity_flow
from pechead.network.model import PECHead
from pechead.network.motion_input import FaceCondition, FaceMotion

FULL_SMALL = replace(
    NetworkConfig.preset("full"),
    levels=(8, 16, 32),
    predefined_landmarks=5,
    keypoint_hourglass=replace(NetworkConfig.preset("full").keypoint_hourglass, base=8, most=32),
    motion_hourglass=replace(NetworkConfig.preset("full").motion_hourglass, base=8, most=32),
    alignment_blocks=(0, 1, 1),
    context_blocks=(0, 1, 1),
    context_hidden=(8, 16, 32),
    decoder_blocks=(0, 1, 1),
    reconstructor=False,
)
"""The paper's design in miniature: a test should not take minutes."""


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(5)


@pytest.fixture(scope="session", params=["lite", "full in miniature"])
def network(request: pytest.FixtureRequest, face_model: FaceModel) -> PECHead:
    """Untrained, of either design, in evaluation mode."""
    torch.manual_seed(3)
    config = NetworkConfig.preset("lite") if request.param == "lite" else FULL_SMALL
    return PECHead(config, face_model).eval()


@pytest.fixture(scope="session")
def lite(face_model: FaceModel) -> PECHead:
    """Untrained, in evaluation mode."""
    torch.manual_seed(3)
    return PECHead(NetworkConfig.preset("lite"), face_model).eval()


def face(model: FaceModel, shift: tuple[float, float] = (0.0, 0.0), size: float = 0.045) -> FaceCondition:
    """The average face, frontal, ``size`` positions per centimetre, moved by ``shift`` positions."""
    shape = torch.from_numpy(model.mean)
    landmarks = torch.stack([shape[:, 0], -shape[:, 1]], 1) * size + torch.tensor(shift)
    coefficients = torch.zeros(1, COEFFICIENTS)
    coefficients[0, [0, 4]] = 1.0
    coefficients[0, 6:8] = torch.tensor(shift)
    return FaceCondition(coefficients, landmarks[None], torch.ones(1, 468))


def motion(source: FaceCondition, driving: FaceCondition) -> FaceMotion:
    """The motion between two faces of which geometry says that the whole picture moves along."""
    shift = (source.landmarks - driving.landmarks).mean(1)[:, :, None, None]
    flow = identity_flow(128, source.landmarks) + shift
    return FaceMotion(source, driving, flow.repeat(1, 2, 1, 1), torch.ones(1, 4, 64, 64))


def picture() -> torch.Tensor:
    """(1, 3, 256, 256) smooth and without symmetry."""
    y, x = torch.meshgrid(torch.linspace(0, 1, 256), torch.linspace(0, 1, 256), indexing="ij")
    return torch.stack([x, y**2, (0.5 + 0.5 * torch.sin(9 * x + 5 * y))])[None]
