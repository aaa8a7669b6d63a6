"""Whether an engine computes what PyTorch does, on real frames."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pechead.landmarker.detector import FaceDetector
from pechead.network.model import PECHead
from pechead_engines.engine import Array, Engine
from pechead_engines.errors import EngineError
from pechead_engines.manifest import GraphDescription, Parity, Precision
from pechead_export.graphs import DrivingGraph, SourceGraph
from pechead_export.onnx_export import Graph
from pechead_export.real_frames import RealFrames
from pechead_live.frames import Image
from pechead_live.renderers.layers import background_plate, composed

PICTURES = ("frame", "painted")
FEATURES = ("level_", "keypoint_features", "next_level_")


@dataclass(frozen=True)
class Limits:
    """What is still the same.

    Attributes:
        largest: absolute error of a single number, in ``Parity``'s units. A pixel at an edge may be off by
            more than the eye notices elsewhere.
        mean: over all numbers.
        psnr: of pictures, in dB.
    """

    largest: float
    mean: float
    psnr: float


LIMITS: dict[Precision, Limits] = {
    "float32": Limits(largest=0.03, mean=0.001, psnr=55),
    "float16": Limits(largest=0.1, mean=0.002, psnr=45),
    "int8": Limits(largest=0.3, mean=0.01, psnr=38),
}

LARGEST_LANDMARK_DISTANCE = 0.25
"""Pixels of 256 in the mean, between faces that an engine and PyTorch draw."""

INSTEAD = "don't run it; export it again, with --precision float32 if need be, or report it"


def compare(graph: Graph, engine: Engine, frames: RealFrames) -> tuple[Parity, ...]:
    """Run an engine and PyTorch on the same inputs; a recurrent graph goes on from its own last frame.

    Args:
        graph: what was exported, in evaluation mode.
        engine: what it became.
        frames: to run on.

    Returns:
        an entry an output, over all frames.
    """
    pairs = list(_runs(graph, engine, frames))
    return tuple(
        _parity(name, [(_numbers(expected[name]), _numbers(found[name])) for expected, found in pairs])
        for name in engine.output_names
    )


def landmark_distance(graph: DrivingGraph, engine: Engine, frames: RealFrames) -> float:
    """How far apart the landmarks are that are found in the frames of an engine and of PyTorch.

    Args:
        graph: of the parts of a frame, in evaluation mode.
        engine: what it became.
        frames: to run on.

    Returns:
        the mean in pixels of 256; infinite if a face is lost, 0 if PyTorch draws none.
    """
    photo = np.rint(frames.photo["photo"][0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    features = _source_features(graph.model, frames.photo)
    plate = background_plate(photo, {name: values.numpy() for name, values in features.items()})
    distances: list[float] = []
    with FaceDetector("image") as detector:
        for parts in _runs(graph, engine, frames):
            expected, found = (_landmarks(detector, composed(photo, plate, _first(part))) for part in parts)
            if expected is None:
                continue
            if found is None:
                return np.inf
            distances.append(float(np.abs(found - expected).mean()) * 256 / len(photo))
    return float(np.mean(distances)) if distances else 0.0


def require(graph: GraphDescription) -> None:
    """Refuse an engine that computes something else.

    Args:
        graph: with what was measured.

    Raises:
        EngineError: an output is beyond the limits, or the face is.
    """
    limits = LIMITS[graph.precision]
    for parity in graph.parity:
        within = parity.largest <= limits.largest and parity.mean <= limits.mean
        if not (within and (parity.psnr is None or parity.psnr >= limits.psnr)):
            raise EngineError(
                f"{parity.output} of {graph.file} differs from PyTorch by up to {parity.largest:.4f}, "
                f"{parity.mean:.5f} in the mean",
                INSTEAD,
            )
    if (graph.landmark_distance or 0) > LARGEST_LANDMARK_DISTANCE:
        raise EngineError(
            f"faces drawn with {graph.file} are {graph.landmark_distance:.2f} pixels of 256 off PyTorch's",
            INSTEAD,
        )


def inputs_of(graph: DrivingGraph, frames: RealFrames) -> Iterator[dict[str, Array]]:
    """What a graph is told of every frame; a recurrent one also PyTorch's own last frame.

    Args:
        graph: in evaluation mode.
        frames: to run on.
    """
    given = dict(frames.photo) | _source_features(graph.model, frames.photo)
    context = graph.first_context(given)
    for frame in frames.frames:
        inputs = {**given, **frame, **context}
        yield {name: inputs[name].numpy() for name in graph.input_names}
        context = _next_context(_computed(graph, inputs)) if context else {}


def _runs(
    graph: Graph, engine: Engine, frames: RealFrames
) -> Iterator[tuple[dict[str, Array], dict[str, Array]]]:
    given = dict(frames.photo)
    if not isinstance(graph, DrivingGraph):
        yield _run(graph, engine, given, given)
        return
    given |= _source_features(graph.model, given)
    contexts = [graph.first_context(given)] * 2
    for frame in frames.frames:
        expected, found = _run(graph, engine, *({**given, **frame, **context} for context in contexts))
        yield expected, found
        contexts = [_next_context(outputs) for outputs in (expected, found)]


def _run(
    graph: Graph, engine: Engine, expected_from: Mapping[str, Tensor], found_from: Mapping[str, Tensor]
) -> tuple[dict[str, Array], dict[str, Array]]:
    found = engine.run({name: found_from[name].numpy() for name in engine.input_names})
    copied = {name: values.copy() for name, values in zip(engine.output_names, found, strict=True)}
    return _computed(graph, expected_from), copied


def _computed(graph: Graph, given: Mapping[str, Tensor]) -> dict[str, Array]:
    with torch.no_grad():
        outputs = graph(*(given[name] for name in graph.input_names))
    return {name: tensor.numpy() for name, tensor in zip(graph.output_names, outputs, strict=True)}


def _source_features(model: PECHead, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    graph = SourceGraph(model)
    with torch.no_grad():
        outputs = graph(*(given[name] for name in graph.input_names))
    return dict(zip(graph.output_names, outputs, strict=True))


def _next_context(outputs: Mapping[str, Array]) -> dict[str, Tensor]:
    return {
        name.replace("next_", "context_"): torch.from_numpy(values.astype(np.float32))
        for name, values in outputs.items()
        if name.startswith("next_")
    }


def _first(outputs: Mapping[str, Array]) -> dict[str, Array]:
    return {name: values[0] for name, values in outputs.items()}


def _landmarks(detector: FaceDetector, picture: Image) -> NDArray[np.float32] | None:
    """(478, 2) pixels; None if there is no face."""
    faces = detector.detect(picture)
    return faces[0].landmarks[:, :2] if faces else None


def _numbers(values: Array) -> NDArray[np.float64]:
    return values.astype(np.float64) / (255 if values.dtype == np.uint8 else 1)


def _parity(name: str, pairs: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Parity:
    errors = np.stack([np.abs(expected - found) for expected, found in pairs])
    if name.startswith(FEATURES):
        errors /= np.sqrt(np.mean([expected**2 for expected, _ in pairs])) + 1e-12
    squared = float((errors**2).mean())
    psnr = float(-10 * np.log10(max(squared, 1e-12))) if name in PICTURES else None
    return Parity(name, float(errors.max()), float(errors.mean()), psnr)
