"""Rotations as axis times angle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pechead.face.pose import rotation_from_angles
from pechead_live.motion.rotations import (
    angle_between,
    blend_rotations,
    mean_rotation,
    rotation_matrix,
    rotation_vector,
)

component = st.floats(-1, 1)


@given(component, component, component, st.floats(0, np.pi - 1e-3))
def test_a_rotation_vector_is_axis_times_angle(x: float, y: float, z: float, angle: float) -> None:
    axis = np.array([x, y, z])
    if np.linalg.norm(axis) < 1e-3:
        return
    vector = axis / np.linalg.norm(axis) * angle
    assert rotation_vector(rotation_matrix(vector)) == pytest.approx(vector, abs=2e-4)


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, 0, 0.8)])
def test_half_a_turn_has_an_axis_too(axis: tuple[float, float, float]) -> None:
    half_turn = rotation_matrix(np.pi * np.array(axis))
    assert rotation_matrix(rotation_vector(half_turn)) == pytest.approx(half_turn, abs=1e-5)


def test_a_vector_about_y_turns_the_face_to_the_right() -> None:
    assert rotation_matrix(np.radians([0, 30, 0])) == pytest.approx(rotation_from_angles(30, 0, 0), abs=1e-6)


def test_tiny_rotations_keep_their_size() -> None:
    assert rotation_vector(rotation_matrix(np.array([3e-4, 0, 0]))) == pytest.approx([3e-4, 0, 0], rel=1e-3)


def test_blending_goes_the_shortest_way_at_constant_speed() -> None:
    a, b = rotation_from_angles(-20, 0, 0), rotation_from_angles(40, 0, 0)
    assert blend_rotations(a, b, 0) == pytest.approx(a, abs=1e-6)
    assert blend_rotations(a, b, 1) == pytest.approx(b, abs=1e-6)
    assert blend_rotations(a, b, 0.25) == pytest.approx(rotation_from_angles(-5, 0, 0), abs=1e-6)


def test_the_mean_lies_between() -> None:
    around = [rotation_from_angles(10 + yaw, pitch, 5) for yaw in (-6, 6) for pitch in (-3, 3)]
    assert angle_between(mean_rotation(around), rotation_from_angles(10, 0, 5)) < 0.1


def test_there_is_no_mean_of_nothing() -> None:
    with pytest.raises(ValueError, match="no rotations"):
        mean_rotation([])
