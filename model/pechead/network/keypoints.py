"""E, the head-pose-aware keypoint estimator: landmarks that the networks find by themselves."""

import torch
from torch import Tensor, nn

from pechead.network.blocks import Hourglass, Modulation, SqueezeExcitation, calm_convolution, rounded_up
from pechead.network.config import COEFFICIENTS, NetworkConfig
from pechead.network.grids import cell_centres, resized

TEMPERATURE = 0.1
"""Divides the heat before the softmax, as in FOMM."""


class KeypointEstimator(nn.Module):
    """From the source image, a pose and an expression to K learned landmarks, without Jacobians.

    What the image shows is computed once a photo; pose and expression modulate it late, so that a frame costs
    little. The last layer has a squeeze-and-excitation block (supplement 2.1).
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self._cells = config.motion_size
        self.hourglass = Hourglass(3, config.keypoint_hourglass, config.norm)
        channels = self.hourglass.channels
        self.modulation = Modulation(COEFFICIENTS, channels)
        self.excitation = SqueezeExcitation(channels)
        self._count = config.learned_landmarks
        self.heat = calm_convolution(channels, rounded_up(self._count), config.kernel)
        nn.init.normal_(self.heat.weight, std=0.02)

    def encode(self, image: Tensor) -> Tensor:
        """(B, 3, h, h) in [0, 1] to features (B, C, cells, cells)."""
        features: Tensor = self.hourglass(resized(image, self._cells) * 2 - 1)
        return features

    def forward(self, features: Tensor, coefficients: Tensor) -> Tensor:
        """Features of ``encode`` and (B, 61) coefficients to (B, K, 2) positions."""
        heat = self.heat(self.excitation(self.modulation(features, coefficients))).float()
        heat = heat[:, : self._count]
        share = torch.softmax(heat.flatten(2) / TEMPERATURE, 2).view_as(heat)
        centres = cell_centres(self._cells, heat)
        return torch.stack([(share.sum(2) * centres).sum(2), (share.sum(3) * centres).sum(2)], 2)
