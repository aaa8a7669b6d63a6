"""Whether an engine computes what PyTorch does, on real frames."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pechead.network.model import PECHead
from pechead_engines.engine import Engine
from pechead_engines.errors import EngineError
from pechead_engines.manifest import Parity, Precision
from pechead_export.graphs import DrivingGraph, SourceGraph
from pechead_export.onnx_export import Graph
from pechead_export.real_frames import RealFrames

Array = NDArray[np.float64]
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
}


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
        _parity(name, [(expected[name], found[name]) for expected, found in pairs])
        for name in engine.output_names
    )


def require(parities: Sequence[Parity], precision: Precision, name: str) -> None:
    """Refuse an engine that computes something else.

    Args:
        parities: of ``compare``.
        precision: of the engine.
        name: what messages call it.

    Raises:
        EngineError: an output is beyond the limits.
    """
    limits = LIMITS[precision]
    for parity in parities:
        within = parity.largest <= limits.largest and parity.mean <= limits.mean
        if not (within and (parity.psnr is None or parity.psnr >= limits.psnr)):
            raise EngineError(
                f"{parity.output} of {name} differs from PyTorch by up to {parity.largest:.4f}, "
                f"{parity.mean:.5f} in the mean",
                "don't run it; export it again, with --precision float32 if need be, or report it",
            )


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
    with torch.no_grad():
        expected = graph(*(expected_from[name] for name in graph.input_names))
    found = engine.run({name: found_from[name].numpy() for name in engine.input_names})
    return (
        {name: _numbers(tensor.numpy()) for name, tensor in zip(graph.output_names, expected, strict=True)},
        {name: _numbers(array) for name, array in zip(engine.output_names, found, strict=True)},
    )


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


def _numbers(values: NDArray[np.generic]) -> Array:
    return values.astype(np.float64) / (255 if values.dtype == np.uint8 else 1)


def _parity(name: str, pairs: Sequence[tuple[Array, Array]]) -> Parity:
    errors = np.stack([np.abs(expected - found) for expected, found in pairs])
    if name.startswith(FEATURES):
        errors /= np.sqrt(np.mean([expected**2 for expected, _ in pairs])) + 1e-12
    squared = float((errors**2).mean())
    psnr = float(-10 * np.log10(max(squared, 1e-12))) if name in PICTURES else None
    return Parity(name, float(errors.max()), float(errors.mean()), psnr)
