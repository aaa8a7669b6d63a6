"""Motion steadied with the frame before and the frame after."""

from dataclasses import replace

import numpy as np
import pytest

from pechead.face.pose import rotation_from_angles
from pechead_live.frames import DrivingMotion, Motion
from pechead_live.motion.rotations import angle_between
from pechead_live.motion.steadying import NEIGHBOURS, steadied


def moment(
    sequence: int, yaw: float = 0.0, x: float = 0.0, jaw: float = 0.0, person: int = 0
) -> DrivingMotion:
    expression = np.zeros(52, np.float32)
    expression[25] = jaw
    motion = Motion(
        rotation_from_angles(yaw, 0, 0), np.array([x, 0], np.float32), 0.03, expression, person=person
    )
    return DrivingMotion(sequence, sequence / 25, motion)


def motions(moments: list[DrivingMotion]) -> list[Motion]:
    return [one.motion for one in steadied(moments) if one.motion is not None]


def test_every_moment_comes_out_once_in_order() -> None:
    for count in (0, 1, 2, 5):
        moments = [moment(i) for i in range(count)]
        assert [(one.sequence, one.captured_at) for one in steadied(moments)] == [
            (one.sequence, one.captured_at) for one in moments
        ]


def test_even_movement_stays_as_it_is_and_nothing_lags() -> None:
    found = motions([moment(i, yaw=2.0 * i, x=0.01 * i, jaw=0.1 * i) for i in range(8)])
    for i, motion in enumerate(found):
        assert angle_between(motion.rotation, rotation_from_angles(2.0 * i, 0, 0)) < 0.01
        assert motion.translation[0] == pytest.approx(0.01 * i, abs=1e-6)
        assert motion.expression[25] == pytest.approx(0.1 * i, abs=1e-6)


def test_trembling_is_steadied() -> None:
    found = motions([moment(i, yaw=(-1.0) ** i, x=0.01 * (-1) ** i) for i in range(8)])
    left = 1 - 2 * NEIGHBOURS
    for i, motion in list(enumerate(found))[1:-1]:
        assert motion.translation[0] == pytest.approx(0.01 * left * (-1) ** i, abs=1e-6)
        turned = angle_between(motion.rotation, np.eye(3, dtype=np.float32))
        assert turned == pytest.approx(left, abs=0.01)


def test_where_the_face_is_lost_or_another_one_comes_nothing_is_mixed() -> None:
    moments = [moment(i, x=0.1 * (i % 2)) for i in range(7)]
    moments[2] = replace(moments[2], motion=None)
    moments[5] = moment(5, x=0.9, person=1)
    found = list(steadied(moments))
    assert found[2].motion is None
    for i in (0, 1, 3, 4, 5, 6):
        before, after = moments[i].motion, found[i].motion
        assert before is not None
        assert after is not None
        np.testing.assert_array_equal(after.translation, before.translation)
