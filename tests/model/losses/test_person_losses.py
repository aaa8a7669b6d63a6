"""The matte's loss, and where losses of what moves are taken."""

import math

import pytest
import torch

from pechead.losses.person import matte_loss, person_and_outline


def test_the_matte_is_compared_by_cross_entropy() -> None:
    matte = torch.tensor([[0.9, 0.2], [0.5, 0.1]]).view(1, 1, 2, 2)
    target = torch.tensor([[1.0, 0.0], [0.5, 0.0]]).view(1, 1, 2, 2)
    expected = -(math.log(0.9) + math.log(0.8) + math.log(0.5) + math.log(0.9)) / 4
    assert matte_loss(matte, target, torch.ones(1)).item() == pytest.approx(expected, rel=1e-5)


def test_a_finer_matte_is_compared_by_its_cells_means() -> None:
    matte = torch.tensor([[0.2, 0.4], [0.4, 0.2]]).view(1, 1, 2, 2)
    loss = matte_loss(matte, torch.zeros(1, 1, 1, 1), torch.ones(1))
    assert loss.item() == pytest.approx(-math.log(0.7), rel=1e-5)


def test_pictures_without_a_known_matte_do_not_count() -> None:
    matte = torch.tensor([0.25, 0.9]).view(2, 1, 1, 1).requires_grad_()
    loss = matte_loss(matte, torch.ones(2, 1, 1, 1), torch.tensor([1.0, 0.0]))
    assert loss.item() == pytest.approx(-math.log(0.25), rel=1e-5)
    loss.backward()  # type: ignore[no-untyped-call]
    assert matte.grad is not None
    assert matte.grad[1].item() == 0
    assert matte_loss(matte, torch.ones(2, 1, 1, 1), torch.zeros(2)).item() == 0


def test_what_moves_is_compared_on_the_person_and_a_little_around() -> None:
    matte = torch.zeros(1, 1, 128, 128)
    matte[:, :, 60:70, 60:70] = 1.0
    where = person_and_outline(matte, torch.zeros(1, 3, 256, 256))[0, 0]
    assert (where[114:146, 114:146] == 1).all()
    assert (where[:100] == 0).all()
    assert (where[:, 160:] == 0).all()
