"""The driver's neutral, found on a clock that the tests move."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from pechead.face.blendshapes import index
from pechead.face.pose import angles
from pechead_live.frames import Motion
from pechead_live.motion.neutral import (
    NeutralSettings,
    NeutralState,
    current_neutral,
    observe,
    restart,
    restlessness,
)

FRAME = 1 / 30
SETTINGS = NeutralSettings()
MakeMotion = Callable[..., Motion]


def watch(
    motions: Iterable[Motion], state: NeutralState | None = None, start: float = 0.0
) -> list[NeutralState]:
    """The states after each of the driver's frames."""
    states = [state or NeutralState()]
    for i, motion in enumerate(motions):
        states.append(observe(states[-1], motion, start + i * FRAME, SETTINGS))
    return states[1:]


def settled_at(states: list[NeutralState]) -> float:
    return next(i for i, state in enumerate(states) if state.settled) * FRAME


def target_yaw(state: NeutralState) -> float:
    assert state.target is not None
    return angles(state.target.rotation).yaw


def test_there_is_a_neutral_from_the_first_frame_on(make_motion: MakeMotion) -> None:
    first = make_motion(yaw=30, jawOpen=0.5)
    assert current_neutral(observe(NeutralState(), first, 3.0, SETTINGS), 3.0, SETTINGS) is first


def test_a_calm_frontal_face_settles_it_in_little_more_than_a_second(make_motion: MakeMotion) -> None:
    calm = [make_motion(yaw=4 + 0.5 * np.sin(i / 5), jawOpen=0.02, mouthSmileLeft=0.1) for i in range(90)]
    states = watch(calm)
    assert settled_at(states) == pytest.approx(SETTINGS.calm_over + SETTINGS.wanted, abs=3 * FRAME)
    assert target_yaw(states[-1]) == pytest.approx(4, abs=0.3)


def test_it_is_the_mean_of_the_good_frames(make_motion: MakeMotion) -> None:
    rng = np.random.default_rng(0)
    noisy = [make_motion(jawOpen=0.04 + rng.normal(0, 0.01), x=rng.normal(0.1, 0.001)) for _ in range(60)]
    target = watch(noisy)[-1].target
    assert target is not None
    assert target.expression[index("jawOpen")] == pytest.approx(0.04, abs=0.006)
    assert target.translation[0] == pytest.approx(0.1, abs=6e-4)


@pytest.mark.parametrize(
    "restless",
    [
        {"yaw": 20},
        {"pitch": -25},
        {"roll": 15},
        {"jawOpen": 0.3},
        {"mouthSmileLeft": 0.6},
        {"eyeBlinkRight": 0.6},
    ],
)
def test_turned_or_moved_faces_are_not_taken(make_motion: MakeMotion, restless: dict[str, float]) -> None:
    assert restlessness(make_motion(**restless), SETTINGS) > 1
    states = watch([make_motion(**restless)] * 60 + [make_motion()] * 60)
    assert settled_at(states) > 60 * FRAME + SETTINGS.wanted - 3 * FRAME
    assert restlessness(states[-1].target or make_motion(**restless), SETTINGS) < 0.01


def test_a_moving_head_is_not_taken(make_motion: MakeMotion) -> None:
    swaying = [make_motion(yaw=10 * np.sin(2 * np.pi * i * FRAME), x=0.05 * np.sin(i)) for i in range(90)]
    assert not watch(swaying)[-1].settled


def test_a_blink_in_between_does_not_spoil_it(make_motion: MakeMotion) -> None:
    frames = [make_motion(eyeBlinkLeft=0.7 if 20 <= i < 26 else 0.1) for i in range(90)]
    states = watch(frames)
    assert settled_at(states) < 2
    target = states[-1].target
    assert target is not None
    assert target.expression[index("eyeBlinkLeft")] == pytest.approx(0.1, abs=1e-5)


def test_until_then_the_best_frame_so_far_counts(make_motion: MakeMotion) -> None:
    states = watch([make_motion(yaw=y) for y in (40, 45, 20, 30, 18, 5, 25)])
    assert [round(target_yaw(state)) for state in states] == [40, 40, 20, 20, 20, 5, 5]


def test_after_the_timeout_the_best_frame_is_kept(make_motion: MakeMotion) -> None:
    turned = [make_motion(yaw=30 if i == 40 else 50 + 10 * np.sin(i)) for i in range(180)]
    states = watch(turned)
    assert settled_at(states) == pytest.approx(SETTINGS.timeout, abs=2 * FRAME)
    assert target_yaw(states[-1]) == pytest.approx(30, abs=1e-3)


def test_after_the_timeout_few_good_frames_are_enough(make_motion: MakeMotion) -> None:
    frames = [
        make_motion(yaw=2 + i % 2) if 20 <= i < 40 else make_motion(yaw=30 + i % 30) for i in range(180)
    ]
    states = watch(frames)
    assert settled_at(states) == pytest.approx(SETTINGS.timeout, abs=2 * FRAME)
    assert target_yaw(states[-1]) == pytest.approx(2.5, abs=0.2)


def test_a_settled_neutral_stays(make_motion: MakeMotion) -> None:
    settled = watch([make_motion(yaw=3)] * 60)[-1]
    assert observe(settled, make_motion(), 99.0, SETTINGS) is settled


def test_the_avatar_eases_over_to_a_new_neutral(make_motion: MakeMotion) -> None:
    state = observe(NeutralState(), make_motion(yaw=40), 0.0, SETTINGS)
    state = observe(state, make_motion(yaw=0), 0.1, SETTINGS)
    yaws = [
        angles(current_neutral(state, 0.1 + seconds, SETTINGS).rotation).yaw
        for seconds in np.arange(0, SETTINGS.ease + 0.1, FRAME)
    ]
    assert yaws[0] == pytest.approx(40, abs=1e-3)
    assert yaws[-1] == pytest.approx(0, abs=1e-3)
    assert np.abs(np.diff(yaws)).max() < 40 * 2 * FRAME / SETTINGS.ease


def test_a_restart_looks_again_and_eases_from_the_old_neutral(make_motion: MakeMotion) -> None:
    settled = watch([make_motion(yaw=10)] * 60)[-1]
    again = watch([make_motion(yaw=-10)] * 60, restart(settled, 5.0, SETTINGS), start=5.0)
    assert angles(current_neutral(again[0], 5.0, SETTINGS).rotation).yaw == pytest.approx(10, abs=1e-3)
    assert again[-1].settled
    assert target_yaw(again[-1]) == pytest.approx(-10, abs=1e-3)


def test_another_person_gets_a_neutral_of_their_own(make_motion: MakeMotion) -> None:
    settled = watch([make_motion(yaw=10)] * 60)[-1]
    other = observe(settled, make_motion(yaw=-5, person=1), 9.0, SETTINGS)
    assert not other.settled
    assert target_yaw(other) == pytest.approx(-5, abs=1e-3)


def test_a_stalled_camera_is_not_calm(make_motion: MakeMotion) -> None:
    state = NeutralState()
    for at in (0.0, 2.0):
        state = observe(state, make_motion(), at, SETTINGS)
    assert not state.settled


def test_there_is_no_neutral_before_the_first_frame() -> None:
    with pytest.raises(ValueError, match="before the first frame"):
        current_neutral(NeutralState(), 0.0, SETTINGS)
