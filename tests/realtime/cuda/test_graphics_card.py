"""The whole of it on a real graphics card, against the processor's renderer."""

from pathlib import Path

import numpy as np
import pytest
from tests.realtime.renderers.test_geometric import driven, whole

from pechead.face.model import FaceModel
from pechead.landmarker.detector import Keypoints
from pechead_engines.cache import EngineCache
from pechead_engines.names import NAMES
from pechead_engines.shipped import shipped_model
from pechead_engines.tensorrt.library import TENSORRT_NAMES, TensorRTName
from pechead_engines.tensorrt_runtime import missing
from pechead_live.cli import main
from pechead_live.compositor.compositor import Compositor
from pechead_live.cuda.compositor import DeviceCompositor
from pechead_live.cuda.open import open_cuda_renderer
from pechead_live.cuda.renderer import CudaRenderer
from pechead_live.frames import DrivingFace, Image
from pechead_live.renderers.create import create_renderer
from pechead_live.renderers.pechead import PecheadRenderer
from pechead_live.source.portrait import SourcePortrait

pytestmark = pytest.mark.gpu
FRAMES = 12


@pytest.fixture(scope="module", params=TENSORRT_NAMES)
def name(request: pytest.FixtureRequest) -> TensorRTName:
    chosen: TensorRTName = request.param
    lacks = missing(chosen)
    if lacks is not None:
        pytest.skip(f"{chosen}: {lacks.reason}")
    return chosen


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> EngineCache:
    return EngineCache(tmp_path_factory.mktemp("engines"))


@pytest.fixture(scope="module")
def portrait(portrait_photo: Image, portrait_keypoints: Keypoints, face_model: FaceModel) -> SourcePortrait:
    return whole(portrait_photo, portrait_keypoints, face_model)


@pytest.fixture(scope="module")
def faces(portrait: SourcePortrait, face_model: FaceModel) -> list[DrivingFace]:
    return [driven(portrait, face_model, yaw=number - 6, jawOpen=number / 20) for number in range(FRAMES)]


@pytest.fixture(scope="module")
def expected(portrait: SourcePortrait, face_model: FaceModel, faces: list[DrivingFace]) -> list[Image]:
    renderer = PecheadRenderer(face_model, shipped_model(), threads=2)
    renderer.set_source(portrait)
    return [renderer.render(face).copy() for face in faces]


def difference(found: Image, wanted: Image) -> float:
    return float(np.abs(found.astype(np.int_) - wanted).mean())


def test_frames_in_flight_are_those_of_the_processor_in_order(
    name: TensorRTName,
    cache: EngineCache,
    portrait: SourcePortrait,
    face_model: FaceModel,
    faces: list[DrivingFace],
    expected: list[Image],
) -> None:
    renderer = open_cuda_renderer(name, face_model, shipped_model(), threads=2, cache=cache)
    renderer.set_source(portrait)
    # Half precision, not rounding, is what sets the two apart.
    assert difference(renderer.render(faces[0]), expected[0]) < 2
    came: list[int] = []
    for number, face in enumerate(faces):
        renderer.submit(face, sequence=number, captured_at=0.0)
        while (frame := renderer.poll()) is None and number - len(came) >= 2:
            pass
        if frame is not None:
            came.append(frame.sequence)
            assert difference(frame.image, expected[frame.sequence]) < 2
    assert came == list(range(len(came)))
    assert len(came) >= FRAMES - 3
    renderer.close()


def test_whole_frames_are_composed_on_the_card(
    name: TensorRTName,
    cache: EngineCache,
    portrait: SourcePortrait,
    face_model: FaceModel,
    faces: list[DrivingFace],
    expected: list[Image],
) -> None:
    renderer = open_cuda_renderer(
        name,
        face_model,
        shipped_model(),
        threads=2,
        compositor=lambda device, stream, portrait: DeviceCompositor(device, stream, portrait, (1280, 720)),
        cache=cache,
    )
    renderer.set_source(portrait)
    wanted = Compositor(portrait, (1280, 720)).compose(expected[0])
    assert difference(renderer.render(faces[0]), wanted) < 2
    renderer.close()


def test_a_run_of_the_command_draws_on_the_card(
    name: TensorRTName, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--demo", "--renderer", "pechead", "--engine", name, "--offline", "--duration", "0.2"]
    assert main([*words, "--output", str(tmp_path / "x.mp4")]) == 0
    assert capsys.readouterr().err.startswith(f"engine: {NAMES[name]} (--engine {name})")
    assert isinstance(create_renderer("pechead", FaceModel.load(), name), CudaRenderer)
