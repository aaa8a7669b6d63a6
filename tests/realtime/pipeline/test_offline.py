"""The offline run: every frame, in order, the same each time."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.model import FaceModel
from pechead_live.cameras.playback import Moment, RecordedCamera
from pechead_live.clock import Clock
from pechead_live.demo.motion import demo_motion
from pechead_live.frames import DrivingMotion, Image, Motion
from pechead_live.outputs.base import Output
from pechead_live.pipeline.offline import run_offline
from pechead_live.pipeline.stages import AvatarStage, KeypointStage
from pechead_live.pipeline.statistics import Statistics
from pechead_live.renderers.base import Renderer
from pechead_live.renderers.geometric import GeometricRenderer

LATE_START = 5.0
"""Recordings needn't begin at zero."""


class KeepingOutput(Output):
    """Keeps what it gets."""

    name = "kept"
    size = (512, 512)
    frames_per_second = 30.0

    def __init__(self) -> None:
        self.images: list[Image] = []
        self.times: list[float] = []

    def send(self, image: Image, at: float) -> None:
        self.images.append(image)
        self.times.append(at)

    def close(self) -> None:
        pass


def recording(motions: list[Motion | None], times: list[float] | None = None) -> RecordedCamera:
    """A camera without pictures, played offline."""
    at = times or [LATE_START + i / 30 for i in range(len(motions))]

    def give(index: int) -> Callable[[int, float], DrivingMotion]:
        return lambda sequence, captured_at: DrivingMotion(sequence, captured_at, motions[index])

    return RecordedCamera(
        "motion", (0, 0), 30.0, (Moment(at[i], 1 / 30, give(i)) for i in range(len(motions))), clock=None
    )


@pytest.fixture
def animate(
    clock: Clock,
    statistics: Statistics,
    keypoints: KeypointStage,
    make_avatar: Callable[[Renderer], AvatarStage],
    face_model: FaceModel,
) -> Callable[..., KeepingOutput]:
    """Runs a recording through the geometric renderer."""

    def run(camera: RecordedCamera, duration: float | None = None) -> KeepingOutput:
        output = KeepingOutput()
        avatar = make_avatar(GeometricRenderer(face_model))
        count = run_offline(camera, keypoints, avatar, [output], clock, statistics, duration)
        assert count == len(output.images)
        return output

    return run


def test_every_frame_is_written_once_in_order_at_its_own_time(
    animate: Callable[..., KeepingOutput], statistics: Statistics
) -> None:
    uneven = [2.0, 2.033, 2.1, 2.2, 2.21]
    output = animate(recording(list(demo_motion().moments[:5]), uneven))
    assert output.times == pytest.approx([0, 0.033, 0.1, 0.2, 0.21])
    assert statistics.summary().outputs[0].fresh == 5


def test_two_runs_give_the_same_pictures(animate: Callable[..., KeepingOutput]) -> None:
    motions = list(demo_motion().moments[40:80:8])
    first, second = animate(recording(motions)), animate(recording(motions))
    assert all((a == b).all() for a, b in zip(first.images, second.images, strict=True))
    assert not (first.images[0] == first.images[-1]).all(), "they move"


def test_before_the_first_face_the_photo_itself_is_shown(
    animate: Callable[..., KeepingOutput], portrait_photo: NDArray[np.uint8]
) -> None:
    output = animate(recording([None, None, demo_motion().moments[60]]))
    differences = [np.abs(image.astype(int) - portrait_photo).mean() for image in output.images]
    assert max(differences[:2]) < 1.0
    assert differences[2] > 2 * max(differences[:2])


def test_a_lost_face_is_held_and_then_eases_to_the_photo_in_the_videos_own_time(
    animate: Callable[..., KeepingOutput], portrait_photo: NDArray[np.uint8]
) -> None:
    """One frame a second of the video: whatever the machine's clock says meanwhile, the face is long lost."""
    output = animate(recording([demo_motion().moments[60], None, None, None, None], [0, 0.4, 3, 4, 5]))
    differences = [np.abs(image.astype(int) - portrait_photo).mean() for image in output.images]
    assert differences[1] == pytest.approx(differences[0], rel=0.01)
    assert differences[4] < 0.5 * differences[0]


def test_a_recording_without_any_face_still_gives_all_its_frames(
    animate: Callable[..., KeepingOutput], statistics: Statistics
) -> None:
    assert len(animate(recording([None] * 4)).images) == 4
    assert statistics.summary().faceless == 4


def test_the_duration_cuts_in_the_videos_own_time(animate: Callable[..., KeepingOutput]) -> None:
    assert len(animate(recording([None] * 30), duration=0.2).images) == 6
