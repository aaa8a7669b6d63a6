"""Losses of the face shape reconstructor R: those of Deng et al. 2019 that need no restricted data.

That is the landmark loss and the regularisation of the coefficients. Their photometric loss needs a face
model with texture and light, which the built-in one has not, and their perceptual loss a face recognition
network, whose weights come from data with restricted terms.
"""

from torch import Tensor

IDENTITY_WEIGHT = 1.0
EXPRESSION_WEIGHT = 0.8
TEXTURE_WEIGHT = 1.7e-3


def landmark_loss(landmarks: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean over the landmarks of weight times squared distance.

    Args:
        landmarks, target: (B, N, 2) projected landmarks and those that a detector found, in one unit.
        weights: (N,) of each landmark, for instance 20 for the inner mouth and the nose; None: all 1.
    """
    squared = (landmarks.float() - target.float()).square().sum(-1)
    return (squared if weights is None else squared * weights).mean()


def coefficient_loss(identity: Tensor, expression: Tensor, texture: Tensor | None = None) -> Tensor:
    """Weighted squared length of the coefficients, in standard deviations of the face model.

    Args:
        identity, expression: (B, n) each.
        texture: (B, n) for a face model that has one.
    """
    loss = IDENTITY_WEIGHT * identity.float().square().sum(1)
    loss = loss + EXPRESSION_WEIGHT * expression.float().square().sum(1)
    if texture is not None:
        loss = loss + TEXTURE_WEIGHT * texture.float().square().sum(1)
    return loss.mean()
