"""G's two ends: the encoder pyramid of the source, and the decoder."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pechead.network.blocks import (
    ConvBlock,
    Enlarge,
    Modulation,
    Shrink,
    calm_convolution,
    padded,
    residual_blocks,
    rounded_up,
)
from pechead.network.config import COEFFICIENTS, NetworkConfig
from pechead.network.grids import resized, stretched


class Encoder(nn.Module):
    """The source as a pyramid of features, from fine to coarse."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        stride = config.image_size // config.finest
        norm = config.norm
        inputs = 3
        levels = []
        for number, (channels, blocks) in enumerate(zip(config.levels, config.encoder_blocks, strict=True)):
            first: nn.Module
            if number == 0:
                first = ConvBlock(inputs, channels, norm, max(config.kernel, 5), stride)
            else:
                first = Shrink(inputs, channels, norm)
            levels.append(nn.Sequential(first, residual_blocks(blocks, channels, norm)))
            inputs = channels
        self.levels = nn.ModuleList(levels)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """(B, 3, image_size, image_size) in [0, 1] to one (B, C, n, n) a level."""
        x = image * 2 - 1
        pyramid = []
        for level in self.levels:
            x = level(x)
            pyramid.append(x)
        return tuple(pyramid)


@dataclass(frozen=True)
class Paint:
    """What the decoder draws.

    Attributes:
        image: (B, 3, image_size, image_size) in [0, 1].
        alpha: (B, 1, image_size, image_size), 1 = take the warped photo; all 0 where it is not blended.
        person: (B, 1, image_size, image_size) in [0, 1], 1 on the person as it is to be; None: the network
            draws one layer.
    """

    image: Tensor
    alpha: Tensor
    person: Tensor | None


class Decoder(nn.Module):
    """From aligned features to paint, and to where it is needed.

    Args:
        hints: channels that are shown to the finest level beside the features.
        motion: channels of the motion estimators' features.
    """

    def __init__(self, config: NetworkConfig, hints: int, motion: int) -> None:
        super().__init__()
        self._config = config
        norm, levels = config.norm, config.levels
        self.modulation = Modulation(2 * COEFFICIENTS, levels[-1]) if config.conditioned_decoder else None
        shown = config.decoder_motion
        self.motion = ConvBlock(rounded_up(motion), shown, norm, 1) if shown else None
        self.join = ConvBlock(levels[-1] + shown, levels[-1], norm) if shown else None
        self.bottom = residual_blocks(config.decoder_blocks[-1], levels[-1], norm)
        enlarge, merge = [], []
        for number in reversed(range(len(levels) - 1)):
            width = levels[number]
            enlarge.append(Enlarge(levels[number + 1], width, norm))
            beside = width + (hints if number == 0 else shown)
            merge.append(
                nn.Sequential(
                    ConvBlock(width + beside, width, norm),
                    residual_blocks(config.decoder_blocks[number], width, norm),
                )
            )
        self.enlarge, self.merge = nn.ModuleList(enlarge), nn.ModuleList(merge)
        self._factor = config.image_size // config.finest
        channels = 3 + config.blends_photo + config.layered
        self.last = calm_convolution(levels[0], channels * self._factor**2, config.kernel)
        nn.init.normal_(self.last.weight, std=0.02)
        if config.blends_photo:
            assert self.last.bias is not None
            with torch.no_grad():
                self.last.bias[3 * self._factor**2 :] = 1.5

    def forward(
        self, aligned: tuple[Tensor, ...], hints: Tensor | None, coefficients: Tensor, motion: Tensor
    ) -> Paint:
        """Draw.

        Args:
            aligned: one (B, C, n, n) a level, from fine to coarse.
            hints: (B, hints, finest, finest), if the decoder was made for some.
            coefficients: (B, 122) of source and driving.
            motion: (B, C, cells, cells) both motion estimators' features.
        """
        moved = None if self.motion is None else self.motion(padded(motion))
        x = aligned[-1] if self.modulation is None else self.modulation(aligned[-1], coefficients)
        if self.join is not None and moved is not None:
            x = self.join(torch.cat([x, resized(moved, x.shape[-1])], 1))
        x = self.bottom(x)
        finer = list(aligned[:-1])
        for enlarge, merge in zip(self.enlarge, self.merge, strict=True):
            beside = [finer.pop()]
            if not finer and hints is not None:
                beside.append(hints)
            elif finer and moved is not None:
                beside.append(resized(moved, beside[0].shape[-1]))
            x = merge(torch.cat([enlarge(x), *beside], 1))
        drawn = torch.sigmoid(F.pixel_shuffle(self.last(F.relu(x)).float(), self._factor))
        if self._config.blends_photo:
            return Paint(drawn[:, :3], drawn[:, 3:4], drawn[:, 4:] if self._config.layered else None)
        return Paint(drawn, torch.zeros_like(drawn[:, :1]), None)


def blended(paint: Paint, photo: Tensor, plate: Tensor | None) -> Tensor:
    """``alpha * photo + (1 - alpha) * paint`` at the photo's own resolution, before the background.

    Args:
        paint: of the decoder.
        photo: (B, 3, H, H) the warped photo.
        plate: (B, 3, H, H) the photo's background, if there are two layers.
    """
    alpha, painted = stretched(paint.alpha, photo), stretched(paint.image, photo)
    drawn = painted + alpha * (photo - painted)
    if plate is None or paint.person is None:
        return drawn
    return plate + stretched(paint.person, photo) * (drawn - plate)
