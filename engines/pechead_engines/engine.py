"""What every engine is, whichever library computes: one graph, ready to run, its tensors bound by name."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from pechead_engines.errors import EngineError

Array = NDArray[Any]


class Engine(Protocol):
    """One graph with its buffers; for one thread at a time.

    Attributes:
        runtime: what computes, for people: ``ONNX Runtime 1.32.0 on 2 threads``.
        input_names, output_names: in the graph's order.
    """

    runtime: str
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]

    def bind(self, inputs: Mapping[str, Array]) -> None:
        """Keep inputs for all runs to come, where the engine reads them fastest, until bound anew.

        Args:
            inputs: by name, of the manifest's types and shapes; names that the graph lacks are passed over.

        Raises:
            EngineError: one is of another type or shape.
        """
        ...

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """Compute all outputs, in the order of ``output_names``.

        Args:
            inputs: those that are not bound, or that replace what is bound; names that the graph lacks are
                passed over.

        Returns:
            arrays of the engine's own, which the next run overwrites.

        Raises:
            EngineError: an input is missing, of another type or shape, or the library failed.
        """
        ...


def require_inputs(names: Iterable[str], given: Container[str]) -> None:
    """Refuse to run a graph that lacks an input.

    Args:
        names: of all inputs.
        given: names of those that are bound or given.

    Raises:
        EngineError: one is missing.
    """
    missing = [name for name in names if name not in given]
    if missing:
        raise EngineError(f"the graph lacks {min(missing)}", "give all inputs that its manifest names")


@dataclass(frozen=True)
class Missing:
    """Why an engine can't run on this machine.

    Attributes:
        reason: ``openvino is not installed``.
        remedy: what the user can do about it: ``pip install "pechead-live[openvino]"``.
    """

    reason: str
    remedy: str


@dataclass(frozen=True)
class ModelEngines:
    """Both graphs of a model in one engine.

    Attributes:
        source: what depends on the photo alone.
        driving: a frame: either ``frame`` itself, with ``photo`` among its inputs, or the parts of one.
    """

    source: Engine
    driving: Engine
