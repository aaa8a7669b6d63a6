"""What the objective is computed from, and what comes of it."""

from dataclasses import dataclass, fields
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pechead.data.batch import TrainingBatch


@dataclass(frozen=True)
class LossTerms:
    """The losses by name, before they are weighted; as ``LossWeights``. None: left out."""

    pixel: Tensor | None = None
    perceptual: Tensor | None = None
    spread: Tensor | None = None
    equivariance: Tensor | None = None
    warping: Tensor | None = None
    adversarial: Tensor | None = None
    landmarks: Tensor | None = None
    blended_warp: Tensor | None = None
    warped_perceptual: Tensor | None = None
    paint: Tensor | None = None
    paint_perceptual: Tensor | None = None
    blend: Tensor | None = None
    person: Tensor | None = None

    def present(self) -> dict[str, Tensor]:
        """Those that are not left out."""
        terms = {term.name: getattr(self, term.name) for term in fields(self)}
        return {name: loss for name, loss in terms.items() if loss is not None}


@dataclass(frozen=True)
class Window:
    """A part of every picture, which stands for the whole because it is elsewhere at each step.

    Attributes:
        rows, columns: of it.
    """

    rows: slice
    columns: slice

    @classmethod
    def random(cls, size: int, side: int) -> "Window":
        """A square at a random place; PyTorch's default randomness.

        Args:
            size: of the pictures.
            side: of the window; 0, or more than the size: all of it.
        """
        if not 0 < side < size:
            return cls(slice(None), slice(None))
        top, left = torch.randint(size - side + 1, (2,)).tolist()
        return cls(slice(top, top + side), slice(left, left + side))

    def __call__(self, pictures: Tensor) -> Tensor:
        """Cut it out of (B, C, H, W)."""
        return pictures[:, :, self.rows, self.columns]


class Task:
    """What the objective is computed from; a plain object, which Fabric passes on as it is.

    Args:
        batch: on the device.
        discriminators: frozen for the time being; None: without them.
        strength: how much of the adversarial loss counts, [0, 1].
        window: that the discriminators look through; None: all is seen.
    """

    def __init__(
        self,
        batch: TrainingBatch,
        discriminators: nn.Module | None = None,
        strength: float = 1.0,
        window: Window | None = None,
    ) -> None:
        self.batch, self.discriminators, self.strength = batch, discriminators, strength
        self.window = window or Window(slice(None), slice(None))


class Outcome(NamedTuple):
    """What came of it.

    Attributes:
        total: the weighted sum, to be made small.
        names: of the losses that took part.
        terms: (len(names),) those, unweighted, without gradient.
        images: (B T, 3, H, W) in [0, 1], what was drawn, without gradient.
    """

    total: Tensor
    names: tuple[str, ...]
    terms: Tensor
    images: Tensor
