"""Training samples as batches of tensors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from pechead.data.sample import TrainingSample
from pechead.face.face_motion import FaceConditionArrays, FaceMotionArrays
from pechead.network.motion_input import FaceCondition, FaceMotion, motion_to_device


@dataclass(frozen=True)
class TrainingBatch:
    """B training samples; see ``TrainingSample``.

    Attributes:
        source: (B, 3, size, size) float32 in [0, 1].
        driving: (B, T, 3, size, size) float32 in [0, 1].
        motions: T, one for each driving frame.
        landmarks: (B, T, 478, 2) float32, positions found in the driving frames.
        emphasis: (B, T, 1, size, size) float32, at least 1.
        mattes: (B, 1 + T, 1, 128, 128) float32 in [0, 1], 1 on the person or where that is not known.
        matted: (B, 1 + T) float32, 1 = the matte is known, else 0.
    """

    source: Tensor
    driving: Tensor
    motions: tuple[FaceMotion, ...]
    landmarks: Tensor
    emphasis: Tensor
    mattes: Tensor
    matted: Tensor

    def to(self, device: torch.device) -> "TrainingBatch":
        """The same on another device."""
        return TrainingBatch(
            self.source.to(device, non_blocking=True),
            self.driving.to(device, non_blocking=True),
            tuple(motion_to_device(motion, device) for motion in self.motions),
            self.landmarks.to(device, non_blocking=True),
            self.emphasis.to(device, non_blocking=True),
            self.mattes.to(device, non_blocking=True),
            self.matted.to(device, non_blocking=True),
        )


@dataclass(frozen=True)
class PackedBatch:
    """A batch as worker processes send it: a quarter of the bytes.

    Attributes:
        source: (B, size, size, 3) uint8.
        driving: (B, T, size, size, 3) uint8.
        motions, landmarks: as in ``TrainingBatch``.
        emphasis: (B, T, 64, 64) float32.
        mattes: (B, 1 + T, 128, 128) uint8.
        matted: (B, 1 + T) bool.
    """

    source: Tensor
    driving: Tensor
    motions: tuple[FaceMotion, ...]
    landmarks: Tensor
    emphasis: Tensor
    mattes: Tensor
    matted: Tensor

    def to(self, device: torch.device) -> "PackedBatch":
        """The same on another device, to be unpacked there."""
        return self._kept(
            lambda tensor: tensor.to(device, non_blocking=True),
            lambda motion: motion_to_device(motion, device),
        )

    def pin_memory(self) -> "PackedBatch":
        """The same in page-locked memory; called by PyTorch's loader."""
        return self._kept(Tensor.pin_memory, _pinned)

    def _kept(
        self, tensor: Callable[[Tensor], Tensor], motion: Callable[[FaceMotion], FaceMotion]
    ) -> "PackedBatch":
        """The same, each part kept elsewhere."""
        return PackedBatch(
            tensor(self.source),
            tensor(self.driving),
            tuple(motion(each) for each in self.motions),
            tensor(self.landmarks),
            tensor(self.emphasis),
            tensor(self.mattes),
            tensor(self.matted),
        )

    def unpack(self) -> TrainingBatch:
        """The batch as the networks want it."""
        size = self.source.shape[1]
        emphasis = torch.nn.functional.interpolate(
            self.emphasis, size=(size, size), mode="bilinear", align_corners=False
        )
        return TrainingBatch(
            self.source.permute(0, 3, 1, 2).contiguous().float().div_(255),
            self.driving.permute(0, 1, 4, 2, 3).contiguous().float().div_(255),
            self.motions,
            self.landmarks,
            emphasis.unsqueeze(2),
            self.mattes.unsqueeze(2).float().div_(255),
            self.matted.float(),
        )


def pack(samples: Sequence[TrainingSample]) -> PackedBatch:
    """Stack samples of equal T; runs in the worker processes."""
    frames = len(samples[0].motions)
    return PackedBatch(
        torch.from_numpy(np.stack([sample.source for sample in samples])),
        torch.from_numpy(np.stack([sample.driving for sample in samples])),
        tuple(_motion([sample.motions[frame] for sample in samples]) for frame in range(frames)),
        torch.from_numpy(np.stack([sample.landmarks for sample in samples])),
        torch.from_numpy(np.stack([sample.emphasis for sample in samples])),
        torch.from_numpy(np.stack([sample.mattes for sample in samples])),
        torch.from_numpy(np.stack([sample.matted for sample in samples])),
    )


def collate(samples: Sequence[TrainingSample]) -> TrainingBatch:
    """Stack samples of equal T."""
    return pack(samples).unpack()


def _motion(motions: Sequence[FaceMotionArrays]) -> FaceMotion:
    return FaceMotion(
        source=_condition([motion.source for motion in motions]),
        driving=_condition([motion.driving for motion in motions]),
        flow=torch.from_numpy(np.stack([motion.flow for motion in motions])),
        support=torch.from_numpy(np.stack([motion.support for motion in motions])),
    )


def _condition(conditions: Sequence[FaceConditionArrays]) -> FaceCondition:
    return FaceCondition(
        *(
            torch.from_numpy(np.stack([getattr(condition, field.name) for condition in conditions]))
            for field in fields(FaceConditionArrays)
        )
    )


def _pinned(motion: FaceMotion) -> FaceMotion:
    def pinned(condition: FaceCondition) -> FaceCondition:
        return FaceCondition(
            condition.coefficients.pin_memory(),
            condition.landmarks.pin_memory(),
            condition.facing.pin_memory(),
        )

    return FaceMotion(
        pinned(motion.source), pinned(motion.driving), motion.flow.pin_memory(), motion.support.pin_memory()
    )
