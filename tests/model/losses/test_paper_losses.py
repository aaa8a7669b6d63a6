"""The paper's losses against cases computed by hand."""

import math

import pytest
import torch

from pechead.losses.paper import (
    discriminator_loss,
    equivariance_loss,
    generator_adversarial_loss,
    landmark_spread_loss,
    pixel_loss,
    warping_loss,
)
from pechead.losses.thin_plate_spline import ThinPlateSpline
from pechead.network.grids import identity_flow


def test_pixel_loss_is_the_mean_absolute_difference() -> None:
    image, target = torch.zeros(2, 3, 4, 4), torch.zeros(2, 3, 4, 4)
    target[0, 1, 2, 3] = 0.5
    target[1, 2, 0, 0] = -0.25
    assert pixel_loss(image, target).item() == pytest.approx(0.75 / 96)


def test_pixel_loss_counts_emphasised_pixels_more() -> None:
    image, target = torch.zeros(1, 3, 1, 4), torch.zeros(1, 3, 1, 4)
    target[:, :, 0, 0] = 1.0
    emphasis = torch.tensor([3.0, 1.0, 1.0, 1.0]).view(1, 1, 1, 4)
    assert pixel_loss(image, target, emphasis).item() == pytest.approx(3 / 6)
    assert pixel_loss(image, target, torch.ones(1, 1, 1, 4)).item() == pytest.approx(1 / 4)


def test_spread_counts_each_close_pair_twice_and_no_landmark_with_itself() -> None:
    landmarks = torch.tensor([[[0.0, 0.0], [0.1, 0.2], [0.9, 0.9]]])
    assert landmark_spread_loss(landmarks).item() == pytest.approx(2 * (0.1 - 0.05))
    assert landmark_spread_loss(landmarks, threshold=0.05).item() == pytest.approx(0, abs=1e-7)


def test_spread_is_averaged_over_the_batch_and_pushes_landmarks_apart() -> None:
    apart = torch.tensor([[-0.5, 0.0], [0.5, 0.0]])
    close = torch.tensor([[-0.05, 0.0], [0.05, 0.0]])
    landmarks = torch.stack([apart, close]).requires_grad_()
    loss = landmark_spread_loss(landmarks)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(2 * (0.1 - 0.01) / 2)
    assert landmarks.grad is not None
    assert landmarks.grad[1, 0, 0] > 0 > landmarks.grad[1, 1, 0]
    assert landmarks.grad[0].abs().max() == 0


def shift(x: float, y: float) -> ThinPlateSpline:
    affine = torch.tensor([[[1.0, 0.0, x], [0.0, 1.0, y]]])
    return ThinPlateSpline(affine, torch.zeros(1, 2), torch.zeros(1, 1, 2))


def test_equivariance_loss_of_a_shift_by_hand() -> None:
    landmarks = torch.tensor([[[0.1, 0.2], [0.3, -0.4]]])
    transform = shift(0.25, -0.5)
    moved = landmarks - torch.tensor([0.25, -0.5])
    assert equivariance_loss(landmarks, moved, transform).item() == pytest.approx(0, abs=1e-7)
    off = moved + torch.tensor([0.04, 0.0])
    assert equivariance_loss(landmarks, off, transform).item() == pytest.approx(0.02)


def centre_of_light(picture: torch.Tensor) -> torch.Tensor:
    """An equivariant E: the position of the brightest spot, (B, 1, 2)."""
    size = picture.shape[-1]
    steps = (2 * torch.arange(size) + 1) / size - 1
    share = picture[:, 0] ** 4 / (picture[:, 0] ** 4).sum((1, 2), keepdim=True)
    return torch.stack([(share.sum(1) * steps).sum(1), (share.sum(2) * steps).sum(1)], 1)[:, None]


def test_equivariance_loss_vanishes_for_an_equivariant_estimator_only() -> None:
    steps = (2 * torch.arange(128) + 1) / 128 - 1
    places = torch.tensor([[0.2, -0.1], [-0.3, 0.25], [0.0, 0.4]])
    distance = (steps - places[:, :1, None]) ** 2 + (steps[:, None] - places[:, 1:, None]) ** 2
    picture = torch.exp(-distance / 0.005)[:, None]
    transform = ThinPlateSpline.random(3, torch.Generator().manual_seed(4))
    landmarks = centre_of_light(picture)
    assert torch.allclose(landmarks[:, 0], places, atol=1e-3)
    follows = equivariance_loss(landmarks, centre_of_light(transform.picture(picture)), transform)
    stays = equivariance_loss(landmarks, landmarks, transform)
    assert follows < 2e-3
    assert stays > 10 * follows


def test_a_thin_plate_spline_bends_as_its_formula_says() -> None:
    affine = torch.tensor([[[1.0, 0.1, 0.0], [0.0, 0.9, 0.2]]])
    spline = ThinPlateSpline(affine, torch.tensor([[0.5, 0.0]]), torch.tensor([[[0.3, -0.2]]]))
    found = spline.positions(torch.tensor([[[0.5, 0.8], [0.5, 0.0]]]))
    bend = 0.64 * math.log(0.64)
    assert found[0, 0].tolist() == pytest.approx([0.58 + 0.3 * bend, 0.92 - 0.2 * bend], abs=1e-5)
    assert found[0, 1].tolist() == pytest.approx([0.5, 0.2], abs=1e-5)


def test_random_splines_stay_near_the_identity_and_depend_on_the_generator_alone() -> None:
    first, second, other = (ThinPlateSpline.random(64, torch.Generator().manual_seed(n)) for n in (1, 1, 2))
    assert torch.equal(first.affine, second.affine)
    assert torch.equal(first.bends, second.bends)
    assert not torch.equal(first.affine, other.affine)
    points = torch.rand(1, 200, 2, generator=torch.Generator().manual_seed(0)) - 0.5
    moved = (first.positions(points) - points).norm(dim=2)
    assert 0.02 < moved.mean() < 0.2


def test_shared_positions_are_those_of_every_spline() -> None:
    spline = ThinPlateSpline.random(3, torch.Generator().manual_seed(1))
    points = torch.rand(1, 7, 2, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(spline.positions(points), spline.positions(points.expand(3, -1, -1)))


def test_warping_loss_is_half_each_flow_alone() -> None:
    picture = torch.linspace(0, 1, 8).expand(1, 3, 8, 8).contiguous()
    still = identity_flow(8, picture)
    aside = still + torch.tensor([0.25, 0.0])[None, :, None, None]
    # One column to the right is one seventh brighter; the last column repeats itself.
    by_hand = (7 / 8) / 7
    assert warping_loss(picture, [still, still], picture).item() == pytest.approx(0, abs=1e-6)
    assert warping_loss(picture, [aside, still], picture).item() == pytest.approx(by_hand / 2, abs=1e-6)
    assert warping_loss(picture, [still, aside], picture).item() == pytest.approx(by_hand / 2, abs=1e-6)
    assert warping_loss(picture, [aside, aside], picture).item() == pytest.approx(by_hand, abs=1e-6)


def test_warping_loss_enlarges_coarse_flows() -> None:
    picture = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0)).repeat(1, 1, 1, 1)
    flat = torch.full_like(picture, 0.5)
    assert warping_loss(flat, [identity_flow(4, flat)] * 2, flat).item() == pytest.approx(0, abs=1e-6)


def test_hinge_losses_by_hand() -> None:
    real = [torch.tensor([[2.0, 0.5]]), torch.tensor([[-1.0]])]
    invented = [torch.tensor([[-2.0, 0.0]]), torch.tensor([[0.5]])]
    # First: mean(0, 0.5) + mean(0, 1); second: 2 + 1.5.
    assert discriminator_loss(real, invented).item() == pytest.approx((0.75 + 3.5) / 2)
    assert generator_adversarial_loss(invented).item() == pytest.approx((1.0 - 0.5) / 2)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_losses_are_of_single_precision(precision: torch.dtype) -> None:
    image = torch.rand(1, 3, 8, 8).to(precision)
    losses = [
        pixel_loss(image, image),
        landmark_spread_loss(torch.rand(1, 3, 2).to(precision)),
        generator_adversarial_loss([image]),
        discriminator_loss([image], [image]),
        warping_loss(image, [identity_flow(8, image)], image),
    ]
    assert {loss.dtype for loss in losses} == {torch.float32}
