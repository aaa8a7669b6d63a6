"""The two graphs of a model, with flat lists of named tensors in place of our dataclasses.

``source`` runs once a photo, ``driving`` once a frame. Inputs and outputs are bound by name; the outputs of
``source`` are inputs of ``driving`` of the same names.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pechead.network.count import still_motion
from pechead.network.model import PECHead, SourceFeatures
from pechead.network.motion_input import FaceCondition, FaceMotion

LEVEL = "level_{}"


def source_outputs(levels: int) -> tuple[str, ...]:
    """Names of what ``source`` computes, for a pyramid of so many levels."""
    return ("small", "keypoint_features", "learned_landmarks", *(LEVEL.format(k) for k in range(levels)))


SOURCE_INPUTS = ("image", "source_coefficients")
MOTION_INPUTS = (
    "source_coefficients",
    "source_landmarks",
    "source_facing",
    "driving_coefficients",
    "driving_landmarks",
    "driving_facing",
    "flow",
    "support",
)
DRIVING_OUTPUTS = ("frame", "alpha")


class SourceGraph(nn.Module):
    """What depends on the photo alone.

    Inputs: ``image`` (1, 3, 256, 256) float32 in [0, 1]; ``source_coefficients`` (1, 61).
    """

    input_names = SOURCE_INPUTS

    def __init__(self, model: PECHead) -> None:
        super().__init__()
        self.model = model
        self.output_names = source_outputs(len(model.config.levels))

    def forward(self, image: Tensor, source_coefficients: Tensor) -> tuple[Tensor, ...]:
        """Outputs in the order of ``output_names``."""
        # E and the encoder need no more of the face than its coefficients.
        condition = FaceCondition(source_coefficients, source_coefficients, source_coefficients)
        source = self.model.encode_source(image, condition)
        return (source.small, source.keypoints, source.landmarks, *source.pyramid)

    def example_inputs(self) -> tuple[Tensor, ...]:
        """Tensors of the right shapes."""
        size = self.model.config.image_size
        return torch.rand(1, 3, size, size), still_motion().source.coefficients


class DrivingGraph(nn.Module):
    """One frame.

    Inputs: ``photo`` (1, 3, H, H) float32 in [0, 1], the crop at its own resolution; ``image`` and the
    outputs of ``source``; the parts of ``pechead.network.motion_input.FaceMotion``.

    Outputs: ``frame`` (1, H, H, 3) uint8 RGB; ``alpha`` (1, 1, 256, 256), 1 = warped photo.
    """

    output_names = DRIVING_OUTPUTS

    def __init__(self, model: PECHead) -> None:
        super().__init__()
        self.model = model
        self._source_names = source_outputs(len(model.config.levels))
        self.input_names = ("photo", "image", *self._source_names, *MOTION_INPUTS)

    def forward(self, photo: Tensor, image: Tensor, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """``photo``, ``image``, then the other inputs in the order of ``input_names``."""
        cached, motion = inputs[: len(self._source_names)], inputs[len(self._source_names) :]
        small, keypoints, landmarks, *pyramid = cached
        source = SourceFeatures(image, small, keypoints, landmarks, tuple(pyramid))
        drawing = self.model.drive(source, _motion(motion), None, photo)
        frame = (drawing.image.clamp(0, 1) * 255 + 0.5).to(torch.uint8)
        return frame.permute(0, 2, 3, 1), drawing.alpha

    def example_inputs(self, photo_size: int = 512) -> tuple[Tensor, ...]:
        """Tensors of the right shapes."""
        graph = SourceGraph(self.model)
        image, coefficients = graph.example_inputs()
        with torch.no_grad():
            cached = graph(image, coefficients)
        photo = F.interpolate(image, size=(photo_size, photo_size), mode="bilinear", align_corners=False)
        return (photo, image, *cached, *motion_tensors(still_motion()))


def motion_tensors(motion: FaceMotion) -> tuple[Tensor, ...]:
    """The parts of a motion in the order of ``MOTION_INPUTS``."""
    source, driving = motion.source, motion.driving
    return (
        source.coefficients,
        source.landmarks,
        source.facing,
        driving.coefficients,
        driving.landmarks,
        driving.facing,
        motion.flow,
        motion.support,
    )


def _motion(tensors: tuple[Tensor, ...]) -> FaceMotion:
    return FaceMotion(FaceCondition(*tensors[:3]), FaceCondition(*tensors[3:6]), *tensors[6:])
