"""A driving engine for the simulated device: ONNX Runtime on the same memory."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from tests.realtime.cuda.simulated_device import SimulatedBuffer, SimulatedStream

from pechead_engines.manifest import TensorDescription, checked_file, read_manifest
from pechead_engines.onnx_engine import OnnxEngine
from pechead_live.cuda.device import DeviceBuffer, Stream
from pechead_live.cuda.engine import TensorLayout

TYPES = {"FLOAT": np.float32, "FLOAT16": np.float16, "UINT8": np.uint8}
RUN_TIME = 4.0


class HostEngine:
    """See ``DeviceEngine``; of a model folder's driving graph."""

    def __init__(self, folder: Path) -> None:
        graph = read_manifest(folder).driving
        self.inputs = layouts(graph.inputs)
        self.outputs = layouts(graph.outputs)
        self._engine = OnnxEngine(checked_file(folder, graph), threads=1)

    def bind(self, buffers: Mapping[str, DeviceBuffer]) -> "BoundHostEngine":
        bound = {name: buffer for name, buffer in buffers.items() if isinstance(buffer, SimulatedBuffer)}
        assert bound.keys() == buffers.keys()
        assert bound.keys() == {tensor.name for tensor in (*self.inputs, *self.outputs)}
        return BoundHostEngine(self._engine, bound)


class BoundHostEngine:
    def __init__(self, engine: OnnxEngine, buffers: Mapping[str, SimulatedBuffer]) -> None:
        self._engine = engine
        self._buffers = buffers

    def enqueue(self, stream: Stream) -> None:
        assert isinstance(stream, SimulatedStream)
        stream.do("engine", RUN_TIME, list(self._buffers.values()), self._run)

    def _run(self) -> None:
        computed = self._engine.run({name: buffer.memory for name, buffer in self._buffers.items()})
        for name, array in zip(self._engine.output_names, computed, strict=True):
            self._buffers[name].memory[...] = array


def layouts(tensors: Sequence[TensorDescription]) -> tuple[TensorLayout, ...]:
    return tuple(TensorLayout(tensor.name, tensor.shape, np.dtype(TYPES[tensor.type])) for tensor in tensors)
