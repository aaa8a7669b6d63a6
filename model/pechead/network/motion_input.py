"""What the networks are told about a face and its motion, for a batch."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class FaceCondition:
    """A face in a crop; positions in [-1, 1] from edge to edge, x right, y down.

    Attributes:
        coefficients: (B, 61) pose and expression, without identity: rows 0 and 1 of the rotation (6),
            translation x and y (2), logarithm of the scale in positions per centimetre (1), blendshape
            weights (52).
        landmarks: (B, 478, 2) positions.
        facing: (B, 468) how much each surface point faces the camera, [-1, 1].
    """

    coefficients: Tensor
    landmarks: Tensor
    facing: Tensor


@dataclass(frozen=True)
class FaceMotion:
    """A face in the source and as it is to be, and what geometry knows of the way between.

    Attributes:
        source, driving: the face; its shape is the source's in both.
        flow: (B, 4, 128, 128), ``pechead.face.geometric_motion.MotionMaps.flow``.
        support: (B, 4, 64, 64), ``MotionMaps.support``.
    """

    source: FaceCondition
    driving: FaceCondition
    flow: Tensor
    support: Tensor


def to_device(condition: FaceCondition, device: torch.device) -> FaceCondition:
    """The same on another device."""
    coefficients, landmarks, facing = (
        tensor.to(device, non_blocking=True)
        for tensor in (condition.coefficients, condition.landmarks, condition.facing)
    )
    return FaceCondition(coefficients, landmarks, facing)


def motion_to_device(motion: FaceMotion, device: torch.device) -> FaceMotion:
    """The same on another device."""
    return FaceMotion(
        source=to_device(motion.source, device),
        driving=to_device(motion.driving, device),
        flow=motion.flow.to(device, non_blocking=True),
        support=motion.support.to(device, non_blocking=True),
    )
