"""Random smooth deformations of the plane, for the equivariance loss."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pechead.network.grids import identity_flow, warp

AFFINE_DEVIATION = 0.05
BEND_DEVIATION = 0.005
CONTROL_POINTS = 5


@dataclass(frozen=True)
class ThinPlateSpline:
    """``T(z) = A z + t + sum_i w_i U(|z - c_i|)`` with ``U(r) = r^2 log r^2``, one for each of B pictures.

    Attributes:
        affine: (B, 2, 3), A and t.
        control_points: (C, 2) positions c.
        bends: (B, C, 2) weights w.
    """

    affine: Tensor
    control_points: Tensor
    bends: Tensor

    @classmethod
    def random(
        cls,
        batch: int,
        generator: torch.Generator | None = None,
        device: torch.device | None = None,
        affine_deviation: float = AFFINE_DEVIATION,
        bend_deviation: float = BEND_DEVIATION,
    ) -> "ThinPlateSpline":
        """Deviations from the identity are normally distributed.

        Args:
            batch: number of deformations.
            generator: where randomness comes from, on the processor; None: PyTorch's default one.
            device: where the result lives.
            affine_deviation, bend_deviation: standard deviations of the entries of A and t, and of w.
        """
        steps = torch.linspace(-1, 1, CONTROL_POINTS)
        points = torch.cartesian_prod(steps, steps)
        affine = torch.eye(2, 3) + affine_deviation * torch.randn(batch, 2, 3, generator=generator)
        bends = bend_deviation * torch.randn(batch, len(points), 2, generator=generator)
        return cls(affine.to(device), points.to(device), bends.to(device))

    def positions(self, points: Tensor) -> Tensor:
        """T of (B, N, 2) positions; of (1, N, 2) if they are the same for all."""
        with torch.autocast(points.device.type, enabled=False):
            straight = points @ self.affine[:, :, :2].transpose(1, 2) + self.affine[:, None, :, 2]
            squared = (points[:, :, None] - self.control_points).square().sum(-1)
            return straight + (squared * torch.log(squared + 1e-6)) @ self.bends

    def picture(self, picture: Tensor) -> Tensor:
        """(B, C, H, H) whose value at z is the given picture's at T(z); beyond its edge this is repeated."""
        size = picture.shape[-1]
        centres = identity_flow(size, picture).flatten(2).transpose(1, 2)
        flow = self.positions(centres).transpose(1, 2).reshape(-1, 2, size, size)
        return warp(picture, flow)
