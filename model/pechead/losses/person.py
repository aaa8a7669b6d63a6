"""Our own loss of the person's matte, and where losses of what moves are taken: on the person."""

import torch
from torch import Tensor

from pechead.network.grids import resized, stretched
from pechead.network.person import widened

OUTLINE_CELLS = 9
"""Columns and rows of the neighbourhood of a cell: with the person, what is just beside is looked at too."""

LEAST_PROBABILITY = 1e-4


def matte_loss(matte: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Cross entropy of each cell, the mean over the pictures whose matte is known; 0 if there are none.

    Args:
        matte: (B, 1, h, h) in [0, 1].
        target: (B, 1, n, n) in [0, 1], n at most h.
        known: (B,) 1 or 0.
    """
    # PyTorch's own binary cross entropy of probabilities refuses to run under autocast.
    found = resized(matte.float(), target.shape[-1]).clamp(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    entropy = -(target * found.log() + (1 - target) * (1 - found).log()).mean((1, 2, 3))
    return (entropy * known).sum() / known.sum().clamp(min=1)


def person_and_outline(matte: Tensor, like: Tensor) -> Tensor:
    """(B, 1, H, W) in [0, 1]: the matte widened, at the size of a picture.

    Args:
        matte: (B, 1, n, n) in [0, 1].
        like: (B, C, H, W).
    """
    with torch.no_grad():
        return stretched(widened(matte, OUTLINE_CELLS), like)
