"""The losses of the paper's supplement, equations (1) and (3) to (6); (2) is ``pechead.perceptual``.

All pictures are (B, 3, H, W) in [0, 1], all positions in [-1, 1] from edge to edge. Every function returns a
scalar of single precision for one frame of a sequence; the mean over the frames of a sample is the caller's.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from pechead.losses.thin_plate_spline import ThinPlateSpline
from pechead.network.grids import resized, warp

SPREAD_THRESHOLD = 0.1
"""eta of equation (3)."""


def pixel_loss(image: Tensor, target: Tensor, emphasis: Tensor | None = None) -> Tensor:
    """Equation (1): mean absolute difference.

    Args:
        image, target: (B, 3, H, W).
        emphasis: (B, 1, H, W) weights; the result is their weighted mean. None: all the same.
    """
    difference = (image.float() - target.float()).abs()
    if emphasis is None:
        return difference.mean()
    return (difference.mean(1, keepdim=True) * emphasis).sum() / emphasis.sum().clamp(min=1e-6)


def landmark_spread_loss(landmarks: Tensor, threshold: float = SPREAD_THRESHOLD) -> Tensor:
    """Equation (3) for one of the two sets: what squared distances between landmarks lack to the threshold.

    A landmark's distance to itself, which the equation as printed counts as K times the threshold, is left
    out: it is constant.

    Args:
        landmarks: (B, K, 2) learned landmarks.
        threshold: eta, a squared distance.
    """
    squared = (landmarks[:, :, None] - landmarks[:, None]).float().square().sum(-1)
    lacking = F.relu(threshold - squared)
    others = ~torch.eye(landmarks.shape[1], dtype=torch.bool, device=landmarks.device)
    return (lacking * others).sum((1, 2)).mean()


def equivariance_loss(landmarks: Tensor, transformed_landmarks: Tensor, transform: ThinPlateSpline) -> Tensor:
    """Equation (4): landmarks move with the picture.

    Args:
        landmarks: (B, K, 2) learned landmarks of a picture.
        transformed_landmarks: (B, K, 2) those of ``transform.picture(picture)``.
        transform: the same; it takes positions of the transformed picture to positions of the picture.
    """
    return (landmarks.float() - transform.positions(transformed_landmarks.float())).abs().mean()


def warping_loss(
    source: Tensor, flows: Sequence[Tensor], target: Tensor, emphasis: Tensor | None = None
) -> Tensor:
    """Equation (5): the source warped by the local and by the global flow, each alone, with equal weights.

    Args:
        source, target: (B, 3, H, H).
        flows: (B, 2, h, h) each, source positions; enlarged to the pictures' size.
        emphasis: as in ``pixel_loss``.
    """
    losses = [pixel_loss(warp(source, resized(flow, source.shape[-1])), target, emphasis) for flow in flows]
    return torch.stack(losses).mean()


def generator_adversarial_loss(invented_scores: Sequence[Tensor]) -> Tensor:
    """Equation (6), generator: minus the discriminators' mean score.

    Args:
        invented_scores: each discriminator's map of scores of the generated picture.
    """
    return torch.stack([-scores.float().mean() for scores in invented_scores]).mean()


def discriminator_loss(real_scores: Sequence[Tensor], invented_scores: Sequence[Tensor]) -> Tensor:
    """Equation (6), discriminators: hinge loss, mean over the discriminators.

    Args:
        real_scores, invented_scores: each discriminator's map of scores of the driving frame, and of the
            generated one without a gradient to the generator.
    """
    losses = [
        F.relu(1 - real.float()).mean() + F.relu(1 + invented.float()).mean()
        for real, invented in zip(real_scores, invented_scores, strict=True)
    ]
    return torch.stack(losses).mean()
