"""The solver: what it minimises, how far it gets, and what it weighs."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.pose import CAMERA_TO_PIXELS, Pose, rotation_from_angles
from pechead.face.solver import (
    DEPTH_WEIGHT,
    Array,
    Deformations,
    Solution,
    depth_metric,
    rigid_motions,
    rotation_by,
    solve,
)

POSE = Pose(rotation_from_angles(15, -8, 5), np.array([130, 120, 4], np.float32), 9.0)
NEARBY = Pose(rotation_from_angles(9, -3, 2), np.array([128, 123, 0], np.float32), 8.6)
LOOSE = np.full(4, 1e-6)


@pytest.fixture
def base() -> Array:
    return np.random.default_rng(1).normal(0, 5, (60, 3))


@pytest.fixture
def deformations() -> Deformations:
    return Deformations(np.random.default_rng(2).normal(0, 0.5, (4, 60, 3)))


def observe(shape: Array, pose: Pose = POSE) -> NDArray[np.float32]:
    return pose.project(shape.astype(np.float32))


def test_pose_and_coefficients_of_an_exact_picture_are_found(base: Array, deformations: Deformations) -> None:
    truth = np.array([0.5, -0.3, 0.8, 0.1])
    landmarks = observe(deformations.shape(base, truth))
    found = solve(base, deformations, np.zeros(4), LOOSE, landmarks, NEARBY, iterations=6)
    assert found.coefficients == pytest.approx(truth, abs=1e-3)
    np.testing.assert_allclose(found.pose.rotation, POSE.rotation, atol=1e-4)
    np.testing.assert_allclose(found.pose.translation, POSE.translation, atol=0.01)
    assert found.pose.scale == pytest.approx(POSE.scale, rel=1e-4)
    np.testing.assert_allclose(found.shape, deformations.shape(base, truth), atol=1e-2)


def cost(solution: Solution, expected: Array, precision: Array, landmarks: NDArray[np.float32]) -> float:
    """What the module's text says is minimised, worked out from the pictures."""
    pose = solution.pose
    projected = solution.shape @ pose.rotation.T.astype(np.float64) * pose.scale * CAMERA_TO_PIXELS
    missed = (projected + pose.translation - landmarks) / pose.scale
    deviations = solution.coefficients - expected
    return float((missed**2 @ [1, 1, DEPTH_WEIGHT]).sum() + (precision * deviations**2).sum())


def turned(pose: Pose, axis: int) -> Pose:
    turn = rotation_by(np.eye(3)[axis] * 0.01).astype(np.float32)
    return Pose(pose.rotation @ turn, pose.translation, pose.scale)


def shifted(pose: Pose, axis: int) -> Pose:
    return Pose(pose.rotation, pose.translation + 0.2 * np.eye(3, dtype=np.float32)[axis], pose.scale)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("moved", [turned, shifted])
def test_no_pose_nearby_costs_less(
    base: Array, deformations: Deformations, moved: Callable[[Pose, int], Pose], axis: int
) -> None:
    noise = np.random.default_rng(3).normal(0, 1.5, (60, 3)).astype(np.float32)
    landmarks, precision = observe(base) + noise, np.full(4, 2.0)
    best = solve(base, deformations, np.zeros(4), precision, landmarks, NEARBY, iterations=10)
    other = Solution(moved(best.pose, axis), best.coefficients, best.shape)
    least = cost(best, np.zeros(4), precision, landmarks)
    assert cost(other, np.zeros(4), precision, landmarks) > least


@pytest.mark.parametrize("change", [-0.05, 0.05])
@pytest.mark.parametrize("number", range(4))
def test_no_coefficients_nearby_cost_less(
    base: Array, deformations: Deformations, number: int, change: float
) -> None:
    noise = np.random.default_rng(3).normal(0, 1.5, (60, 3)).astype(np.float32)
    landmarks, precision, expected = observe(base) + noise, np.full(4, 20.0), np.full(4, 0.5)
    best = solve(base, deformations, expected, precision, landmarks, NEARBY, iterations=10)
    coefficients = best.coefficients + change * np.eye(4)[number]
    other = Solution(best.pose, coefficients, deformations.shape(base, coefficients))
    least = cost(best, expected, precision, landmarks)
    assert cost(other, expected, precision, landmarks) > least


def test_a_precise_expectation_is_kept(base: Array, deformations: Deformations) -> None:
    landmarks = observe(deformations.shape(base, np.array([0.9, 0, 0, 0])))
    expected = np.array([0.2, 0.0, 0.0, 0.0])
    found = solve(base, deformations, expected, np.full(4, 1e9), landmarks, NEARBY)
    assert found.coefficients == pytest.approx(expected, abs=1e-4)


def test_depth_counts_little(base: Array) -> None:
    """A bump in depth moves its coefficient away from what is expected less than the same bump aside."""
    frontal = Pose(np.eye(3, dtype=np.float32), np.array([128, 128, 0], np.float32), 9.0)

    def answer(axis: int) -> float:
        basis = np.zeros((1, 60, 3))
        basis[0, :10, axis] = 1.0
        landmarks = observe(base + basis[0], frontal)
        found = solve(base, Deformations(basis), np.zeros(1), np.full(1, 5.0), landmarks, frontal)
        return float(found.coefficients[0])

    assert answer(axis=0) > 0.5
    assert answer(axis=2) < 0.5 * answer(axis=0)


def test_the_normal_matrix_is_the_basis_weighted_and_times_itself(deformations: Deformations) -> None:
    metric = depth_metric(POSE.rotation[2].astype(np.float64))
    expected = np.einsum("ina,ab,jnb->ij", deformations.basis, metric, deformations.basis)
    np.testing.assert_allclose(deformations.normal_matrix(metric), expected, rtol=1e-6)


def test_the_metric_weighs_the_cameras_axis_less_than_those_across() -> None:
    across, along, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0].T
    metric = depth_metric(along)
    assert along @ metric @ along == pytest.approx(DEPTH_WEIGHT)
    assert across @ metric @ across == pytest.approx(1.0)


def test_rigid_motions_are_what_small_moves_of_the_head_do(base: Array) -> None:
    moves = rigid_motions(base)
    for axis in range(3):
        turn = np.eye(3)[axis] * 1e-5
        np.testing.assert_allclose((base @ rotation_by(turn).T - base) / 1e-5, moves[:, :, axis].T, atol=1e-3)
        np.testing.assert_array_equal(moves[:, :, 3 + axis].T, np.tile(np.eye(3)[axis], (60, 1)))
    np.testing.assert_array_equal(moves[:, :, 6].T, base)


def test_a_rotation_by_a_vector_turns_about_it_by_its_length() -> None:
    quarter = rotation_by(np.array([0, 0, np.pi / 2]))
    np.testing.assert_allclose(quarter @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    np.testing.assert_array_equal(rotation_by(np.zeros(3)), np.eye(3))
