"""The losses of R by hand."""

import pytest
import torch

from pechead.losses.reconstructor import coefficient_loss, landmark_loss


def test_landmark_loss_is_the_weighted_mean_squared_distance() -> None:
    found, sought = torch.zeros(1, 2, 2), torch.tensor([[[3.0, 4.0], [1.0, 0.0]]])
    assert landmark_loss(found, sought).item() == pytest.approx((25 + 1) / 2)
    assert landmark_loss(found, sought, torch.tensor([1.0, 20.0])).item() == pytest.approx((25 + 20) / 2)


def test_coefficients_are_weighted_as_by_deng() -> None:
    identity, expression = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5]])
    assert coefficient_loss(identity, expression).item() == pytest.approx(5 + 0.8 * 0.25)
    texture = torch.tensor([[10.0]])
    assert coefficient_loss(identity, expression, texture).item() == pytest.approx(5 + 0.2 + 0.17)
