"""TensorRT and TensorRT-RTX on memory that stays on the device, replayed as a CUDA graph."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from pechead_engines.errors import EngineError
from pechead_live.cuda.cupy_device import CupyBuffer, CupyDevice, CupyStream
from pechead_live.cuda.device import DeviceBuffer, Stream
from pechead_live.cuda.engine import BoundEngine, TensorLayout

TYPES = {
    "FLOAT": np.float32,
    "HALF": np.float16,
    "UINT8": np.uint8,
    "INT8": np.int8,
    "INT32": np.int32,
    "INT64": np.int64,
    "BOOL": np.bool_,
}
AGAIN = "build the engine again with pechead-export, or choose --engine onnx"


class TensorRtDeviceEngine:
    """A ``DeviceEngine`` of static shapes; bindings share the weights, each has a context of its own.

    Args:
        library: ``tensorrt`` or ``tensorrt_rtx``, as imported.
        engine: the library's ``ICudaEngine``.
        device: keeps the memory and gives the stream that graphs are captured from.

    Attributes:
        inputs, outputs: in the engine's order.
    """

    def __init__(self, library: ModuleType, engine: Any, device: CupyDevice) -> None:
        self._library = library
        self._engine = engine
        self._device = device
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        is_input = {name: engine.get_tensor_mode(name) == library.TensorIOMode.INPUT for name in names}
        layouts = [self._layout(name) for name in names]
        self.inputs = tuple(layout for layout in layouts if is_input[layout.name])
        self.outputs = tuple(layout for layout in layouts if not is_input[layout.name])

    def bind(self, buffers: Mapping[str, DeviceBuffer]) -> BoundEngine:
        """See ``DeviceEngine.bind``. Runs once, since TensorRT does some of its work in the first run."""
        if hasattr(self._library, "CudaGraphStrategy"):
            # TensorRT-RTX compiles kernels while it runs, so it alone knows when a capture is worth keeping.
            config = self._engine.create_runtime_config()
            config.cuda_graph_strategy = self._library.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
            context = self._engine.create_execution_context(config)
        else:
            context = self._engine.create_execution_context()
        if context is None:
            raise EngineError(f"{self._library.__name__} has no memory left for a context", AGAIN)
        for layout in (*self.inputs, *self.outputs):
            buffer = buffers[layout.name]
            assert isinstance(buffer, CupyBuffer)
            if buffer.shape != layout.shape or buffer.dtype != layout.dtype:
                raise EngineError(
                    f"{layout.name} is {layout.dtype} {layout.shape} in the engine, not {buffer.dtype} "
                    f"{buffer.shape}",
                    AGAIN,
                )
            if not context.set_tensor_address(layout.name, buffer.address):
                raise EngineError(f"{self._library.__name__} refuses the memory of {layout.name}", AGAIN)
        direct = _Enqueued(context, buffers)
        stream = self._device.stream()
        direct.enqueue(stream)
        stream.synchronize()
        return direct if hasattr(self._library, "CudaGraphStrategy") else _Replayed(direct, stream)

    def _layout(self, name: str) -> TensorLayout:
        shape = tuple(self._engine.get_tensor_shape(name))
        type_name = self._engine.get_tensor_dtype(name).name
        if min(shape, default=0) < 0 or type_name not in TYPES:
            raise EngineError(f"{name} is {type_name} {shape} in the engine, which can't be replayed", AGAIN)
        return TensorLayout(name, shape, np.dtype(TYPES[type_name]))


class _Enqueued:
    """Every run is asked for kernel by kernel."""

    def __init__(self, context: Any, buffers: Mapping[str, DeviceBuffer]) -> None:
        self._context = context
        # TensorRT keeps bare addresses; the memory has to live as long.
        self._buffers = buffers

    def enqueue(self, stream: Stream) -> None:
        assert isinstance(stream, CupyStream)
        if not self._context.execute_async_v3(stream.handle.ptr):
            raise EngineError("TensorRT can't start a run", AGAIN)


class _Replayed:
    """A run was captured once, with its addresses; asking for it again is one call."""

    def __init__(self, captured: _Enqueued, stream: CupyStream) -> None:
        # The context's memory is part of the captured run and has to live as long.
        self._captured = captured
        stream.handle.begin_capture()
        try:
            captured.enqueue(stream)
        finally:
            self._graph = stream.handle.end_capture()

    def enqueue(self, stream: Stream) -> None:
        assert isinstance(stream, CupyStream)
        self._graph.launch(stream.handle)
