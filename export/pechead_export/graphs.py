"""The graphs of a model, with flat lists of named tensors in place of our dataclasses.

``source`` runs once a photo, ``driving`` or ``frame`` once a frame. Inputs and outputs are bound by name; the
outputs of ``source`` are inputs of the others of the same names.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from pechead.network.alignment import Context
from pechead.network.config import NetworkConfig
from pechead.network.count import still_motion
from pechead.network.model import PECHead
from pechead.network.motion_input import FaceCondition, FaceMotion
from pechead.network.person import Background
from pechead.network.stages import SourceFeatures
from pechead_engines.manifest import SIDE, SIDES
from pechead_export.onnx_export import Graph

LEVEL = "level_{}"
BACKGROUND = ("filled", "known")


def source_outputs(config: NetworkConfig) -> tuple[str, ...]:
    """Names of what ``source`` computes."""
    levels = (LEVEL.format(number) for number in range(len(config.levels)))
    layers = ("matte", *BACKGROUND) if config.layered else ()
    return ("small", "keypoint_features", "learned_landmarks", *levels, *layers)


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
FRAME_OUTPUTS = ("frame", "alpha", "photo_flow")
PART_OUTPUTS = ("photo_flow", "alpha", "painted")


class SourceGraph(Graph):
    """What depends on the photo alone.

    Inputs: ``image`` (1, 3, 256, 256) float32 in [0, 1]; ``source_coefficients`` (1, 61).
    """

    input_names = SOURCE_INPUTS

    def __init__(self, model: PECHead) -> None:
        super().__init__()
        self.model = model
        self.output_names = source_outputs(model.config)

    def forward(self, image: Tensor, source_coefficients: Tensor) -> tuple[Tensor, ...]:
        """Outputs in the order of ``output_names``."""
        # E and the encoder need no more of the face than its coefficients.
        condition = FaceCondition(source_coefficients, source_coefficients, source_coefficients)
        source = self.model.encode_source(image, condition)
        computed = (source.small, source.keypoints, source.landmarks, *source.pyramid)
        if source.person is None or source.background is None:
            return computed
        return (*computed, source.person, source.background.filled, source.background.known)

    def example_inputs(self) -> tuple[Tensor, ...]:
        """Tensors of the right shapes."""
        size = self.model.config.image_size
        return torch.rand(1, 3, size, size), still_motion().source.coefficients


class DrivingGraph(Graph):
    """One frame, or the parts of one.

    Inputs: ``image``, the outputs of ``source``, the parts of ``pechead.network.motion_input.FaceMotion``;
    to draw whole frames first of all ``photo`` (1, 3, H, H) float32 in [0, 1], the crop at its own size, with
    H from 256 to 1024.

    Outputs: ``frame`` (1, H, H, 3) uint8 RGB, ``alpha`` (1, 256, 256) in [0, 1], 1 = warped photo, and
    ``photo_flow`` (1, 128, 128, 2) positions in the photo; or, for whoever warps the photo and blends it with
    the paint, ``photo_flow``, ``alpha``, and ``painted`` (1, 256, 256, 3) uint8 RGB; and, from a network of
    two layers, ``person`` (1, 256, 256) in [0, 1], 0 where the photo's background is to be seen.

    A recurrent graph takes the context of the frame before, ``context_level_k`` and ``context_landmarks``,
    and gives that for the next one, ``next_level_k`` and ``next_landmarks``. What comes before the first
    frame is the photo at rest: ``level_k`` and ``learned_landmarks``.

    Args:
        model: the network.
        draws_photo: whole frames instead of parts. Processors warp pictures much faster outside of the graph.
        recurrent: whether a frame depends on the one before.
    """

    def __init__(self, model: PECHead, draws_photo: bool, recurrent: bool = False) -> None:
        super().__init__()
        self.model = model
        self._draws_photo, self._recurrent = draws_photo, recurrent
        kept = [*(LEVEL.format(number) for number in model.context), "landmarks"] if recurrent else []
        computed = source_outputs(model.config)
        self._source_names = tuple(name for name in computed if draws_photo or name not in BACKGROUND)
        self._context_names = tuple(f"context_{name}" for name in kept)
        photo = ("photo",) if draws_photo else ()
        self.input_names = (*photo, "image", *self._source_names, *MOTION_INPUTS, *self._context_names)
        person = ("person",) if model.config.layered else ()
        drawn = FRAME_OUTPUTS if draws_photo else (*PART_OUTPUTS, *person)
        self.output_names = (*drawn, *(f"next_{name}" for name in kept))

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Inputs in the order of ``input_names``, outputs in that of ``output_names``."""
        given = dict(zip(self.input_names, inputs, strict=True))
        source = self._source_features(given)
        motion = _motion([given[name] for name in MOTION_INPUTS])
        before = [given[name] for name in self._context_names]
        context = Context(tuple(before[:-1]), before[-1]) if self._recurrent else None
        drawing = self.model.drive(source, motion, context, given.get("photo"))
        alpha = drawing.alpha[:, 0]
        kept = (*drawing.context.features, drawing.context.landmarks) if self._recurrent else ()
        if self._draws_photo:
            return (_as_bytes(drawing.image), alpha, drawing.flow, *kept)
        person = () if drawing.person is None else (drawing.person[:, 0],)
        return (drawing.flow, alpha, _as_bytes(drawing.painted), *person, *kept)

    def _source_features(self, given: Mapping[str, Tensor]) -> SourceFeatures:
        levels = range(len(self.model.config.levels))
        return SourceFeatures(
            image=given["image"],
            small=given["small"],
            keypoints=given["keypoint_features"],
            landmarks=given["learned_landmarks"],
            pyramid=tuple(given[LEVEL.format(number)] for number in levels),
            person=given.get("matte"),
            background=Background(*(given[name] for name in BACKGROUND)) if "filled" in given else None,
        )

    def example_inputs(self) -> tuple[Tensor, ...]:
        """Tensors of the right shapes."""
        graph = SourceGraph(self.model)
        image, coefficients = graph.example_inputs()
        with torch.no_grad():
            cached = dict(zip(graph.output_names, graph(image, coefficients), strict=True))
        motion = dict(zip(MOTION_INPUTS, motion_tensors(still_motion()), strict=True))
        given = {"image": image, **cached, **motion, **self.first_context(cached)}
        given["photo"] = F.interpolate(image, size=(SIDES[1], SIDES[1]), mode="bilinear", align_corners=False)
        return tuple(given[name] for name in self.input_names)

    def first_context(self, cached: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What comes before the first frame; nothing if the graph is not recurrent.

        Args:
            cached: the outputs of ``source``.
        """
        rest = {**cached, "landmarks": cached["learned_landmarks"]}
        return {name: rest[name.removeprefix("context_")] for name in self._context_names}

    @property
    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        """The photo's rows and columns are as many as it has."""
        return {"photo": {2: SIDE, 3: SIDE}} if self._draws_photo else {}


def _as_bytes(image: Tensor) -> Tensor:
    """(1, 3, H, W) in [0, 1] to (1, H, W, 3) uint8; the last step, since TensorRT computes with no bytes."""
    return (image.permute(0, 2, 3, 1).clamp(0, 1) * 255 + 0.5).to(torch.uint8)


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
