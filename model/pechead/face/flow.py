"""Dense backward flow from sparse anchors, by Gaussian-weighted first-order interpolation.

An anchor says: what is at ``driving`` in the new picture comes from ``source`` in the photo, and around it
the source position changes like the matrix ``linear`` of its group. The flow at a pixel q is

    flow(q) = sum_i w_i(q) (source_i + linear (q - driving_i)) / sum_i w_i(q),
    w_i(q)  = weight_i exp(-|q - driving_i|^2 / (2 sigma_i^2)),

the first-order motion model (Siarohin et al. 2019, eq. 4) with the softmax over points in closed form. A
Gaussian of the plane is a product of one of x and one of y, so all sums over a whole grid are products of a
(rows x anchors) and an (anchors x columns) matrix: no rasteriser, no scatter, well under a millisecond.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Area = tuple[slice, slice]

TAIL = 40.0
"""Exponent beyond which a Gaussian counts as zero: subnormal numbers slow matrix products tenfold."""


@dataclass(frozen=True)
class AnchorGroup:
    """Anchors that share a first-order term.

    Attributes:
        driving: (N, 2) float32, pixels of the new picture, x right, y down.
        source: (N, 2) float32, pixels of the photo.
        sigma: (N,) float32, pixels of the new picture: how far each anchor reaches.
        weight: (N,) float32, at least 0: how much it counts against the others.
        linear: (2, 2) float32: how the source position changes with the position in the new picture.
    """

    driving: Array
    source: Array
    sigma: Array
    weight: Array
    linear: Array

    def constant_term(self) -> Array:
        """(N, 2): what remains of each anchor when the linear part is taken out."""
        return self.source - self.driving @ self.linear.T


@dataclass(frozen=True)
class Grid:
    """The places where a flow is evaluated: the centres of equal cells that cover a picture.

    Attributes:
        size: width and height of the picture in pixels.
        cells: columns and rows.
    """

    size: tuple[int, int]
    cells: tuple[int, int]

    @property
    def x(self) -> Array:
        """(columns,) pixels."""
        return ((np.arange(self.cells[0]) + 0.5) * (self.size[0] / self.cells[0])).astype(np.float32)

    @property
    def y(self) -> Array:
        """(rows,) pixels."""
        return ((np.arange(self.cells[1]) + 0.5) * (self.size[1] / self.cells[1])).astype(np.float32)


def fit_linear(driving: Array, source: Array, weight: Array) -> Array:
    """(2, 2) linear part of the weighted least-squares affine map from driving to source positions."""
    share = weight / weight.sum()
    driving = driving - share @ driving
    source = source - share @ source
    moments = (driving * share[:, None]).T @ driving
    mixed = (driving * share[:, None]).T @ source
    steady = 1e-6 * np.trace(moments) * np.eye(2)
    return np.linalg.solve(moments + steady, mixed).T.astype(np.float32)


def fit_similarity(driving: Array, source: Array, weight: Array) -> Array:
    """Like ``fit_linear``, but only turning and scaling: safe to carry on far from the points."""
    share = weight / weight.sum()
    driving = driving - share @ driving
    source = source - share @ source
    spread = share @ (driving**2).sum(1)
    along = share @ (driving * source).sum(1) / spread
    across = share @ (driving[:, 0] * source[:, 1] - driving[:, 1] * source[:, 0]) / spread
    return np.array([[along, -across], [across, along]], np.float32)


def pass_through(group: AnchorGroup, rounds: int = 3) -> AnchorGroup:
    """Change the group's source positions so that its flow passes through the ones given.

    A weighted mean smooths: the flow at an anchor is not that anchor's own value. Richardson iteration adds
    what is missing, a few times. Two wishes for one place would only grow apart: anchors of little weight,
    which lie behind others, take little part.
    """
    constant = group.constant_term()
    place = group.driving - group.driving.mean(0)
    length = (place**2).sum(1)
    distance = np.maximum(length[:, None] + length - 2 * place @ place.T, 0)
    share = _bell(np.asarray(distance / (2 * group.sigma**2), np.float32)) * group.weight
    share = np.asarray(share / (share.sum(1, keepdims=True) + 1e-12), np.float32)
    corrected, trust = constant, np.clip(4 * group.weight, 0, 1)[:, None]
    for _ in range(rounds):
        corrected = np.asarray(corrected + trust * (constant - share @ corrected), np.float32)
    return replace(group, source=(corrected + group.driving @ group.linear.T).astype(np.float32))


def dense_flow(groups: Sequence[AnchorGroup], grid: Grid, stay: float = 0.0) -> Array:
    """Backward flow on a grid.

    Args:
        groups: the anchors.
        grid: where to evaluate.
        stay: weight of no motion at all, the same everywhere; small against the anchors' own.

    Returns:
        (rows, columns, 2) float32, pixels of the photo: where each cell's centre comes from.
    """
    place = np.stack(np.meshgrid(grid.x, grid.y), -1)
    total = np.full((grid.cells[1], grid.cells[0], 1), stay, np.float32)
    summed: Array = place * np.float32(stay)
    for group in groups:
        constant = group.constant_term()
        area = _reached(group, grid)
        sums = _gaussian_sums(group, grid, area, (np.ones_like(group.weight), constant[:, 0], constant[:, 1]))
        total[area] += sums[..., :1]
        summed[area] += sums[..., 1:] + (place[area] @ group.linear.T) * sums[..., :1]
    return np.asarray(summed / np.maximum(total, 1e-20), np.float32)


def spread(groups: Sequence[AnchorGroup], values: Sequence[Array], grid: Grid, stay: float) -> Array:
    """Values of anchors, interpolated with the flow's own weights; 0 where ``stay`` outweighs them.

    Args:
        groups: the anchors.
        values: (N,) or (N, K) of each group.
        grid: where to evaluate.
        stay: weight of 0, the same everywhere.

    Returns:
        (rows, columns) or (rows, columns, K) float32.
    """
    shape = values[0].shape[1:]
    total = np.full((grid.cells[1], grid.cells[0], 1), stay, np.float32)
    summed = np.zeros((*total.shape[:2], int(np.prod(shape))), np.float32)
    for group, value in zip(groups, values, strict=True):
        area = _reached(group, grid)
        ones = np.ones_like(group.weight)
        sums = _gaussian_sums(group, grid, area, (ones, *value.reshape(len(value), -1).T))
        total[area] += sums[..., :1]
        summed[area] += sums[..., 1:]
    return np.asarray((summed / total).reshape(*total.shape[:2], *shape), np.float32)


def _gaussian_sums(group: AnchorGroup, grid: Grid, area: Area, values: Sequence[Array]) -> Array:
    """``sum_i w_i(q) value_i`` on an area of a grid for several values at once: (rows, columns, values)."""
    sharpness = np.asarray(1 / (2 * group.sigma**2), np.float32)[:, None]
    along_x = _bell((grid.x[area[1]] - group.driving[:, :1]) ** 2 * sharpness)
    along_y = _bell((grid.y[area[0]] - group.driving[:, 1:]) ** 2 * sharpness) * group.weight[:, None]
    columns = np.concatenate([along_x * value[:, None] for value in values], 1)
    sums = (along_y.T @ columns).reshape(along_y.shape[1], len(values), along_x.shape[1])
    return np.moveaxis(sums, 1, 2)


def _reached(group: AnchorGroup, grid: Grid) -> Area:
    """The rows and columns of the grid where the group's weights are not all zero."""
    reach = group.sigma[:, None] * np.float32(np.sqrt(2 * TAIL))
    low, high = (group.driving - reach).min(0), (group.driving + reach).max(0)
    first_x, last_x = np.searchsorted(grid.x, (low[0], high[0]))
    first_y, last_y = np.searchsorted(grid.y, (low[1], high[1]))
    return slice(first_y, last_y), slice(first_x, last_x)


def smoothstep(value: Array, low: float, high: float) -> Array:
    """0 up to ``low``, 1 from ``high`` on, without a kink between them."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _bell(exponent: Array) -> Array:
    """exp(-exponent), exactly 0 in the far tail."""
    bell = np.exp(-np.minimum(exponent, TAIL))
    bell[exponent >= TAIL] = 0
    return bell
