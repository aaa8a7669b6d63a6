"""Motion estimators: from landmarks in two views to a dense flow and an occlusion map."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pechead.network.blocks import Hourglass, SqueezeExcitation, calm_convolution, rounded_up
from pechead.network.config import NetworkConfig
from pechead.network.grids import Similarity, identity_flow, point_heat, resized, warp

HEAT_SIGMA = 0.1
"""Of the landmarks' heat maps, in positions: FOMM's variance of 0.01."""

LARGEST_RESIDUAL = 0.4
RESIDUAL_GAIN = 0.25
"""A learned flow is a matter of pixels; without this gain a step of training would move it by several."""

FIRST_CANDIDATE = 2.5
"""Logit of the first candidate at the start of training where it is geometry's: 0.8 of the blend.

More would be nearer to the truth and hardly let any gradient through to the others.
"""

GEOMETRY_FIRST = -2.0
"""Attention's logit at the start of training: the global flow, which geometry knows, is trusted first."""


@dataclass(frozen=True)
class Candidates:
    """Motions to choose from, cell by cell.

    Attributes:
        flows: N tensors (B, 2, h, w), the last one of no motion.
        hints: (B, H, h, w) where the landmarks are, driving against source, and what else is known.
    """

    flows: tuple[Tensor, ...]
    hints: Tensor


@dataclass(frozen=True)
class EstimatedMotion:
    """What an estimator says.

    Attributes:
        flow: (B, 2, h, w).
        masks: (B, N, h, w) share of each candidate, adding up to 1.
        occlusion: (B, 1, h, w): 1 = the warped source shows what belongs here.
        attention: (B, A, h, w) in [0, 1].
        features: (B, C, h, w) from which all this is read.
    """

    flow: Tensor
    masks: Tensor
    occlusion: Tensor
    attention: Tensor
    features: Tensor


def landmark_candidates(source: Tensor, driving: Tensor, cells: int, head: Similarity | None) -> Candidates:
    """A candidate a landmark, ``z + source_k - driving_k``, and one of no motion (FOMM without Jacobians).

    Args:
        source: (B, K, 2) positions in the source.
        driving: (B, K, 2) positions in the driving view; with ``head``, with its transform taken out.
        head: first-order term that all landmarks share, if any.
    """
    still = identity_flow(cells, source).expand(len(source), -1, -1, -1)
    moved = still if head is None else head.to_source(still)
    shifts = (source - driving)[:, :, :, None, None]
    place = driving if head is None else head.to_driving(driving)
    heat = point_heat(place, HEAT_SIGMA, cells) - point_heat(source, HEAT_SIGMA, cells)
    return Candidates((*(moved + shifts[:, k] for k in range(shifts.shape[1])), still), heat)


class MotionEstimator(nn.Module):
    """Weighs candidate motions by what the source looks like when moved by each of them.

    Args:
        candidates: number N of candidates.
        hints: channels of heat maps and whatever else tells about the motion.
        corrects: the first candidate is nearly right: start from it, and add a small learned flow.
        attentions: how many maps of attention to estimate beside.
    """

    def __init__(
        self, config: NetworkConfig, candidates: int, hints: int, corrects: bool = False, attentions: int = 0
    ) -> None:
        super().__init__()
        self._cells = config.motion_size
        self.hourglass = Hourglass(3 * candidates + hints, config.motion_hourglass, config.norm)
        self.channels = self.hourglass.channels
        self.excitation = SqueezeExcitation(self.channels)
        self._split = [candidates, 1, attentions, 2 if corrects else 0]
        self.head = calm_convolution(self.channels, rounded_up(sum(self._split)), config.kernel)
        assert self.head.bias is not None
        with torch.no_grad():
            self.head.bias[0] = FIRST_CANDIDATE if corrects else 0.0
            self.head.bias[candidates] = 2.0
            self.head.bias[candidates + 1 : candidates + 1 + attentions] = GEOMETRY_FIRST

    def forward(self, image: Tensor, candidates: Candidates) -> EstimatedMotion:
        """Choose and blend.

        Args:
            image: (B, 3, cells, cells) the source, small, in [0, 1].
            candidates: N flows and their hints.
        """
        warped = [resized(warp(image, flow), self._cells) for flow in candidates.flows]
        features = self.hourglass(torch.cat([*(w * 2 - 1 for w in warped), candidates.hints], 1))
        features = self.excitation(features)
        said = self.head(features).float()[:, : sum(self._split)]
        masks, occlusion, attention, residual = torch.split(said, self._split, 1)
        masks = torch.softmax(masks, 1)
        flow = sum(masks[:, k : k + 1] * candidate for k, candidate in enumerate(candidates.flows))
        assert isinstance(flow, Tensor)
        if residual.shape[1]:
            flow = flow + LARGEST_RESIDUAL * torch.tanh(RESIDUAL_GAIN * residual)
        return EstimatedMotion(flow, masks, torch.sigmoid(occlusion), torch.sigmoid(attention), features)
