"""Driving engines for the simulated device: any function, among them ONNX Runtime, on the device's memory."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.realtime.cuda.simulated_device import SimulatedBuffer, SimulatedStream

from pechead_engines.manifest import TensorDescription, checked_file, read_manifest
from pechead_engines.onnx_engine import OnnxEngine
from pechead_live.cuda.device import DeviceBuffer, Stream
from pechead_live.cuda.engine import TensorLayout

Arrays = Mapping[str, NDArray[Any]]
TYPES = {"FLOAT": np.float32, "FLOAT16": np.float16, "UINT8": np.uint8}
RUN_TIME = 4.0


class HostEngine:
    """See ``DeviceEngine``; computes with a function of all inputs that gives all outputs, by name."""

    def __init__(
        self,
        inputs: Sequence[TensorDescription],
        outputs: Sequence[TensorDescription],
        compute: Callable[[Arrays], Arrays],
    ) -> None:
        self._inputs, self._outputs = inputs, outputs
        self._compute = compute

    @classmethod
    def of_model(cls, folder: Path) -> "HostEngine":
        """A model folder's driving graph."""
        graph = read_manifest(folder).driving
        engine = OnnxEngine(checked_file(folder, graph), threads=1)
        return cls(
            graph.inputs,
            graph.outputs,
            lambda inputs: dict(zip(engine.output_names, engine.run(inputs), strict=True)),
        )

    def inputs(self, side: int) -> tuple[TensorLayout, ...]:
        return _layouts(self._inputs, side)

    def outputs(self, side: int) -> tuple[TensorLayout, ...]:
        return _layouts(self._outputs, side)

    def bind(self, buffers: Mapping[str, DeviceBuffer]) -> "BoundHostEngine":
        bound = {name: buffer for name, buffer in buffers.items() if isinstance(buffer, SimulatedBuffer)}
        inputs = {tensor.name: bound[tensor.name] for tensor in self._inputs}
        outputs = {tensor.name: bound[tensor.name] for tensor in self._outputs}
        return BoundHostEngine(inputs, outputs, self._compute)


class BoundHostEngine:
    def __init__(
        self,
        inputs: Mapping[str, SimulatedBuffer],
        outputs: Mapping[str, SimulatedBuffer],
        compute: Callable[[Arrays], Arrays],
    ) -> None:
        self._inputs, self._outputs = inputs, outputs
        self._compute = compute

    def enqueue(self, stream: Stream) -> None:
        assert isinstance(stream, SimulatedStream)
        stream.do("engine", RUN_TIME, [*self._inputs.values(), *self._outputs.values()], self._run)

    def _run(self) -> None:
        computed = self._compute({name: buffer.memory for name, buffer in self._inputs.items()})
        for name, buffer in self._outputs.items():
            buffer.memory[...] = computed[name]


def _layouts(tensors: Sequence[TensorDescription], side: int) -> tuple[TensorLayout, ...]:
    return tuple(
        TensorLayout(tensor.name, tensor.shape_for(side), np.dtype(TYPES[tensor.type])) for tensor in tensors
    )
