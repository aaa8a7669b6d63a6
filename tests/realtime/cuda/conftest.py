"""The device that tests run on: simulated everywhere, a real one besides where there is one."""

import pytest
from tests.realtime.cuda.host_kernels import HostKernels, find_compiler
from tests.realtime.cuda.simulated_device import SimulatedDevice
from tests.realtime.renderers.test_geometric import whole

from pechead.face.model import FaceModel
from pechead.landmarker.detector import Keypoints
from pechead_engines.tensorrt.device import card_missing
from pechead_live.cuda.cupy_device import CupyDevice
from pechead_live.cuda.device import Device
from pechead_live.frames import Image
from pechead_live.source.portrait import SourcePortrait


@pytest.fixture(scope="session")
def host_kernels(tmp_path_factory: pytest.TempPathFactory) -> HostKernels:
    compiler = find_compiler()
    if compiler is None:
        pytest.skip("no C++ compiler to compile the kernels for the processor with")
    return HostKernels(compiler, tmp_path_factory.mktemp("kernels"))


@pytest.fixture(scope="session")
def portrait(portrait_photo: Image, portrait_keypoints: Keypoints, face_model: FaceModel) -> SourcePortrait:
    return whole(portrait_photo, portrait_keypoints, face_model)


@pytest.fixture(params=["simulated", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> Device:
    """Without kernels where it is simulated."""
    return cuda_device() if request.param == "cuda" else SimulatedDevice()


@pytest.fixture(params=["simulated", pytest.param("cuda", marks=pytest.mark.gpu)])
def computing_device(request: pytest.FixtureRequest) -> Device:
    if request.param == "cuda":
        return cuda_device()
    kernels: HostKernels = request.getfixturevalue("host_kernels")
    return SimulatedDevice(kernels=kernels)


def cuda_device() -> CupyDevice:
    missing = card_missing()
    if missing is not None:
        pytest.skip(missing.reason)
    return CupyDevice()
