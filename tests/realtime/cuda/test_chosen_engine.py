"""An engine on a graphics card, chosen and put into the stage that live and offline runs share."""

import numpy as np
import pytest
from tests.realtime.cuda.host_engine import HostEngine
from tests.realtime.cuda.host_kernels import HostKernels
from tests.realtime.cuda.simulated_device import SimulatedDevice, SimulatedError

from pechead.face.model import FaceModel
from pechead_engines.choose import ChosenEngine
from pechead_engines.errors import EngineError
from pechead_engines.manifest import checked_file, read_manifest
from pechead_engines.onnx_engine import OnnxEngine
from pechead_engines.shipped import shipped_model
from pechead_engines.tensorrt.library import TensorRTName
from pechead_live.clock import MonotonicClock
from pechead_live.compositor.compositor import Compositor
from pechead_live.cuda.renderer import CudaRenderer
from pechead_live.demo.motion import demo_motion
from pechead_live.frames import DrivingMotion
from pechead_live.motion.settings import MotionSettings
from pechead_live.motion.stage import MotionStage
from pechead_live.pipeline.stages import AvatarStage
from pechead_live.pipeline.statistics import Statistics
from pechead_live.renderers.base import Renderer
from pechead_live.renderers.create import network_renderer
from pechead_live.renderers.pechead import PecheadRenderer
from pechead_live.source.portrait import SourcePortrait

SIZE = (320, 180)
MOMENTS = (40, 90)


@pytest.fixture
def device(host_kernels: HostKernels) -> SimulatedDevice:
    return SimulatedDevice(kernels=host_kernels)


def chosen_for_a_card(face_model: FaceModel, device: SimulatedDevice) -> Renderer:
    def on_card(name: TensorRTName, model: FaceModel) -> CudaRenderer:
        assert name == "tensorrt-rtx"
        folder = shipped_model()
        source = OnnxEngine(checked_file(folder, read_manifest(folder).source), threads=1)
        return CudaRenderer(model, source, HostEngine.of_model(folder), device)

    return network_renderer(face_model, ChosenEngine("tensorrt-rtx", "--engine tensorrt-rtx"), on_card)


def stage_of(renderer: Renderer, portrait: SourcePortrait, face_model: FaceModel) -> AvatarStage:
    renderer.set_source(portrait)
    motion = MotionStage(face_model, portrait, MotionSettings(smooth=0))
    statistics = Statistics(MonotonicClock())
    return AvatarStage(motion, renderer, Compositor(portrait, SIZE, "letterbox"), statistics)


def moments() -> list[DrivingMotion]:
    recording = demo_motion()
    return [DrivingMotion(number, recording.times[number], recording.moments[number]) for number in MOMENTS]


def test_whole_pictures_are_those_of_the_processor(
    device: SimulatedDevice, face_model: FaceModel, portrait: SourcePortrait
) -> None:
    on_card = stage_of(chosen_for_a_card(face_model, device), portrait, face_model)
    on_processor = stage_of(PecheadRenderer(face_model, shipped_model(), threads=1), portrait, face_model)
    for moment in moments():
        found, wanted = (stage.step(moment, moment.captured_at) for stage in (on_card, on_processor))
        assert (found.sequence, found.captured_at) == (moment.sequence, moment.captured_at)
        apart = np.abs(found.image.astype(np.int_) - wanted.image)
        assert apart.mean() < 0.25
        assert (apart <= 2).mean() > 0.995


def test_a_frame_that_the_card_loses_is_an_error_and_the_next_one_comes(
    device: SimulatedDevice, face_model: FaceModel, portrait: SourcePortrait
) -> None:
    stage = stage_of(chosen_for_a_card(face_model, device), portrait, face_model)
    first, second = moments()
    device.streams[-1].fails_with = SimulatedError("an illegal address")
    with pytest.raises(EngineError, match=r"failed \(an illegal address\)"):
        stage.step(first, first.captured_at)
    assert stage.step(second, second.captured_at).sequence == second.sequence
