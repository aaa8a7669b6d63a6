"""The building blocks of all networks."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pechead.network.config import HourglassWidths, NormName


def _norm(channels: int, norm: NormName) -> list[nn.Module]:
    return [] if norm == "none" else [nn.BatchNorm2d(channels)]


def _convolution(inputs: int, outputs: int, kernel: int, stride: int, norm: NormName) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=norm == "none")
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def calm_convolution(inputs: int, outputs: int, kernel: int = 3) -> nn.Conv2d:
    """A last convolution: it starts near zero, so that a network starts from what it is added to."""
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
    nn.init.normal_(layer.weight, std=1e-3)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def rounded_up(channels: int) -> int:
    """Processors convolve multiples of 16 channels several times faster than other numbers."""
    return -(-channels // 16) * 16


def padded(x: Tensor) -> Tensor:
    """(B, C, h, w) with channels of zeros added, up to ``rounded_up(C)``."""
    missing = rounded_up(x.shape[1]) - x.shape[1]
    return F.pad(x, (0, 0, 0, 0, 0, missing)) if missing else x


class ConvBlock(nn.Sequential):
    """Convolution, norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, norm: NormName, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            _convolution(inputs, outputs, kernel, stride, norm), *_norm(outputs, norm), nn.ReLU(inplace=True)
        )


class ResidualBlock(nn.Module):
    """``x + convolution(ReLU(norm(convolution(ReLU(norm(x))))))``, or norms only after convolutions."""

    def __init__(self, channels: int, norm: NormName, hidden: int | None = None) -> None:
        super().__init__()
        hidden = hidden or channels
        if norm == "batch_after":
            last = nn.BatchNorm2d(channels)
            nn.init.zeros_(last.weight)
            self.change = nn.Sequential(
                ConvBlock(channels, hidden, norm), _convolution(hidden, channels, 3, 1, norm), last
            )
            return
        self.change = nn.Sequential(
            *_norm(channels, norm),
            nn.ReLU(),
            _convolution(channels, hidden, 3, 1, norm),
            *_norm(hidden, norm),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 3, padding=1),
        )
        if norm == "none":
            nn.init.zeros_(self.change[-1].weight)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, C, h, w)."""
        change: Tensor = self.change(x)
        return x + change


class Shrink(nn.Sequential):
    """Halve the size, then convolve."""

    def __init__(self, inputs: int, outputs: int, norm: NormName) -> None:
        super().__init__(nn.AvgPool2d(2), ConvBlock(inputs, outputs, norm))


class Enlarge(nn.Module):
    """Convolve at the small size, then double it: a quarter of the work of the other way round."""

    def __init__(self, inputs: int, outputs: int, norm: NormName) -> None:
        super().__init__()
        self.block = ConvBlock(inputs, outputs, norm)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, C', 2h, 2w)."""
        return F.interpolate(self.block(x), scale_factor=2, mode="bilinear", align_corners=False)


class SqueezeExcitation(nn.Module):
    """Channels weigh each other (Hu et al. 2018)."""

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        hidden = max(channels // reduction, 4)
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, C, h, w)."""
        weight: Tensor = torch.sigmoid(self.excite(F.relu(self.squeeze(x.mean((2, 3))))))
        return x * weight[:, :, None, None]


class Modulation(nn.Module):
    """Scale and shift of channels by a vector, nothing at first."""

    def __init__(self, condition: int, channels: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(condition, 128), nn.ReLU(), nn.Linear(128, 2 * channels))
        nn.init.normal_(self.net[-1].weight, std=1e-2)  # type: ignore[arg-type]
        nn.init.zeros_(self.net[-1].bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """(B, C, h, w) and (B, condition) to (B, C, h, w)."""
        change: Tensor = self.net(condition)[:, :, None, None]
        scale, shift = change.chunk(2, 1)
        return x * (1 + scale) + shift


class Hourglass(nn.Module):
    """Down, and up again beside what was seen on the way (Newell et al. 2016).

    Attributes:
        channels: of the result, the input's own among them.
    """

    def __init__(self, inputs: int, widths: HourglassWidths, norm: NormName) -> None:
        super().__init__()
        inputs = rounded_up(inputs)
        sizes = [inputs, *(min(widths.most, widths.base * 2 ** (k + 1)) for k in range(widths.depth))]
        self.down = nn.ModuleList(Shrink(sizes[k], sizes[k + 1], norm) for k in range(widths.depth))
        up = []
        below = sizes[-1]
        for k in reversed(range(widths.depth)):
            width = min(widths.most, widths.base * 2**k)
            up.append(Enlarge(below, width, norm))
            below = width + sizes[k]
        self.up = nn.ModuleList(up)
        self.channels = below

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, h, w) to (B, channels, h, w); h and w divide by 2 to the power of the depth."""
        seen = [padded(x)]
        for down in self.down:
            seen.append(down(seen[-1]))
        x = seen.pop()
        for up in self.up:
            x = torch.cat([up(x), seen.pop()], 1)
        return x


def residual_blocks(
    count: int, channels: int, norm: NormName, last_hidden: int | None = None
) -> nn.Sequential:
    """So many residual blocks in a row; the last one's hidden channels can be chosen."""
    hidden: Sequence[int | None] = [None] * (count - 1) + [last_hidden]
    return nn.Sequential(*(ResidualBlock(channels, norm, width) for width in hidden[:count]))
