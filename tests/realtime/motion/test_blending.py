"""Moving softly from one value to another."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pechead.face.pose import angles
from pechead_live.frames import Motion
from pechead_live.motion.blending import blend_motions, smoothstep, soft_limit


def test_smoothstep_starts_and_ends_at_rest() -> None:
    assert [smoothstep(p) for p in (-1, 0, 0.5, 1, 2)] == [0, 0, 0.5, 1, 1]
    assert smoothstep(0.01) < 0.001
    assert smoothstep(0.99) > 0.999


@given(st.floats(-200, 200))
def test_a_soft_limit_is_never_passed(value: float) -> None:
    limited = soft_limit(value, 30, 45)
    assert abs(limited) <= 45
    assert limited == -soft_limit(-value, 30, 45)


def test_a_soft_limit_changes_nothing_up_to_the_knee_and_bends_without_a_corner() -> None:
    assert soft_limit(29.9, 30, 45) == 29.9
    values = [soft_limit(v, 30, 45) for v in np.arange(0, 90, 0.1)]
    slopes = np.diff(values) / 0.1
    assert np.abs(np.diff(slopes)).max() < 0.01
    assert (slopes > 0).all()


def test_a_blend_of_motions_lies_between_them(make_motion: Callable[..., Motion]) -> None:
    a = make_motion(yaw=-10, x=0.1, scale=0.01, jawOpen=0.2)
    b = make_motion(yaw=30, x=0.3, scale=0.04, jawOpen=0.6, person=1)
    half = blend_motions(a, b, 0.5)
    assert angles(half.rotation).yaw == pytest.approx(10, abs=1e-3)
    assert half.translation == pytest.approx([0.2, 0])
    assert half.scale == pytest.approx(0.02)
    assert half.expression.max() == pytest.approx(0.4)
    assert half.person == 1
