"""Why no camera pixel can reach an output: what the camera's side hands on is far too small for a picture."""

import ast
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import pechead_live
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector
from pechead_live.clock import ManualClock
from pechead_live.frames import CameraFrame, Image
from pechead_live.motion.driver import DriverTracker
from pechead_live.outputs.null import NullOutput
from pechead_live.pipeline.paced_output import PacedOutput
from pechead_live.pipeline.stages import AvatarStage, KeypointStage
from pechead_live.pipeline.statistics import Statistics

PACKAGE = Path(pechead_live.__file__).parent

CAMERA_SIDE = {"cameras", "doctor"}
SEEN_BY = {"frames.py", "pipeline/live.py", "pipeline/stages.py"}
"""The only modules beside the cameras that know camera frames: their definition, the mailbox between capture
and the face search, and the face search."""


def numbers_in(value: object) -> int:
    """How many numbers a value holds."""
    if isinstance(value, np.ndarray):
        return value.size
    if is_dataclass(value):
        return sum(numbers_in(getattr(value, field.name)) for field in fields(value))
    assert value is None or isinstance(value, (int, float))
    return 1


def test_what_the_face_search_hands_on_is_70_numbers(portrait_photo: Image, face_model: FaceModel) -> None:
    with FaceDetector("video") as detector:
        stage = KeypointStage(detector, DriverTracker(face_model), Statistics(ManualClock()))
        seen = stage.step(CameraFrame(0, 0.0, portrait_photo))
        unseen = stage.step(CameraFrame(1, 0.1, np.zeros_like(portrait_photo)))
    assert seen.motion is not None
    assert numbers_in(seen) < 70
    assert numbers_in(unseen) < 70


def test_types_keep_camera_frames_from_renderer_and_outputs(
    portrait_photo: NDArray[np.uint8], whole_stage: AvatarStage
) -> None:
    """The suite's type check fails as soon as one of these ignored errors is none any more."""
    frame = CameraFrame(0, 0.0, portrait_photo)
    clock, output = ManualClock(), NullOutput((512, 512), 30.0)
    paced = PacedOutput(output, clock, Statistics(clock), None, lambda *_: None)
    paced.mailbox.put(frame)  # type: ignore[arg-type]
    output.send(frame, 0.0)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        whole_stage.step(frame, 0.0)  # type: ignore[arg-type]


@pytest.fixture
def whole_stage(portrait_photo: Image, face_model: FaceModel) -> AvatarStage:
    from pechead_live.pipeline.assembly import make_avatar_stage
    from pechead_live.settings import Settings

    settings = Settings(renderer="still")
    return make_avatar_stage(
        settings, face_model, portrait_photo, "me", (128, 128), Statistics(ManualClock())
    )


def test_no_other_module_knows_camera_frames() -> None:
    knowing = set()
    for path in PACKAGE.rglob("*.py"):
        names = {
            node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)
        }
        place = path.relative_to(PACKAGE)
        if "CameraFrame" in names and place.parts[0] not in CAMERA_SIDE:
            knowing.add(place.as_posix())
    assert knowing <= SEEN_BY


def test_pictures_for_outputs_are_made_by_avatars_and_slates_alone() -> None:
    """A frame that goes to an output is put together in three places, of which none has a camera frame."""
    makers = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RenderedFrame":
                makers.add(path.relative_to(PACKAGE).as_posix())
    assert makers == {"pipeline/stages.py", "pipeline/paced_output.py", "cuda/avatar_work.py"}
