"""The whole of it on the simulated device, against the processor's own renderer and compositor."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.realtime.cuda.host_engine import Arrays, HostEngine
from tests.realtime.cuda.host_kernels import HostKernels
from tests.realtime.cuda.simulated_device import SimulatedDevice, SimulatedError
from tests.realtime.renderers.test_geometric import driven

from pechead.face.eyes import eye_contours
from pechead.face.model import FaceModel
from pechead_engines.errors import EngineError
from pechead_engines.manifest import SIDE, TensorDescription, checked_file, read_manifest
from pechead_engines.onnx_engine import OnnxEngine
from pechead_engines.shipped import shipped_model
from pechead_live.compositor.compositor import Compositor
from pechead_live.compositor.fit import FitMode
from pechead_live.cuda.compositor import DeviceCompositor, OutputFormat
from pechead_live.cuda.device import fetched, placed
from pechead_live.cuda.renderer import CudaRenderer, MakeCompositor
from pechead_live.frames import DrivingFace, Image
from pechead_live.renderers.pechead import PecheadRenderer
from pechead_live.source.crop import cut_out, face_crop
from pechead_live.source.portrait import SourcePortrait

MODEL = shipped_model()


@pytest.fixture
def device(host_kernels: HostKernels) -> SimulatedDevice:
    return SimulatedDevice(kernels=host_kernels)


@pytest.fixture
def renderer(device: SimulatedDevice, face_model: FaceModel, portrait: SourcePortrait) -> CudaRenderer:
    return prepared(device, face_model, portrait)


def prepared(
    device: SimulatedDevice,
    face_model: FaceModel,
    portrait: SourcePortrait,
    compositor: MakeCompositor | None = None,
    driving: HostEngine | None = None,
) -> CudaRenderer:
    source = OnnxEngine(checked_file(MODEL, read_manifest(MODEL).source), threads=1)
    driving = driving or HostEngine.of_model(MODEL)
    renderer = CudaRenderer(face_model, source, driving, device, compositor)
    renderer.set_source(portrait)
    return renderer


@pytest.fixture(scope="module")
def faces(portrait: SourcePortrait, face_model: FaceModel) -> list[DrivingFace]:
    return [
        driven(portrait, face_model, yaw=12, jawOpen=0.5),
        driven(portrait, face_model, shift=(30, -8)),
        driven(portrait, face_model, yaw=-10, eyeBlinkLeft=1.0),
        driven(portrait, face_model, yaw=5),
    ]


@pytest.fixture(scope="module")
def expected(portrait: SourcePortrait, face_model: FaceModel, faces: list[DrivingFace]) -> list[Image]:
    """What the processor's renderer draws."""
    renderer = PecheadRenderer(face_model, shipped_model(), threads=2)
    renderer.set_source(portrait)
    return [renderer.render(face).copy() for face in faces]


def differences(found: Image, wanted: Image) -> NDArray[np.int_]:
    assert found.shape == wanted.shape
    return np.asarray(np.abs(found.astype(np.int_) - wanted), np.int_)


def assert_same_picture(found: Image, wanted: Image, face: DrivingFace) -> None:
    """OpenCV rounds positions in the photo to 1/32 of a pixel, and lids are drawn on the cells of a patch
    instead of pixels: the odd pixel at an edge is further off."""
    apart = differences(found, wanted)
    assert (apart <= 1).mean() > 0.995
    assert apart.mean() < 0.25
    assert (apart > 8).sum() < 200
    for eye in eye_contours(FaceModel.load()):
        corners = face.landmarks[eye.ring, :2]
        margin = np.ptp(corners[:, 0])
        (left, top), (right, bottom) = (corners.min(0) - margin, corners.max(0) + margin)
        apart[int(top) : int(bottom), int(left) : int(right)] = 0
    assert apart.max() <= 8


def test_it_draws_what_the_processors_renderer_draws(
    renderer: CudaRenderer, faces: list[DrivingFace], expected: list[Image]
) -> None:
    for face, wanted in zip(faces, expected, strict=True):
        assert_same_picture(renderer.render(face), wanted, face)


def test_frames_in_flight_stay_apart_and_keep_their_number_and_time(
    renderer: CudaRenderer, device: SimulatedDevice, faces: list[DrivingFace], expected: list[Image]
) -> None:
    for number, face in enumerate(faces):
        renderer.submit(face, sequence=number, captured_at=number / 30)
    assert renderer.poll() is None
    for number, (face, wanted) in enumerate(zip(faces, expected, strict=True)):
        device.clock.sleep(100)
        frame = renderer.poll()
        assert frame is not None
        assert (frame.sequence, frame.captured_at) == (number, number / 30)
        assert_same_picture(frame.image, wanted, face)
    assert renderer.dropped == 0


def test_another_photo_takes_new_memory_and_lets_go_of_the_old(
    renderer: CudaRenderer, portrait: SourcePortrait, faces: list[DrivingFace], expected: list[Image]
) -> None:
    mirrored = np.ascontiguousarray(portrait.image[:, ::-1])
    renderer.submit(faces[0], sequence=0, captured_at=0.0)
    renderer.set_source(replace(portrait, image=mirrored, photo=mirrored))
    assert renderer.poll() is None
    assert differences(renderer.render(faces[0]), expected[0]).mean() > 20
    renderer.set_source(portrait)
    assert_same_picture(renderer.render(faces[0]), expected[0], faces[0])
    renderer.close()
    renderer.close()


def test_a_failing_device_is_named(
    renderer: CudaRenderer, device: SimulatedDevice, faces: list[DrivingFace], expected: list[Image]
) -> None:
    device.streams[-1].fails_with = SimulatedError("an illegal address\nwith details")
    with pytest.raises(EngineError, match=r"simulated device failed \(an illegal address\).*--engine onnx"):
        renderer.render(faces[0])
    assert_same_picture(renderer.render(faces[0]), expected[0], faces[0])


@pytest.mark.parametrize(
    ("size", "fit_mode"),
    [(None, "fill"), ((1280, 720), "fill"), ((320, 180), "letterbox"), ((150, 200), "blur")],
)
def test_frames_are_composed_as_on_the_processor(
    device: SimulatedDevice,
    portrait_photo: Image,
    portrait: SourcePortrait,
    expected: list[Image],
    size: tuple[int, int] | None,
    fit_mode: FitMode,
) -> None:
    crop = face_crop(portrait.landmarks, (512, 512))
    pasted = replace(portrait, crop=crop, image=cut_out(portrait_photo, crop))
    animated = cut_out(expected[0], crop)
    stream = device.stream()
    compositor = DeviceCompositor(device, stream, pasted, size, fit_mode)
    frame = compositor.allocate()
    compositor.enqueue(stream, placed(device, stream, animated), frame)
    found = np.asarray(fetched(device, stream, frame.packed), np.uint8)
    apart = differences(found, Compositor(pasted, size, fit_mode).compose(animated))
    assert apart.max() <= 2
    assert (apart <= 1).mean() > 0.999


@pytest.mark.parametrize(("pixels", "shape"), [("RGB", (180, 320, 3)), ("I420", (270, 320))])
def test_whole_frames_come_in_the_outputs_format(
    device: SimulatedDevice,
    face_model: FaceModel,
    portrait: SourcePortrait,
    faces: list[DrivingFace],
    expected: list[Image],
    pixels: OutputFormat,
    shape: tuple[int, ...],
) -> None:
    size = (320, 180)
    renderer = prepared(
        device,
        face_model,
        portrait,
        lambda device, stream, portrait: DeviceCompositor(
            device, stream, portrait, size, "letterbox", pixels
        ),
    )
    found = renderer.render(faces[0])
    assert found.shape == shape
    wanted = Compositor(portrait, size, "letterbox").compose(expected[0])
    luma = 16 + wanted @ np.array([0.299, 0.587, 0.114]) * (219 / 255)
    apart = found[:180].astype(np.float64) - (wanted if pixels == "RGB" else luma)
    assert np.abs(apart).mean() < 1


def tensor(name: str, shape: tuple[int | str, ...], kind: str = "FLOAT") -> TensorDescription:
    return TensorDescription(name, shape, kind, "")


IMAGE = tensor("image", (1, 3, 256, 256))


def test_a_graph_of_whole_frames_gets_the_photo_at_its_own_size(
    device: SimulatedDevice, face_model: FaceModel, portrait: SourcePortrait, faces: list[DrivingFace]
) -> None:
    def shows_the_photo(inputs: Arrays) -> Arrays:
        return {"frame": np.rint(inputs["photo"] * 255).transpose(0, 2, 3, 1)}

    graph = HostEngine(
        [tensor("photo", (1, 3, SIDE, SIDE)), IMAGE],
        [tensor("frame", (1, SIDE, SIDE, 3), "UINT8")],
        shows_the_photo,
    )
    renderer = prepared(device, face_model, portrait, driving=graph)
    np.testing.assert_array_equal(renderer.render(faces[0]), portrait.image)


def test_a_recurrent_graph_gets_what_it_gave_and_starts_from_the_photo(
    device: SimulatedDevice, face_model: FaceModel, portrait: SourcePortrait, faces: list[DrivingFace]
) -> None:
    landmarks = (1, 11, 2)

    def counts_frames(inputs: Arrays) -> Arrays:
        before = inputs["context_landmarks"]
        count = np.rint((before - inputs["learned_landmarks"]).mean())
        return {"frame": np.full((1, 512, 512, 3), count), "next_landmarks": before + 1}

    graph = HostEngine(
        [IMAGE, tensor("learned_landmarks", landmarks), tensor("context_landmarks", landmarks)],
        [tensor("frame", (1, SIDE, SIDE, 3), "UINT8"), tensor("next_landmarks", landmarks)],
        counts_frames,
    )
    renderer = prepared(device, face_model, portrait, driving=graph)
    for number in range(3):
        renderer.submit(faces[0], sequence=number, captured_at=0.0)
    device.clock.sleep(100)
    shown = [renderer.poll() for _ in range(3)]
    assert [frame.image[0, 0, 0] for frame in shown if frame is not None] == [0, 1, 2]
    assert renderer.render(faces[0])[0, 0, 0] == 3
    renderer.set_source(portrait)
    assert renderer.render(faces[0])[0, 0, 0] == 0
