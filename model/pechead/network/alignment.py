"""Motion-aware multi-scale feature alignment, and feature context adaptation and propagation."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pechead.network.blocks import ConvBlock, calm_convolution, residual_blocks
from pechead.network.config import NetworkConfig
from pechead.network.grids import resized, warp

GEOMETRY_FIRST = -2.0
"""Attention's logit at the start of training: the global flow, which geometry knows, is trusted first."""


@dataclass(frozen=True)
class AlignedLevel:
    """One level of the source's features in the driving view.

    Attributes:
        features: (B, C, n, n).
        attention: (B, 1, n, n) share of the local flow against the global one.
    """

    features: Tensor
    attention: Tensor


class LevelAlignment(nn.Module):
    """Warps a level by both flows and blends the two by learned attention."""

    def __init__(self, channels: int, blocks: int, config: NetworkConfig) -> None:
        super().__init__()
        self.attention = calm_convolution(2 * channels + 4, 1)
        assert self.attention.bias is not None
        nn.init.constant_(self.attention.bias, GEOMETRY_FIRST)
        self.refine = residual_blocks(blocks, channels, config.norm)

    def forward(self, features: Tensor, local: Tensor, overall: Tensor, occlusion: Tensor) -> AlignedLevel:
        """Align one level.

        Args:
            features: (B, C, n, n) of the source.
            local, overall: (B, 2, m, m) local and global flow.
            occlusion: (B, 1, m, m).
        """
        cells = features.shape[-1]
        flows = [resized(flow, cells) for flow in (local, overall)]
        by_local, by_global = (warp(features, flow) for flow in flows)
        seen = torch.cat([by_local, by_global, flows[0] - flows[1], flows[1]], 1)
        attention = torch.sigmoid(self.attention(seen).float())
        blend = by_global + attention * (by_local - by_global)
        return AlignedLevel(self.refine(blend * resized(occlusion, cells)), attention)


@dataclass(frozen=True)
class Context:
    """What a frame leaves to the next one.

    Attributes:
        features: one tensor (B, C, n, n) per level that has context.
        landmarks: (B, K, 2) learned landmarks of the frame.
    """

    features: tuple[Tensor, ...]
    landmarks: Tensor


def flow_to_previous(masks: Tensor, landmarks: Tensor, previous: Tensor, still: Tensor) -> Tensor:
    """Where each cell was one frame ago: each follows the learned landmarks as the local masks say.

    Args:
        masks: (B, K + 1, h, w) of the local motion estimator.
        landmarks, previous: (B, K, 2) learned landmarks now and one frame ago.
        still: (1, 2, h, w) the flow of no motion.

    Returns:
        (B, 2, h, w).
    """
    shift = (previous - landmarks).transpose(1, 2)
    moved = torch.bmm(shift, masks[:, :-1].flatten(2)).view(len(masks), 2, *masks.shape[2:])
    return still + moved


class LevelContext(nn.Module):
    """Merges a level with the previous frame's, as far as a learned gate lets it."""

    def __init__(self, channels: int, blocks: int, hidden: int, config: NetworkConfig) -> None:
        super().__init__()
        self.merge = ConvBlock(2 * channels, channels, config.norm, config.context_kernel)
        self.refine = residual_blocks(blocks, channels, config.norm, hidden)
        self.gate = calm_convolution(channels, channels, config.context_kernel)
        assert self.gate.bias is not None
        nn.init.constant_(self.gate.bias, -2.0)

    def forward(self, features: Tensor, previous: Tensor, flow: Tensor) -> Tensor:
        """(B, C, n, n) of this frame and the previous one, and the flow between, to (B, C, n, n)."""
        warped = warp(previous, resized(flow, features.shape[-1]))
        merged: Tensor = self.refine(self.merge(torch.cat([features, warped], 1)))
        gate: Tensor = torch.sigmoid(self.gate(merged))
        return features + gate * (merged - features)
