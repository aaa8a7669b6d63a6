"""TensorRT and TensorRT-RTX on memory that stays on the device, replayed as a CUDA graph."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pechead_engines.errors import EngineError
from pechead_engines.tensorrt.library import Library
from pechead_live.cuda.cupy_device import CupyBuffer, CupyDevice, CupyStream
from pechead_live.cuda.device import DeviceBuffer, Stream
from pechead_live.cuda.engine import BoundEngine, TensorLayout

if TYPE_CHECKING:
    import tensorrt

UNKNOWN = -1
"""What the library says of a length that depends on the photo."""

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


class TensorRTDeviceEngine:
    """A ``DeviceEngine``; bindings share the weights, each has a context of its own.

    Args:
        library: that built the engine.
        engine: from ``pechead_engines.tensorrt.plan_file.load_engine``.
        device: keeps the memory and gives the streams that graphs are captured from.

    Raises:
        EngineError: a tensor is of a type that has no place here.
    """

    def __init__(self, library: Library, engine: "tensorrt.ICudaEngine", device: CupyDevice) -> None:
        self._library = library
        self._engine = engine
        self._device = device
        self._takes: list[TensorLayout] = []
        self._gives: list[TensorLayout] = []
        for index in range(engine.num_io_tensors):
            name = engine.get_tensor_name(index)
            is_input = engine.get_tensor_mode(name) == library.api.TensorIOMode.INPUT
            (self._takes if is_input else self._gives).append(self._layout(name))

    def inputs(self, side: int) -> tuple[TensorLayout, ...]:
        """See ``DeviceEngine.inputs``."""
        return tuple(_closed(layout, side) for layout in self._takes)

    def outputs(self, side: int) -> tuple[TensorLayout, ...]:
        """See ``DeviceEngine.outputs``."""
        return tuple(_closed(layout, side) for layout in self._gives)

    def bind(self, buffers: Mapping[str, DeviceBuffer]) -> BoundEngine:
        """See ``DeviceEngine.bind``. Runs once, since the library does some of its work in the first run."""
        replays_itself = hasattr(self._library.api, "CudaGraphStrategy")
        context = self._context(replays_itself)
        for layout in self._takes:
            buffer = _cupy_buffer(buffers[layout.name])
            if UNKNOWN in layout.shape and not context.set_input_shape(layout.name, buffer.shape):
                raise EngineError(f"the engine takes no {layout.name} of {buffer.shape}", AGAIN)
        for layout in (*self._takes, *self._gives):
            buffer = _cupy_buffer(buffers[layout.name])
            shape = tuple(context.get_tensor_shape(layout.name))
            if (buffer.shape, buffer.dtype) != (shape, layout.dtype):
                raise EngineError(
                    f"{layout.name} is {buffer.dtype} {buffer.shape}, the engine has {layout.dtype} {shape}",
                    AGAIN,
                )
            if not context.set_tensor_address(layout.name, buffer.address):
                raise EngineError(f"{layout.name} is refused ({self._library.complaint()})", AGAIN)
        direct = _Enqueued(self._library, context, buffers)
        stream = self._device.stream()
        direct.enqueue(stream)
        stream.synchronize()
        return direct if replays_itself else _Replayed(direct, stream)

    def _context(self, replays_itself: bool) -> "tensorrt.IExecutionContext":
        if replays_itself:
            # TensorRT-RTX compiles kernels while it runs, so it alone knows when a capture is worth keeping.
            config = self._engine.create_runtime_config()
            config.cuda_graph_strategy = self._library.api.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
            context = self._engine.create_execution_context(config)
        else:
            context = self._engine.create_execution_context()
        if context is None:
            raise EngineError(f"{self._library} can't run the engine ({self._library.complaint()})", AGAIN)
        return context

    def _layout(self, name: str) -> TensorLayout:
        type_name = self._engine.get_tensor_dtype(name).name
        if type_name not in TYPES:
            raise EngineError(f"{name} is of type {type_name} in the engine", AGAIN)
        return TensorLayout(name, tuple(self._engine.get_tensor_shape(name)), np.dtype(TYPES[type_name]))


def _closed(layout: TensorLayout, side: int) -> TensorLayout:
    return replace(layout, shape=tuple(side if length == UNKNOWN else length for length in layout.shape))


def _cupy_buffer(buffer: DeviceBuffer) -> CupyBuffer:
    assert isinstance(buffer, CupyBuffer)
    return buffer


class _Enqueued:
    """Every run is asked for kernel by kernel."""

    def __init__(
        self, library: Library, context: "tensorrt.IExecutionContext", buffers: Mapping[str, DeviceBuffer]
    ) -> None:
        self._library = library
        self._context = context
        # TensorRT keeps bare addresses; the memory has to live as long.
        self._buffers = buffers

    def enqueue(self, stream: Stream) -> None:
        assert isinstance(stream, CupyStream)
        if not self._context.execute_async_v3(stream.handle.ptr):
            raise EngineError(f"{self._library} can't start a run ({self._library.complaint()})", AGAIN)


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
