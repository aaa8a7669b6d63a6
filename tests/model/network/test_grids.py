"""Positions, warps, heat maps and similarity transforms."""

import pytest
import torch
from tests.model.network.conftest import picture

from pechead.network.grids import (
    cell_centres,
    group_heat,
    identity_flow,
    point_heat,
    resized,
    similarity,
    warp,
)


def test_a_picture_warped_by_no_motion_stays_itself() -> None:
    image = picture()
    torch.testing.assert_close(warp(image, identity_flow(256, image)), image, atol=1e-4, rtol=0)


def test_a_flow_to_the_right_fetches_from_the_right() -> None:
    image = picture()
    shift = torch.tensor([2 * 10 / 256, 0.0])[None, :, None, None]
    moved = warp(image, identity_flow(256, image) + shift)
    torch.testing.assert_close(moved[..., :-10], image[..., 10:], atol=1e-4, rtol=0)


def test_cells_lie_between_the_edges() -> None:
    centres = cell_centres(4, torch.zeros(1))
    torch.testing.assert_close(centres, torch.tensor([-0.75, -0.25, 0.25, 0.75]))


def test_heat_is_one_on_the_point_and_falls_like_a_gaussian() -> None:
    centres = cell_centres(32, torch.zeros(1))
    point = torch.stack([centres[20], centres[5]])[None, None]
    heat = point_heat(point, 0.1, 32)[0, 0]
    assert heat.argmax() == 5 * 32 + 20
    assert heat[5, 20] == pytest.approx(1.0)
    assert heat[5, 21] == pytest.approx(float(torch.exp(torch.tensor(-((2 / 32) ** 2) / (2 * 0.1**2)))))


def test_heat_of_a_group_is_the_sum_of_its_points_but_never_more_than_one() -> None:
    points = torch.rand(2, 3, 2) - 0.5
    heat = group_heat(points, 0.1, 32)
    torch.testing.assert_close(heat, point_heat(points, 0.1, 32).sum(1, keepdim=True).clamp(max=1))


def test_halving_takes_means_and_doubling_keeps_them() -> None:
    image = picture()
    half = resized(image, 128)
    torch.testing.assert_close(half[0, :, 0, 0], image[0, :, :2, :2].mean((1, 2)))
    assert resized(half, 256).mean() == pytest.approx(float(image.mean()), abs=1e-3)


def test_a_similarity_is_found_and_undone() -> None:
    driving = torch.rand(2, 30, 2) - 0.5
    angle = torch.tensor(0.4)
    turn = 1.3 * torch.stack(
        [torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])]
    )
    source = driving @ turn.T + torch.tensor([0.2, -0.1])
    found = similarity(source, driving, torch.rand(2, 30) + 0.1)
    torch.testing.assert_close(found.to_driving(source), driving, atol=1e-5, rtol=0)
    as_flow = driving.transpose(1, 2)[:, :, :, None]
    moved = found.to_source(as_flow)[..., 0].transpose(1, 2)
    torch.testing.assert_close(moved, source, atol=1e-5, rtol=0)


def test_points_without_weight_do_not_count_in_a_similarity() -> None:
    driving = torch.rand(1, 10, 2)
    source = driving.clone()
    source[0, 0] += 5
    weight = torch.ones(1, 10)
    weight[0, 0] = 0
    found = similarity(source, driving, weight)
    torch.testing.assert_close(found.to_driving(source)[:, 1:], driving[:, 1:], atol=1e-5, rtol=0)
