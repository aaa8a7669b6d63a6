"""The motion stage as a whole, frame by frame on a clock that the tests move."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.errors import SettingsError
from pechead.face.blendshapes import index
from pechead.face.model import FaceModel
from pechead.face.pose import angles
from pechead_live.demo.motion import demo_motion
from pechead_live.frames import DrivingFace, DrivingMotion, Motion
from pechead_live.motion.driver import size_free
from pechead_live.motion.face_state import Phase
from pechead_live.motion.settings import MotionSettings, default_smooth
from pechead_live.motion.stage import MotionStage
from pechead_live.source.portrait import SourcePortrait

FRAME = 1 / 30
MakeMotion = Callable[..., Motion]
NewStage = Callable[..., MotionStage]


@pytest.fixture
def new_stage(face_model: FaceModel, portrait: SourcePortrait) -> NewStage:
    def new(**settings: object) -> MotionStage:
        return MotionStage(face_model, portrait, MotionSettings(**settings))  # type: ignore[arg-type]

    return new


def play(stage: MotionStage, motions: Sequence[Motion | None], start: float = 0.0) -> list[DrivingFace]:
    return [
        stage.step(DrivingMotion(i, start + i * FRAME, motion), start + i * FRAME)
        for i, motion in enumerate(motions)
    ]


def own(portrait: SourcePortrait) -> NDArray[np.float32]:
    return portrait.landmarks


def yaw(face: DrivingFace, portrait: SourcePortrait) -> float:
    return angles(face.pose.rotation @ portrait.fit.pose.rotation.T).yaw


def test_before_any_face_the_avatar_is_the_photo(new_stage: NewStage, portrait: SourcePortrait) -> None:
    stage = new_stage()
    assert play(stage, [None] * 3)[-1].landmarks == pytest.approx(own(portrait), abs=0.01)
    assert stage.phase is Phase.REST


@pytest.mark.parametrize("start", [{}, {"yaw": 25, "jawOpen": 0.4}])
def test_relative_motion_starts_from_the_photo_itself(
    new_stage: NewStage, portrait: SourcePortrait, make_motion: MakeMotion, start: dict[str, float]
) -> None:
    first = play(new_stage(), [make_motion(**start)])[0]
    assert first.pose.rotation == pytest.approx(portrait.fit.pose.rotation, abs=1e-4)


def test_the_avatar_moves_from_the_second_frame_on(
    new_stage: NewStage, portrait: SourcePortrait, make_motion: MakeMotion
) -> None:
    faces = play(
        new_stage(), [make_motion(yaw=0), make_motion(yaw=4), make_motion(yaw=8), make_motion(yaw=12)]
    )
    assert yaw(faces[1], portrait) > 1
    assert yaw(faces[3], portrait) > 8


def test_calibration_is_announced_and_can_be_redone(new_stage: NewStage, make_motion: MakeMotion) -> None:
    stage = new_stage()
    play(stage, [make_motion()] * 20)
    assert not stage.calibrated
    play(stage, [make_motion()] * 40, start=20 * FRAME)
    assert stage.calibrated
    stage.recalibrate()
    play(stage, [make_motion()], start=60 * FRAME)
    assert not stage.calibrated


def test_recalibrating_makes_the_present_pose_the_photos_without_a_jump(
    new_stage: NewStage, portrait: SourcePortrait, make_motion: MakeMotion
) -> None:
    stage = new_stage()
    play(stage, [make_motion(yaw=0)] * 60)
    play(stage, [make_motion(yaw=12)] * 60, start=2)
    stage.recalibrate()
    yaws = [yaw(face, portrait) for face in play(stage, [make_motion(yaw=12)] * 60, start=4)]
    assert yaws[0] == pytest.approx(12, abs=0.1)
    assert yaws[-1] == pytest.approx(0, abs=0.1)
    assert np.abs(np.diff(yaws)).max() < 2


def test_a_lost_face_leads_back_to_the_photo_and_in_again_without_a_jump(
    new_stage: NewStage, portrait: SourcePortrait, make_motion: MakeMotion
) -> None:
    stage = new_stage()
    play(stage, [make_motion()] * 60)
    talking = make_motion(yaw=18, x=0.04, jawOpen=0.4, eyeBlinkLeft=0.8, eyeBlinkRight=0.8)
    faces = (
        play(stage, [talking] * 30, start=2)
        + play(stage, [None] * 60, start=3)
        + play(stage, [talking] * 30, start=5)
    )
    assert stage.phase is Phase.TRACKING
    assert faces[30 + 10].landmarks == pytest.approx(faces[29].landmarks, abs=0.5)
    assert faces[89].landmarks == pytest.approx(own(portrait), abs=0.01)
    assert faces[-1].landmarks == pytest.approx(faces[29].landmarks, abs=0.5)
    steps = [np.abs(b.landmarks - a.landmarks).max() for a, b in pairwise(faces[29:])]
    assert max(steps) < 0.25 * np.abs(faces[29].landmarks - own(portrait)).max()


def test_absolute_motion_is_exact_from_the_first_frame_on(
    new_stage: NewStage, portrait: SourcePortrait
) -> None:
    size = (portrait.crop.width, portrait.crop.height)
    driving = size_free(portrait.fit.pose, portrait.fit.expression, size)
    face = play(new_stage(mode="absolute", smooth=0.0), [driving])[0]
    assert face.landmarks[:, :2] == pytest.approx(own(portrait)[:, :2], abs=0.01)


def test_absolute_motion_without_smoothing_lags_by_nothing(
    new_stage: NewStage, make_motion: MakeMotion
) -> None:
    turn = [make_motion(yaw=3.0 * i, jawOpen=0.05 * i) for i in range(8)]
    for face, motion in zip(play(new_stage(mode="absolute", smooth=0.0), turn), turn, strict=True):
        assert face.pose.rotation == pytest.approx(motion.rotation, abs=1e-5)
        assert face.expression == pytest.approx(motion.expression, abs=1e-5)


def test_a_moment_that_comes_again_changes_nothing(new_stage: NewStage, make_motion: MakeMotion) -> None:
    stage = new_stage(mode="absolute", smooth=1.0)
    stage.step(DrivingMotion(0, 0.0, make_motion()), 0.0)
    turned = DrivingMotion(1, FRAME, make_motion(yaw=5, jawOpen=0.1))
    once = stage.step(turned, FRAME)
    again = stage.step(turned, FRAME + 0.02)
    np.testing.assert_array_equal(again.landmarks, once.landmarks)


def test_the_demo_calibrates_in_its_calm_beginning_and_never_jumps(new_stage: NewStage) -> None:
    stage, motion = new_stage(), demo_motion()
    faces = play(stage, list(motion.moments))
    assert stage.calibrated
    pace = [np.abs(b.landmarks - a.landmarks).mean() for a, b in pairwise(faces)]
    assert max(pace) < 0.02 * np.ptp(faces[0].landmarks[:, 1])
    assert max(pace) > 0.002 * np.ptp(faces[0].landmarks[:, 1])


def test_smoothing_is_off_by_default_only_where_frames_are_compared() -> None:
    assert default_smooth("absolute", offline=True) == 0
    assert default_smooth("absolute", offline=False) == default_smooth("relative", offline=True) == 0.5


@pytest.mark.parametrize(
    "wrong", [{"smooth": 1.5}, {"smooth": float("nan")}, {"pose_gain": -1}, {"expression_gain": 3}]
)
def test_settings_out_of_range_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        MotionSettings(**wrong)  # type: ignore[arg-type]


def test_held_frontal_the_head_eases_to_the_camera_and_only_the_face_moves(
    new_stage: NewStage, portrait: SourcePortrait, make_motion: MakeMotion
) -> None:
    stage = new_stage(smooth=0)
    play(stage, [make_motion()] * 60)
    stage.adjust(1.0, 1.0, hold_frontal=True)
    smiling = make_motion(yaw=20, mouthSmileLeft=0.8)
    faces = play(stage, [smiling] * 60, start=2.0)
    turned = [angles(face.pose.rotation) for face in faces]
    assert abs(turned[-1].yaw) < 0.5
    assert abs(turned[-1].pitch) < 0.5
    assert faces[-1].pose.scale == pytest.approx(portrait.fit.pose.scale)
    assert faces[-1].expression[index("mouthSmileLeft")] > portrait.fit.expression[index("mouthSmileLeft")]
    assert all(abs(b.yaw - a.yaw) < 4 for a, b in pairwise(turned)), "degrees a frame"
    stage.adjust(1.0, 1.0, hold_frontal=False)
    assert yaw(play(stage, [smiling] * 30, start=4.0)[-1], portrait) == pytest.approx(20, abs=1)


def test_gains_can_be_changed_while_it_runs(
    new_stage: NewStage, portrait: SourcePortrait, make_motion: MakeMotion
) -> None:
    stage = new_stage(smooth=0)
    play(stage, [make_motion()] * 60)
    stage.adjust(0.5, 1.0, hold_frontal=False)
    assert yaw(play(stage, [make_motion(yaw=20)] * 2, start=2.0)[-1], portrait) == pytest.approx(10, abs=0.5)


def test_another_photo_takes_over_the_motion_of_the_moment(
    new_stage: NewStage, portrait: SourcePortrait, make_motion: MakeMotion
) -> None:
    """What is known of the driver stays: no calibration, no easing in."""
    stage, undisturbed = new_stage(smooth=0), new_stage(smooth=0)
    for each in (stage, undisturbed):
        play(each, [make_motion()] * 60)
    stage.show(replace(portrait, fit=replace(portrait.fit, expression=portrait.fit.expression * 0)))
    stage.show(portrait)
    turned = make_motion(yaw=15, jawOpen=0.5)
    (face,), (expected,) = (play(each, [turned], start=2.0) for each in (stage, undisturbed))
    np.testing.assert_array_equal(face.landmarks, expected.landmarks)
    assert stage.calibrated
