"""Poses: what the angles mean, projecting forth and back, and finding a pose from landmarks."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pechead.face.pose import Array, Pose, angles, rotation_from_angles, weighted_procrustes

NOSE_TIP = np.array([[0, 0, 5]], np.float32)
FOREHEAD = np.array([[0, 5, 0]], np.float32)

whatever_the_time = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

poses = st.builds(
    lambda yaw, pitch, roll, x, y, z, scale: Pose(
        rotation_from_angles(yaw, pitch, roll), np.array([x, y, z], np.float32), scale
    ),
    yaw=st.floats(-80, 80),
    pitch=st.floats(-80, 80),
    roll=st.floats(-170, 170),
    x=st.floats(-500, 500),
    y=st.floats(-500, 500),
    z=st.floats(-100, 100),
    scale=st.floats(1, 50),
)


def cloud(seed: int = 0) -> Array:
    """A head's worth of points."""
    return np.random.default_rng(seed).normal(0, 5, (40, 3)).astype(np.float32)


def seen(point: Array, yaw: float = 0, pitch: float = 0, roll: float = 0) -> Array:
    """Where a point of head space is seen, (3,) pixels, by a camera that shows the origin at the origin."""
    camera = Pose(rotation_from_angles(yaw, pitch, roll), np.zeros(3, np.float32), 10.0)
    return np.asarray(camera.project(point)[0])


def test_an_upright_head_is_seen_upright() -> None:
    assert seen(FOREHEAD) == pytest.approx([0, -50, 0])
    assert seen(NOSE_TIP) == pytest.approx([0, 0, -50])


def test_positive_yaw_turns_the_nose_to_the_right_of_the_image() -> None:
    assert seen(NOSE_TIP, yaw=20)[0] == pytest.approx(50 * np.sin(np.radians(20)))


def test_positive_pitch_lifts_the_nose() -> None:
    assert seen(NOSE_TIP, pitch=20)[1] == pytest.approx(-50 * np.sin(np.radians(20)))


def test_positive_roll_tilts_the_head_clockwise() -> None:
    x, y, _ = seen(FOREHEAD, roll=20)
    assert (x, y) == pytest.approx((50 * np.sin(np.radians(20)), -50 * np.cos(np.radians(20))))


@whatever_the_time
@given(st.floats(-179, 179), st.floats(-85, 85), st.floats(-179, 179))
def test_a_rotation_gives_back_its_angles(yaw: float, pitch: float, roll: float) -> None:
    rotation = rotation_from_angles(yaw, pitch, roll)
    again = angles(rotation)
    assert (again.yaw, again.pitch, again.roll) == pytest.approx((yaw, pitch, roll), abs=0.01)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(rotation) == pytest.approx(1)


@whatever_the_time
@given(poses)
def test_back_to_head_space_undoes_the_projection(pose: Pose) -> None:
    projected = pose.project(cloud())
    assert projected.dtype == np.float32
    np.testing.assert_allclose(pose.to_head(projected), cloud(), atol=2e-3)


@whatever_the_time
@given(poses)
def test_the_pose_of_a_projected_shape_is_found(pose: Pose) -> None:
    found = weighted_procrustes(cloud(), pose.project(cloud()), np.ones(40, np.float32))
    np.testing.assert_allclose(found.rotation, pose.rotation, atol=1e-4)
    np.testing.assert_allclose(found.translation, pose.translation, atol=0.02)
    assert found.scale == pytest.approx(pose.scale, rel=1e-4)


def test_points_of_no_weight_have_no_say() -> None:
    pose = Pose(rotation_from_angles(10, 5, -3), np.array([100, 80, 0], np.float32), 8.0)
    landmarks, weights = pose.project(cloud()), np.ones(40, np.float32)
    landmarks[:10] += 50
    weights[:10] = 0
    found = weighted_procrustes(cloud(), landmarks, weights)
    np.testing.assert_allclose(found.project(cloud())[10:], landmarks[10:], atol=1e-2)


def test_heavier_points_are_met_closer() -> None:
    landmarks = Pose(np.eye(3, dtype=np.float32), np.zeros(3, np.float32), 8.0).project(cloud())
    landmarks[0] += 20
    weights = np.ones(40, np.float32)

    def miss(weight: float) -> float:
        weights[0] = weight
        found = weighted_procrustes(cloud(), landmarks, weights)
        return float(np.linalg.norm(found.project(cloud())[0] - landmarks[0]))

    assert miss(100.0) < 0.3 * miss(1.0)


def test_a_mirrored_face_does_not_make_a_mirrored_pose() -> None:
    upright = Pose(np.eye(3, dtype=np.float32), np.zeros(3, np.float32), 8.0)
    mirrored = upright.project(cloud()) * np.array([-1, 1, 1], np.float32)
    found = weighted_procrustes(cloud(), mirrored, np.ones(40, np.float32))
    assert np.linalg.det(found.rotation) == pytest.approx(1, abs=1e-5)

    def cost(scale: float) -> float:
        centred = cloud() - cloud().mean(axis=0)
        projected = Pose(found.rotation, mirrored.mean(axis=0), scale).project(centred)
        return float(((projected - mirrored) ** 2).sum())

    assert cost(found.scale) < min(cost(0.98 * found.scale), cost(1.02 * found.scale)), "the best size"
