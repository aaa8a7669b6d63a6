"""The flow's loss at landmarks."""

import pytest
import torch
from torch import Tensor

from pechead.losses.landmarks import flow_landmark_loss
from pechead.network.grids import identity_flow


def shifted(x: float, y: float) -> Tensor:
    return identity_flow(64, torch.zeros(1)) + torch.tensor([x, y]).view(1, 2, 1, 1)


def test_a_flow_that_fetches_every_landmark_from_its_place_costs_nothing() -> None:
    driving = torch.tensor([[[0.0, 0.1], [-0.5, 0.4]]])
    source = driving + torch.tensor([0.1, -0.2])
    loss = flow_landmark_loss(shifted(0.1, -0.2), source, driving, torch.ones(1, 2))
    assert loss.item() == pytest.approx(0, abs=1e-3)


def test_the_loss_is_the_weighted_mean_distance() -> None:
    driving = torch.tensor([[[0.0, 0.0], [0.5, 0.5]]])
    source = driving + torch.tensor([[[0.3, 0.4], [0.0, 0.1]]])
    loss = flow_landmark_loss(shifted(0, 0), source, driving, torch.tensor([[1.0, 3.0]]))
    assert loss.item() == pytest.approx((0.5 + 3 * 0.1) / 4, rel=1e-3)
    assert flow_landmark_loss(shifted(0, 0), source, driving, torch.zeros(1, 2)).item() == 0


def test_its_gradient_moves_the_flow_towards_the_landmark() -> None:
    flow = shifted(0, 0).requires_grad_()
    driving = torch.tensor([[[0.0, 0.0]]])
    loss = flow_landmark_loss(flow, driving + torch.tensor([0.2, 0.0]), driving, torch.ones(1, 1))
    loss.backward()  # type: ignore[no-untyped-call]
    assert flow.grad is not None
    assert flow.grad[0, 0].min() < 0
    assert (flow.grad[0, 0] <= 0).all()
