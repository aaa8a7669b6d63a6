"""What the pipeline needs of an engine: its tensors' layouts, and runs on memory that stays where it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from pechead_live.cuda.device import DeviceBuffer, Stream


@dataclass(frozen=True)
class TensorLayout:
    """One input or output of a graph."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class BoundEngine(Protocol):
    """A graph with its memory."""

    def enqueue(self, stream: Stream) -> None:
        """Ask for one run."""
        ...


class DeviceEngine(Protocol):
    """A driving graph, of whole frames or of their parts, on several sets of memory: one for each in flight.

    Names of tensors are those of ``pechead_export.graphs.DrivingGraph``.
    """

    def inputs(self, side: int) -> tuple[TensorLayout, ...]:
        """In the graph's order, for photos of so many pixels a side."""
        ...

    def outputs(self, side: int) -> tuple[TensorLayout, ...]:
        """Likewise."""
        ...

    def bind(self, buffers: Mapping[str, DeviceBuffer]) -> BoundEngine:
        """Make ready to run with these inputs and outputs.

        Args:
            buffers: of every input and output, by name.

        Raises:
            EngineError: the library can't run the graph.
        """
        ...
