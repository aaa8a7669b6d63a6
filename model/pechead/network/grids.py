"""Positions, heat maps and warps on grids; all of rank 4 and free of scatter, so that any runtime has them.

Positions are in [-1, 1] from edge to edge of a picture, x right, y down; flows are (B, 2, rows, columns) of
them.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

TAIL = 40.0
"""Exponent beyond which a Gaussian is cut: subnormal numbers are slow."""


def cell_centres(cells: int, like: Tensor) -> Tensor:
    """(cells,) positions of the centres of equal cells."""
    steps = torch.arange(cells, device=like.device, dtype=torch.float32)
    return (2 * steps + 1) / cells - 1


def identity_flow(cells: int, like: Tensor) -> Tensor:
    """(1, 2, cells, cells): each cell comes from itself."""
    centres = cell_centres(cells, like)
    return torch.stack([centres.expand(cells, cells), centres[:, None].expand(cells, cells)])[None]


def gaussians(points: Tensor, sigma: float, cells: int) -> tuple[Tensor, Tensor]:
    """The two factors of isotropic Gaussians.

    Args:
        points: (B, N, 2) positions.
        sigma: in the same unit.
        cells: of a side.

    Returns:
        along x and along y, (B, N, cells) each.
    """
    centres = cell_centres(cells, points)
    sharpness = 1 / (2 * sigma**2)
    along_x, along_y = (
        torch.exp(-((centres - points[:, :, axis, None]) ** 2 * sharpness).clamp(max=TAIL)) for axis in (0, 1)
    )
    return along_x, along_y


def point_heat(points: Tensor, sigma: float, cells: int) -> Tensor:
    """(B, N, cells, cells): a Gaussian around each of (B, N, 2) points, 1 in its middle."""
    along_x, along_y = gaussians(points, sigma, cells)
    return along_y[:, :, :, None] * along_x[:, :, None, :]


def group_heat(points: Tensor, sigma: float, cells: int) -> Tensor:
    """(B, 1, cells, cells): the Gaussians around (B, N, 2) points, summed, at most 1."""
    along_x, along_y = gaussians(points, sigma, cells)
    return torch.bmm(along_y.transpose(1, 2), along_x).clamp(max=1)[:, None]


def warp(picture: Tensor, flow: Tensor) -> Tensor:
    """Fetch every cell from where the flow says; beyond the picture its edge is repeated.

    Args:
        picture: (B, C, h, w).
        flow: (B, 2, rows, columns); single precision whatever the picture's is.

    Returns:
        (B, C, rows, columns).
    """
    grid = flow.permute(0, 2, 3, 1).float()
    return F.grid_sample(picture.float(), grid, mode="bilinear", padding_mode="border", align_corners=False)


def resized(maps: Tensor, cells: int) -> Tensor:
    """(B, C, h, h) on another number of cells: bilinear up, mean of the cells down."""
    if maps.shape[-1] == cells:
        return maps
    if maps.shape[-1] > cells:
        return F.avg_pool2d(maps, maps.shape[-1] // cells)
    return F.interpolate(maps, size=(cells, cells), mode="bilinear", align_corners=False)


def stretched(maps: Tensor, like: Tensor) -> Tensor:
    """(B, C, h, w) bilinearly at the size of another tensor, whichever that is when the graph runs."""
    return F.interpolate(maps, size=like.shape[-2:], mode="bilinear", align_corners=False)


def similarity(source: Tensor, driving: Tensor, weight: Tensor) -> "Similarity":
    """The similarity transform from driving to source positions, by weighted least squares.

    Args:
        source, driving: (B, N, 2) positions.
        weight: (B, N) at least 0, not all 0.
    """
    share = (weight / weight.sum(1, keepdim=True))[:, :, None]
    source_mean, driving_mean = (share * source).sum(1), (share * driving).sum(1)
    s, d = source - source_mean[:, None], driving - driving_mean[:, None]
    spread = (share * d**2).sum((1, 2)).clamp(min=1e-6)
    along = (share * d * s).sum((1, 2)) / spread
    across = (share[:, :, 0] * (d[:, :, 0] * s[:, :, 1] - d[:, :, 1] * s[:, :, 0])).sum(1) / spread
    return Similarity(along, across, source_mean, driving_mean)


class Similarity:
    """``source = mean_source + [[along, -across], [across, along]] (driving - mean_driving)``.

    Args:
        along, across: (B,).
        source_mean, driving_mean: (B, 2).
    """

    def __init__(self, along: Tensor, across: Tensor, source_mean: Tensor, driving_mean: Tensor) -> None:
        self._along, self._across = along, across
        self._source_mean, self._driving_mean = source_mean, driving_mean

    def to_source(self, flow: Tensor) -> Tensor:
        """(B, 2, h, w) driving positions to source positions."""
        x, y = (flow - self._driving_mean[:, :, None, None]).chunk(2, 1)
        along, across = self._along[:, None, None, None], self._across[:, None, None, None]
        turned = torch.cat([along * x - across * y, across * x + along * y], 1)
        return turned + self._source_mean[:, :, None, None]

    def to_driving(self, points: Tensor) -> Tensor:
        """(B, N, 2) source positions to driving positions."""
        x, y = (points - self._source_mean[:, None]).chunk(2, 2)
        along, across = self._along[:, None, None], self._across[:, None, None]
        turned = torch.cat([along * x + across * y, along * y - across * x], 2)
        return turned / (along**2 + across**2).clamp(min=1e-6) + self._driving_mean[:, None]
