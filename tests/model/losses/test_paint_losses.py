"""Our own losses: paint is trained where the warp fails, and shown where it is better."""

import pytest
import torch

from pechead.losses.paint import (
    WARP_FAILURE,
    blend_loss,
    local_error,
    paint_pixel_loss,
    put_in_place,
    warp_failure,
    warped_photo_loss,
)


def test_local_error_is_the_mean_difference_around_each_cell() -> None:
    image, target = torch.zeros(1, 3, 12, 12), torch.zeros(1, 3, 12, 12)
    target[:, :, :4, :4] = 0.9
    error = local_error(image, target)
    assert error.shape == (1, 1, 3, 3)
    # The corner cell sees itself and three others, the middle one all nine, the far ones none.
    assert error[0, 0, 0, 0].item() == pytest.approx(0.9 / 4)
    assert error[0, 0, 1, 1].item() == pytest.approx(0.9 / 9)
    assert error[0, 0, 2, 2].item() == 0


def test_paint_is_compared_more_on_mouth_and_eyes() -> None:
    painted, target = torch.zeros(1, 3, 1, 2), torch.ones(1, 3, 1, 2)
    failure = torch.tensor([1.0, 1.0]).view(1, 1, 1, 2)
    emphasis = torch.tensor([8.0, 1.0]).view(1, 1, 1, 2)
    assert paint_pixel_loss(painted, target, failure, emphasis).item() == pytest.approx(4.5)


def test_local_error_gives_no_gradient() -> None:
    image = torch.rand(1, 3, 8, 8, requires_grad=True)
    assert not local_error(image, torch.zeros(1, 3, 8, 8)).requires_grad


def test_the_warp_fails_where_it_is_wrong_or_where_the_photo_hides_what_is_needed() -> None:
    error = torch.tensor([0.0, WARP_FAILURE / 2, WARP_FAILURE, 1.0]).view(1, 1, 1, 4)
    assert warp_failure(error).flatten().tolist() == pytest.approx([0, 0.25, 1, 1])
    hidden = torch.tensor([0.5, 0.0, 0.0, 0.0]).view(1, 1, 1, 4)
    assert warp_failure(error, hidden).flatten().tolist() == pytest.approx([0.5, 0.25, 1, 1])


def test_the_moved_photo_is_compared_at_full_size_and_coarsely() -> None:
    target = torch.zeros(1, 3, 16, 16)
    everywhere = torch.full_like(target, 0.4)
    stripes = target.clone()
    stripes[:, :, ::2], stripes[:, :, 1::2] = 0.4, -0.4
    assert warped_photo_loss(everywhere, target).item() == pytest.approx(0.4)
    # Stripes cancel where the picture is seen small.
    assert warped_photo_loss(stripes, target).item() == pytest.approx(0.2)


def test_paint_is_compared_fully_where_the_warp_fails_and_a_little_elsewhere() -> None:
    painted, target = torch.zeros(1, 3, 1, 2), torch.ones(1, 3, 1, 2)
    failure = torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    assert paint_pixel_loss(painted, target, failure, everywhere=0.2).item() == pytest.approx(0.6)


def test_put_in_place_shows_paint_in_failed_places_only() -> None:
    painted, target = torch.zeros(1, 3, 1, 3), torch.ones(1, 3, 1, 3)
    failure = torch.tensor([1.0, 0.25, 0.0]).view(1, 1, 1, 3)
    assert put_in_place(painted, target, failure)[0, 0, 0].tolist() == pytest.approx([0, 0.75, 1])


def test_showing_the_warp_costs_as_much_as_it_is_worse_than_the_paint() -> None:
    alpha = torch.ones(1, 1, 4, 12)
    alpha[..., 8:] = 0.5
    warped = torch.tensor([0.3, 0.1, 0.3]).view(1, 1, 1, 3)
    painted = torch.tensor([0.1, 0.1, 0.1]).view(1, 1, 1, 3)
    loss = blend_loss(alpha, warped, painted, margin=0.05)
    assert loss.item() == pytest.approx((0.15 + 0 + 0.5 * 0.15) / 3)


def test_the_blend_falls_only_where_paint_is_clearly_better() -> None:
    alpha = torch.full((1, 1, 4, 8), 0.5, requires_grad=True)
    warped, painted = torch.tensor([0.3, 0.1]).view(1, 1, 1, 2), torch.tensor([0.1, 0.3]).view(1, 1, 1, 2)
    blend_loss(alpha, warped, painted).backward()  # type: ignore[no-untyped-call]
    assert alpha.grad is not None
    assert (alpha.grad[..., :4] > 0).all()
    assert (alpha.grad[..., 4:] == 0).all()
