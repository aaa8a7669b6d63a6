"""From an ONNX graph to an engine: the same code for TensorRT-RTX and TensorRT.

Both are strongly typed: they compute in the precisions that the graph has.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pechead.errors import ModelFileError
from pechead_engines.errors import EngineError
from pechead_engines.manifest import AGAIN, SIDES
from pechead_engines.tensorrt.library import Library
from pechead_engines.tensorrt.progress import BuildProgress, Progress, progress_monitor, untold
from pechead_engines.tensorrt.turing import TURING, replace_single_precision_products

if TYPE_CHECKING:
    import tensorrt

LOOK_EVERY = 0.2
"""Seconds between two looks at whether the user wants to stop."""


@dataclass(frozen=True)
class LayerSummary:
    """One layer of the network that the engine is built from.

    Attributes:
        name: of the ONNX node that it comes from.
        kind: as the library calls it: ``CONVOLUTION``.
        precision: of what it computes: ``HALF``, ``FLOAT``, ``INT32``.
    """

    name: str
    kind: str
    precision: str


@dataclass(frozen=True)
class TensorSummary:
    """One input or output of the engine; -1 is a length that is chosen at run time."""

    name: str
    shape: tuple[int, ...]
    type: str


@dataclass(frozen=True)
class BuiltEngine:
    """An engine, and what the library says it was built from.

    Attributes:
        plan: the engine as it is written to a file.
        inputs, outputs: by which it is bound.
        layers: before the library fuses them.
    """

    plan: bytes
    inputs: tuple[TensorSummary, ...]
    outputs: tuple[TensorSummary, ...]
    layers: tuple[LayerSummary, ...]

    @property
    def precisions(self) -> dict[str, int]:
        """How many layers compute in which precision."""
        return dict(Counter(layer.precision for layer in self.layers).most_common())


def build_engine(
    library: Library,
    graph: Path,
    capabilities: Sequence[str] = (),
    sides: tuple[int, int, int] = SIDES,
    report: Progress = untold,
) -> BuiltEngine:
    """Compile a graph.

    Args:
        library: that the engine is for; it runs with no other version.
        graph: an ONNX file.
        capabilities: of the graphics cards it is for, as ``8.9``; TensorRT-RTX needs no card to be there.
            Without any, it builds for all cards of 8.0 and later, and TensorRT for the one in this machine.
        sides: smallest, usual and largest length of what is chosen at run time, in pixels; all equal for an
            engine of one size.
        report: is told how far it has come.

    Raises:
        ModelFileError: the library can't read the graph.
        EngineError: it can't build it, or not for these cards.
        KeyboardInterrupt: passed on, once the library has stopped.
    """
    progress = BuildProgress(report)
    # On a thread of its own: an interruption that comes while the library calls back would be swallowed.
    with ThreadPoolExecutor(1, "tensorrt build") as pool:
        future = pool.submit(_build, library, graph, tuple(capabilities), sides, progress)
        try:
            while not wait([future], LOOK_EVERY).done:
                pass
        except BaseException:
            progress.stopped.set()
            raise
        return future.result()


def _build(
    library: Library,
    graph: Path,
    capabilities: tuple[str, ...],
    sides: tuple[int, int, int],
    progress: BuildProgress,
) -> BuiltEngine:
    api = library.api
    library.log.first_error()
    builder: tensorrt.Builder = _created(api.Builder, library)
    # TensorRT 11 is always strongly typed and passes over the flag; 10 needs it.
    network = builder.create_network(1 << int(api.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser: tensorrt.OnnxParser = api.OnnxParser(network, library.log)
    if not parser.parse_from_file(str(graph)):
        reason = parser.get_error(0).desc().splitlines()[0] if parser.num_errors else library.complaint()
        raise ModelFileError(f"{library} can't read {graph.name} ({reason})", AGAIN)
    if TURING in capabilities:
        replace_single_precision_products(api, network)
    config = builder.create_builder_config()
    # Layers keep names and precisions, for the inspector; engines grow by some per cent.
    config.profiling_verbosity = api.ProfilingVerbosity.DETAILED
    _set_capabilities(library, config, capabilities)
    _set_shapes(builder, network, config, sides)
    # TensorRT keeps no reference of its own; this one lives until the build is over.
    monitor = progress_monitor(api, progress)
    config.progress_monitor = monitor
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise EngineError(
            f"{library} can't build {graph.name} ({library.complaint()})", "report it with the graph"
        )
    inputs = [network.get_input(number) for number in range(network.num_inputs)]
    outputs = [network.get_output(number) for number in range(network.num_outputs)]
    return BuiltEngine(
        bytes(plan),
        tuple(_tensor_summary(tensor) for tensor in inputs),
        tuple(_tensor_summary(tensor) for tensor in outputs),
        tuple(_layer_summary(network.get_layer(number)) for number in range(network.num_layers)),
    )


def _created(make: Any, library: Library) -> Any:
    try:
        made = make(library.log)
    except TypeError:
        # What the bindings raise where the library gave nothing.
        made = None
    if made is None:
        raise EngineError(
            f"{library} can't start ({library.complaint()})", "check NVIDIA's driver with nvidia-smi"
        )
    return made


def _set_capabilities(library: Library, config: Any, capabilities: Sequence[str]) -> None:
    if not capabilities:
        return
    known = library.capabilities
    if not known:
        raise EngineError(
            f"{library} builds for the graphics card in this machine only",
            "leave out --compute-capability, or use --runtime tensorrt-rtx",
        )
    unknown = [capability for capability in capabilities if capability not in known]
    if unknown:
        raise EngineError(
            f"{library} can't build for compute capability {unknown[0]}", f"choose of {', '.join(known)}"
        )
    config.num_compute_capabilities = len(capabilities)
    for place, capability in enumerate(capabilities):
        value = getattr(library.api.ComputeCapability, f"SM{capability.replace('.', '')}")
        config.set_compute_capability(value, place)


def _set_shapes(
    builder: "tensorrt.Builder",
    network: "tensorrt.INetworkDefinition",
    config: "tensorrt.IBuilderConfig",
    sides: tuple[int, int, int],
) -> None:
    inputs = [network.get_input(number) for number in range(network.num_inputs)]
    open_inputs = [tensor for tensor in inputs if min(tuple(tensor.shape), default=0) < 0]
    if not open_inputs:
        return
    if len(set(sides)) == 1:
        for tensor in open_inputs:
            tensor.shape = _closed(tensor, sides[0])
        return
    profile = builder.create_optimization_profile()
    for tensor in open_inputs:
        profile.set_shape(tensor.name, *(_closed(tensor, side) for side in sides))
    config.add_optimization_profile(profile)


def _closed(tensor: "tensorrt.ITensor", side: int) -> tuple[int, ...]:
    return tuple(side if length < 0 else length for length in tuple(tensor.shape))


def _tensor_summary(tensor: "tensorrt.ITensor") -> TensorSummary:
    return TensorSummary(tensor.name, tuple(tensor.shape), tensor.dtype.name)


def _layer_summary(layer: "tensorrt.ILayer") -> LayerSummary:
    return LayerSummary(layer.name, layer.type.name, layer.get_output(0).dtype.name)
