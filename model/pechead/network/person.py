"""Person and background: the person's matte in the photo, and the photo's background without the person."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pechead.network.blocks import Hourglass, calm_convolution
from pechead.network.config import MATTE_CELLS, HourglassWidths, NormName
from pechead.network.grids import resized, stretched

OUTLINE_CELLS = 7
"""Columns and rows of the neighbourhood that takes a cell for the person's if any cell of it is."""

LEAST_KNOWN = 1e-4


@dataclass(frozen=True)
class Background:
    """What is behind the person in the photo.

    Attributes:
        filled: (B, 3, n, n) in [0, 1], the photo, small; where the person is, the colours around.
        known: (B, 1, n, n) in [0, 1], 1 where the photo itself shows the background.
    """

    filled: Tensor
    known: Tensor

    def plate(self, photo: Tensor) -> Tensor:
        """(B, 3, H, H): the photo without the person.

        Args:
            photo: (B, 3, H, H) in [0, 1].
        """
        filled = stretched(self.filled, photo)
        return filled + stretched(self.known, photo) * (photo - filled)


def widened(matte: Tensor, cells: int) -> Tensor:
    """(B, 1, n, n): the greatest value around each cell of a matte.

    Args:
        matte: (B, 1, n, n).
        cells: columns and rows of what is around, odd.
    """
    return F.max_pool2d(matte, cells, 1, cells // 2)


def background_behind(image: Tensor, person: Tensor) -> Background:
    """Take the person out of a photo; the place is filled from ever wider surroundings.

    Args:
        image: (B, 3, H, H) in [0, 1].
        person: (B, 1, n, n) in [0, 1], n a power of 2.
    """
    colours = resized(image, person.shape[-1])
    known = (1 - 2 * widened(person, OUTLINE_CELLS)).clamp(min=0)
    weighed = [torch.cat([colours * known, known], 1)]
    while weighed[-1].shape[-1] > 1:
        weighed.append(F.avg_pool2d(weighed[-1], 2))
    # Where the whole photo is the person's, its mean colour has to do.
    filled = (weighed[-1][:, :3] + LEAST_KNOWN * colours.mean((2, 3), keepdim=True)) / (
        weighed[-1][:, 3:] + LEAST_KNOWN
    )
    for finer in reversed(weighed[:-1]):
        around = stretched(filled, finer)
        weight = finer[:, 3:]
        share = (4 * weight).clamp(max=1) if finer is not weighed[0] else weight
        filled = around + share * (finer[:, :3] / weight.clamp(min=LEAST_KNOWN) - around)
    return Background(filled, known)


class PersonEstimator(nn.Module):
    """Where the person is in the photo.

    Args:
        widths: of its hourglass.
        norm: as the other networks have it.
    """

    def __init__(self, widths: HourglassWidths, norm: NormName) -> None:
        super().__init__()
        self.hourglass = Hourglass(3, widths, norm)
        self.head = calm_convolution(self.hourglass.channels, 1)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, H) in [0, 1] to the matte (B, 1, 128, 128) in [0, 1], 1 on the person."""
        seen = self.hourglass(resized(image, MATTE_CELLS) * 2 - 1)
        return torch.sigmoid(self.head(seen).float())
