"""The two graphs of a model, with flat lists of named tensors in place of our dataclasses.

``source`` runs once a photo, ``driving`` once a frame. Inputs and outputs are bound by name; the outputs of
``source`` are inputs of ``driving`` of the same names.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from pechead.network.count import still_motion
from pechead.network.model import PECHead, SourceFeatures
from pechead.network.motion_input import FaceCondition, FaceMotion
from pechead_export.onnx_export import Graph

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
DRAWN_OUTPUTS = ("frame", "alpha")
PART_OUTPUTS = ("photo_flow", "alpha", "painted")


class SourceGraph(Graph):
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


class DrivingGraph(Graph):
    """One frame, or the parts of one.

    Inputs: ``image``, the outputs of ``source``, the parts of ``pechead.network.motion_input.FaceMotion``;
    to draw whole frames first of all ``photo`` (1, 3, H, H) float32 in [0, 1], the crop at its own size.

    Outputs: ``frame`` (1, H, H, 3) uint8 RGB and ``alpha`` (1, 256, 256) in [0, 1], 1 = warped photo; or, for
    whoever warps the photo and blends it with the paint, ``photo_flow`` (1, 128, 128, 2) positions in the
    photo, ``alpha``, and ``painted`` (1, 256, 256, 3) uint8 RGB.

    Args:
        model: the network.
        draws_photo: whole frames instead of parts. Processors warp pictures much faster outside of the graph.
    """

    def __init__(self, model: PECHead, draws_photo: bool) -> None:
        super().__init__()
        self.model = model
        self.draws_photo = draws_photo
        self._source_names = source_outputs(len(model.config.levels))
        self.input_names = ("image", *self._source_names, *MOTION_INPUTS)
        if draws_photo:
            self.input_names = ("photo", *self.input_names)
        self.output_names = DRAWN_OUTPUTS if draws_photo else PART_OUTPUTS

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Inputs in the order of ``input_names``, outputs in that of ``output_names``."""
        photo = inputs[0] if self.draws_photo else None
        image, *rest = inputs[1:] if self.draws_photo else inputs
        cached, motion = rest[: len(self._source_names)], rest[len(self._source_names) :]
        small, keypoints, landmarks, *pyramid = cached
        source = SourceFeatures(image, small, keypoints, landmarks, tuple(pyramid))
        drawing = self.model.drive(source, _motion(motion), None, photo)
        if self.draws_photo:
            return _as_bytes(drawing.image), drawing.alpha[:, 0]
        return drawing.flow, drawing.alpha[:, 0], _as_bytes(drawing.painted)

    def example_inputs(self, photo_size: int = 512) -> tuple[Tensor, ...]:
        """Tensors of the right shapes."""
        graph = SourceGraph(self.model)
        image, coefficients = graph.example_inputs()
        with torch.no_grad():
            cached = graph(image, coefficients)
        inputs = (image, *cached, *motion_tensors(still_motion()))
        if not self.draws_photo:
            return inputs
        size = (photo_size, photo_size)
        return (F.interpolate(image, size=size, mode="bilinear", align_corners=False), *inputs)


def _as_bytes(image: Tensor) -> Tensor:
    """(1, 3, H, W) in [0, 1] to (1, H, W, 3) uint8."""
    return (image.clamp(0, 1) * 255 + 0.5).to(torch.uint8).permute(0, 2, 3, 1)


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


def _motion(tensors: Sequence[Tensor]) -> FaceMotion:
    return FaceMotion(FaceCondition(*tensors[:3]), FaceCondition(*tensors[3:6]), *tensors[6:])
