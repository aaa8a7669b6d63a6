"""Which landmarks the networks look at together."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pechead.face.model import SURFACE_POINTS, FaceModel
from pechead.network.grids import group_heat

FINEST_SIGMA = 0.6
"""A Gaussian narrower than this share of a cell falls between the cells."""


@dataclass(frozen=True)
class Group:
    """Landmarks of one part of the face and how widely, in positions, their heat spreads."""

    points: NDArray[np.int64]
    sigma: float


def face_groups(model: FaceModel) -> tuple[Group, ...]:
    """Eight parts: oval, outer lips, inner lips' upper and lower edge, eyes, brows, irises."""
    contours = model.contours
    height = model.mean[contours.inner_lips, 1]
    corners = np.abs(model.mean[contours.inner_lips, 0]).argsort()[-2:]
    is_upper = height >= height[corners].mean()
    is_corner = np.isin(np.arange(len(height)), corners)
    irises = np.arange(SURFACE_POINTS, len(model.mean), 5)
    parts: tuple[tuple[NDArray[np.int32] | NDArray[np.int64], float], ...] = (
        (contours.face_oval, 0.025),
        (contours.outer_lips, 0.016),
        (contours.inner_lips[is_upper | is_corner], 0.016),
        (contours.inner_lips[~is_upper | is_corner], 0.016),
        (contours.left_eye, 0.012),
        (contours.right_eye, 0.012),
        (np.concatenate([contours.left_eyebrow, contours.right_eyebrow]), 0.016),
        (irises, 0.02),
    )
    return tuple(Group(points.astype(np.int64), sigma) for points, sigma in parts)


def spread_points(model: FaceModel, count: int) -> NDArray[np.int64]:
    """(count,) surface points spread evenly over the face: each next one is the farthest from all before."""
    shape = model.mean[:SURFACE_POINTS]
    chosen = [int(shape[:, 2].argmax())]
    distance = np.linalg.norm(shape - shape[chosen[0]], axis=1)
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(shape - shape[chosen[-1]], axis=1))
    return np.array(chosen, np.int64)


class HeatMaps(nn.Module):
    """Landmarks drawn as one map a group."""

    def __init__(self, groups: tuple[Group, ...]) -> None:
        super().__init__()
        self._sigmas = tuple(group.sigma for group in groups)
        for number, group in enumerate(groups):
            self.register_buffer(f"group_{number}", torch.from_numpy(group.points), persistent=False)

    def forward(self, landmarks: Tensor, cells: int) -> Tensor:
        """(B, 478, 2) positions to (B, groups, cells, cells) in [0, 1]."""
        narrowest = FINEST_SIGMA * 2 / cells
        maps = [
            group_heat(landmarks[:, getattr(self, f"group_{number}")], max(sigma, narrowest), cells)
            for number, sigma in enumerate(self._sigmas)
        ]
        return torch.cat(maps, 1)
