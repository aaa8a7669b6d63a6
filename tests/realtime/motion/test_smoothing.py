"""How steady the filters make a noisy driver, and how little they lag behind a moving one.

Frames come at 30 a second. The noise is that of a webcam in a dim room; in good light it is a third of it.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.blendshapes import index
from pechead.face.pose import angles
from pechead_live.frames import Motion
from pechead_live.motion.rotations import rotation_matrix, rotation_vector
from pechead_live.motion.smoothing import LONGEST_GAP, MotionSmoother

FRAME = 1 / 30
MakeMotion = Callable[..., Motion]


def smooth(motions: list[Motion], strength: float = 0.5) -> list[Motion]:
    smoother = MotionSmoother(strength)
    return [smoother.step(motion, i * FRAME) for i, motion in enumerate(motions)]


def shake(values: NDArray[np.floating]) -> float:
    """Standard deviation of the change from frame to frame, what people see as jitter."""
    return float(np.diff(values, axis=0).std())


@pytest.fixture(scope="module")
def jittering(make_motion: MakeMotion) -> list[Motion]:
    """A driver who sits still for ten seconds, as the landmarker sees it."""
    rng = np.random.default_rng(1)
    still = make_motion(yaw=5, jawOpen=0.3, eyeBlinkLeft=0.2, browInnerUp=0.3)
    return [
        Motion(
            rotation=rotation_matrix(np.radians(rng.normal(0, 0.15, 3))) @ still.rotation,
            translation=(still.translation + rng.normal(0, 0.03, 2) * still.scale).astype(np.float32),
            scale=still.scale * float(np.exp(rng.normal(0, 0.002))),
            expression=(still.expression + rng.normal(0, 0.012, 52)).astype(np.float32),
        )
        for _ in range(300)
    ]


def test_a_driver_at_rest_is_steady(jittering: list[Motion]) -> None:
    smoothed = smooth(jittering)

    def ratio(pick: Callable[[Motion], object]) -> float:
        return shake(np.array([pick(m) for m in smoothed[30:]])) / shake(
            np.array([pick(m) for m in jittering[30:]])
        )

    assert ratio(lambda m: rotation_vector(m.rotation)) < 0.35
    assert ratio(lambda m: m.translation) < 0.35
    assert ratio(lambda m: m.scale) < 0.15
    assert ratio(lambda m: m.expression[index("eyeBlinkLeft")]) < 0.5
    assert ratio(lambda m: m.expression[index("browInnerUp")]) < 0.5
    assert ratio(lambda m: m.expression[index("jawOpen")]) < 0.6


def test_more_strength_is_steadier(jittering: list[Motion]) -> None:
    shakes = [shake(np.array([m.translation for m in smooth(jittering, s)])) for s in (0, 0.25, 0.5, 1)]
    assert shakes == sorted(shakes, reverse=True)
    assert shakes[3] < 0.6 * shakes[2]


@pytest.mark.parametrize(("degrees_per_second", "frames"), [(20, 0.6), (60, 0.35)])
def test_a_turning_head_lags_less_than_a_frame(
    make_motion: MakeMotion, degrees_per_second: float, frames: float
) -> None:
    turn = [make_motion(yaw=-30 + max(0, i - 10) * FRAME * degrees_per_second) for i in range(40)]
    lag = [
        (angles(motion.rotation).yaw - angles(smoothed.rotation).yaw) / (degrees_per_second * FRAME)
        for motion, smoothed in zip(turn, smooth(turn), strict=True)
    ]
    assert max(lag) < 1
    assert np.mean(lag[15:]) < frames


def blink(frames: int, phase: float) -> NDArray[np.float64]:
    """eyeBlink of a blink: shut in 80 ms, open in 150 ms; ``phase`` is where it falls between two frames."""
    times = (np.arange(frames) + phase) * FRAME
    return np.asarray(np.interp(times, [1, 1.08, 1.11, 1.26], [0.1, 0.75, 0.75, 0.1]))


@pytest.mark.parametrize("phase", [0, 0.25, 0.5, 0.75])
def test_a_blink_passes_in_full_and_on_time(make_motion: MakeMotion, phase: float) -> None:
    seen = blink(60, phase)
    smoothed = [
        m.expression[index("eyeBlinkLeft")] for m in smooth([make_motion(eyeBlinkLeft=v) for v in seen])
    ]
    assert max(smoothed) > 0.95 * seen.max()
    assert abs(int(np.argmax(smoothed)) - int(np.argmax(seen))) <= 1


def test_syllables_keep_their_depth(make_motion: MakeMotion) -> None:
    jaw = 0.15 + 0.12 * np.sin(2 * np.pi * 4.5 * np.arange(120) * FRAME)
    smoothed = np.array(
        [m.expression[index("jawOpen")] for m in smooth([make_motion(jawOpen=v) for v in jaw])]
    )
    assert np.ptp(smoothed[30:]) > 0.9 * np.ptp(jaw[30:])


def test_the_same_face_farther_away_is_filtered_the_same(jittering: list[Motion]) -> None:
    farther = [replace(m, translation=m.translation / np.float32(2), scale=m.scale / 2) for m in jittering]
    for near, far in zip(smooth(jittering), smooth(farther), strict=True):
        assert far.translation == pytest.approx(near.translation / 2, abs=1e-7)


def test_strength_zero_changes_nothing(jittering: list[Motion]) -> None:
    assert all(a is b for a, b in zip(jittering, smooth(jittering, 0), strict=True))


def test_the_same_moment_again_gives_the_same_result_again(make_motion: MakeMotion) -> None:
    smoother = MotionSmoother()
    smoother.step(make_motion(), 0.0)
    once = smoother.step(make_motion(yaw=3), FRAME)
    assert smoother.step(make_motion(yaw=3), FRAME) is once


@pytest.mark.parametrize("later", [LONGEST_GAP + 0.01, 60.0, -5.0])
def test_after_a_gap_or_a_step_back_in_time_the_filters_start_afresh(
    make_motion: MakeMotion, later: float
) -> None:
    smoother = MotionSmoother()
    smoother.step(make_motion(yaw=-20), 0.0)
    jumped = make_motion(yaw=20)
    assert smoother.step(jumped, later) is jumped


def test_another_person_is_not_blended_with_the_last(make_motion: MakeMotion) -> None:
    smoother = MotionSmoother()
    smoother.step(make_motion(), 0.0)
    other = make_motion(yaw=10, person=1)
    assert smoother.step(other, FRAME) is other


def test_an_uneven_frame_rate_makes_no_difference_at_rest(make_motion: MakeMotion) -> None:
    smoother = MotionSmoother()
    still = make_motion(yaw=7, jawOpen=0.2)
    for at in (0.0, 0.001, 0.05, 0.051, 0.3, 0.31):
        result = smoother.step(still, at)
        assert result.rotation == pytest.approx(still.rotation, abs=1e-6)
        assert result.expression == pytest.approx(still.expression, abs=1e-6)
