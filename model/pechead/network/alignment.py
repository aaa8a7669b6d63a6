"""Motion-aware multi-scale feature alignment, and feature context adaptation and propagation."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pechead.network.blocks import ConvBlock, calm_convolution, residual_blocks
from pechead.network.config import NetworkConfig
from pechead.network.grids import resized, warp


class LevelAlignment(nn.Module):
    """Warps a level by both flows, blended by learned attention before or after."""

    def __init__(self, channels: int, blocks: int, config: NetworkConfig) -> None:
        super().__init__()
        self._blends_flows = config.blends_flows
        self.refine = residual_blocks(blocks, channels, config.norm)

    def forward(
        self, features: Tensor, local: Tensor, overall: Tensor, attention: Tensor, occlusion: Tensor
    ) -> Tensor:
        """Align one level.

        Args:
            features: (B, C, n, n) of the source.
            local, overall: (B, 2, m, m) local and global flow.
            attention: (B, 1, m, m) share of the local one.
            occlusion: (B, 1, m, m), 1 = keep.

        Returns:
            (B, C, n, n).
        """
        cells = features.shape[-1]
        local, overall = resized(local, cells), resized(overall, cells)
        share = resized(attention, cells)
        if self._blends_flows:
            blend = warp(features, torch.lerp(overall, local, share.expand_as(local)))
        else:
            by_local, by_global = warp(features, local), warp(features, overall)
            blend = torch.lerp(by_global, by_local, share.expand_as(by_local))
        aligned: Tensor = self.refine(blend * resized(occlusion, cells))
        return aligned


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
