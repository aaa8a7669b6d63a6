"""Our own loss of the flow at the face's landmarks: they are known in both views, and the flow joins them."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pechead.face.eyes import IRIS_POINTS, eye_contours
from pechead.face.model import FaceModel
from pechead.network.motion_input import FaceMotion

SHUT, OPEN = 0.06, 0.16
"""Area between the lids as a share of the eye's squared width: up to where an iris can't be seen, and from
where on it can."""

EDGE_ON = 0.1
"""Of ``FaceCondition.facing``: up to where a landmark is not seen well enough to be followed."""


def flow_landmark_loss(flow: Tensor, source: Tensor, driving: Tensor, weight: Tensor) -> Tensor:
    """How far from the source's landmarks the flow fetches the driving ones: the mean distance in positions.

    Args:
        flow: (B, 2, h, w) source positions.
        source, driving: (B, N, 2) positions of the same landmarks.
        weight: (B, N) at least 0; the result is the weighted mean, 0 if all are 0.
    """
    fetched = F.grid_sample(
        flow.float(), driving[:, None].float(), mode="bilinear", padding_mode="border", align_corners=False
    )[:, :, 0].transpose(1, 2)
    # A distance of exactly nothing has no gradient of its own.
    distance = ((fetched - source).square().sum(-1) + 1e-8).sqrt()
    return (distance * weight).sum() / weight.sum().clamp(min=1e-6)


class SeenInBoth(nn.Module):
    """Which landmarks both views of a face show.

    Args:
        model: the face model that the landmarks belong to.
    """

    def __init__(self, model: FaceModel) -> None:
        super().__init__()
        eyes = sorted(eye_contours(model), key=lambda eye: int(eye.iris[0]))
        self.register_buffer("lids", torch.from_numpy(np.stack([eye.ring for eye in eyes])), persistent=False)

    def forward(self, motion: FaceMotion, driving: Tensor) -> Tensor:
        """(B, 478) weights in [0, 1] of the landmarks.

        Args:
            motion: between the views.
            driving: (B, 478, 2) positions of the landmarks as they were found in the driving frame.
        """
        facing = torch.minimum(motion.source.facing, motion.driving.facing)
        seen = ((facing - EDGE_ON) / (1 - EDGE_ON)).clamp(0, 1)
        lids = self.get_buffer("lids")
        openness = torch.minimum(_openness(motion.source.landmarks[:, lids]), _openness(driving[:, lids]))
        irises = (seen[:, lids].mean(-1) * openness).repeat_interleave(IRIS_POINTS, 1)
        return torch.cat([seen, irises], 1)


def _openness(lids: Tensor) -> Tensor:
    """(B, 2) in [0, 1] of the rings of lids (B, 2, N, 2) of both eyes."""
    x, y = lids.unbind(-1)
    area = (x * y.roll(-1, -1) - x.roll(-1, -1) * y).sum(-1).abs() / 2
    width = torch.cdist(lids, lids).amax((-2, -1))
    return ((area / width.square().clamp(min=1e-8) - SHUT) / (OPEN - SHUT)).clamp(0, 1)
