"""The dense flow: exact at its anchors, first-order between them, still far away."""

import numpy as np
import pytest

from pechead.face.flow import (
    AnchorGroup,
    Array,
    Grid,
    dense_flow,
    fit_linear,
    fit_similarity,
    pass_through,
    spread,
)

GRID = Grid((200, 120), (50, 30))


def group(driving: Array, source: Array, sigma: float = 10.0, linear: Array | None = None) -> AnchorGroup:
    return AnchorGroup(
        driving=driving.astype(np.float32),
        source=source.astype(np.float32),
        sigma=np.full(len(driving), sigma, np.float32),
        weight=np.ones(len(driving), np.float32),
        linear=np.eye(2, dtype=np.float32) if linear is None else linear.astype(np.float32),
    )


def scattered(count: int = 60, seed: int = 0) -> Array:
    return (np.random.default_rng(seed).random((count, 2)) * (200, 120)).astype(np.float32)


def places(grid: Grid) -> Array:
    return np.stack(np.meshgrid(grid.x, grid.y), -1)


def test_grid_cells_are_sampled_at_their_centres() -> None:
    assert GRID.x[0] == pytest.approx(2.0)
    assert GRID.y[-1] == pytest.approx(118.0)


def test_an_affine_motion_of_all_anchors_is_reproduced_everywhere() -> None:
    matrix, shift = np.array([[0.9, 0.2], [-0.1, 1.1]], np.float32), np.array([5, -3], np.float32)
    driving = scattered()
    flow = dense_flow([group(driving, driving @ matrix.T + shift, 30, matrix)], GRID)
    np.testing.assert_allclose(flow, places(GRID) @ matrix.T + shift, atol=1e-2)


def test_linear_parts_are_found_from_the_points() -> None:
    driving, weight = scattered(), np.ones(60, np.float32)
    matrix = np.array([[0.9, 0.2], [-0.1, 1.1]], np.float32)
    np.testing.assert_allclose(fit_linear(driving, driving @ matrix.T + 7, weight), matrix, atol=1e-3)
    turned = 1.3 * np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]], np.float32)
    np.testing.assert_allclose(fit_similarity(driving, driving @ turned.T - 2, weight), turned, atol=1e-3)


def test_flow_passes_through_its_anchors_after_correction() -> None:
    driving = scattered(12)
    source = driving + np.random.default_rng(1).normal(0, 4, (12, 2)).astype(np.float32)
    at_anchors = Grid((200, 120), (200, 120))
    cell = tuple(driving.astype(int).T[::-1])

    def error(anchors: AnchorGroup) -> float:
        return float(np.abs(dense_flow([anchors], at_anchors)[cell] - source).mean())

    plain, corrected = group(driving, source, 12), pass_through(group(driving, source, 12), rounds=6)
    assert error(corrected) < 0.7
    assert error(corrected) < 0.5 * error(plain)


def test_far_from_all_anchors_nothing_moves() -> None:
    anchors = group(np.array([[20, 20]]), np.array([[30, 20]]), sigma=8)
    flow = dense_flow([anchors], GRID, stay=1e-3)
    np.testing.assert_allclose(flow[5, 5] - places(GRID)[5, 5], [10, 0], atol=0.1)
    np.testing.assert_allclose(flow[:, 30:], places(GRID)[:, 30:], atol=1e-3)


def test_anchors_without_weight_do_not_count() -> None:
    right = group(np.array([[50, 60]]), np.array([[60, 60]]))
    wrong = AnchorGroup(right.driving, right.source + 40, right.sigma, np.zeros(1, np.float32), right.linear)
    np.testing.assert_array_equal(dense_flow([right, wrong], GRID, 1e-3), dense_flow([right], GRID, 1e-3))


def test_a_value_spreads_from_its_anchor_and_fades() -> None:
    anchors = group(np.array([[50, 60], [120, 60]]), np.zeros((2, 2), np.float32))
    values = spread([anchors], [np.array([1, 0], np.float32)], GRID, stay=1e-2)
    assert values[15, 12] > 0.95
    assert values[15, 30] < 0.05
    assert values[0, 49] < 1e-3
