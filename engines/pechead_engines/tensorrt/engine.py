"""A TensorRT engine as every other: arrays of the host in and out."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pechead_engines.engine import Array
from pechead_engines.errors import EngineError
from pechead_engines.tensorrt.library import Library

CHOOSE_ANOTHER = "build it again with pechead-export --runtime, or choose --engine onnx"


class TensorRTEngine:
    """An engine with its buffers on the graphics card and in page-locked memory; satisfies ``Engine``.

    The CUDA pipeline does without it: there, pictures stay on the card.

    Args:
        library: that the engine is of.
        engine: its ``ICudaEngine``.
        card: the graphics card's name, for people.

    Attributes:
        runtime: ``TensorRT-RTX 1.7.1.116 on NVIDIA GeForce RTX 4090``.
        input_names, output_names: in the engine's order.

    Raises:
        EngineError: the card has no memory left.
    """

    def __init__(self, library: Library, engine: Any, card: str) -> None:
        import cupy

        self.runtime = f"{library} on {card}"
        self._cupy, self._library, self._engine = cupy, library, engine
        modes = library.api.TensorIOMode
        names = [engine.get_tensor_name(number) for number in range(engine.num_io_tensors)]
        self.input_names = tuple(name for name in names if engine.get_tensor_mode(name) == modes.INPUT)
        self.output_names = tuple(name for name in names if engine.get_tensor_mode(name) == modes.OUTPUT)
        self._types = {name: np.dtype(library.api.nptype(engine.get_tensor_dtype(name))) for name in names}
        self._context = engine.create_execution_context()
        if self._context is None:
            raise EngineError(f"{self.runtime} can't run ({library.complaint()})", CHOOSE_ANOTHER)
        self._stream = cupy.cuda.Stream(non_blocking=True)
        self._on_card: dict[str, Any] = {}
        self._pinned: dict[str, Array] = {}

    def bind(self, inputs: Mapping[str, Array]) -> None:
        """See ``Engine.bind``: they stay on the card."""
        for name in self.input_names:
            if name in inputs:
                self._upload(name, inputs[name])
        self._stream.synchronize()

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """See ``Engine.run``."""
        missing = [name for name in self.input_names if name not in {*inputs, *self._on_card}]
        if missing:
            raise EngineError(f"{missing[0]} is missing", "report it")
        for name in self.input_names:
            if name in inputs:
                self._upload(name, inputs[name])
        for name in self.output_names:
            self._place(name, tuple(self._context.get_tensor_shape(name)))
        if not self._context.execute_async_v3(self._stream.ptr):
            raise EngineError(f"{self.runtime} failed ({self._library.complaint()})", CHOOSE_ANOTHER)
        for name in self.output_names:
            self._on_card[name].get(out=self._pinned[name], stream=self._stream, blocking=False)
        self._stream.synchronize()
        return [self._pinned[name] for name in self.output_names]

    def _upload(self, name: str, array: Array) -> None:
        expected = tuple(self._engine.get_tensor_shape(name))
        fits = len(array.shape) == len(expected) and all(
            wanted in (-1, length) for wanted, length in zip(expected, array.shape, strict=True)
        )
        if array.dtype != self._types[name] or not fits:
            raise EngineError(
                f"{name} is {array.dtype} {array.shape}, not {self._types[name]} {expected}", "report it"
            )
        if not self._context.set_input_shape(name, array.shape):
            raise EngineError(f"{name} can't be of shape {array.shape} in this engine", CHOOSE_ANOTHER)
        self._place(name, array.shape)
        np.copyto(self._pinned[name], array)
        self._on_card[name].set(self._pinned[name], stream=self._stream)

    def _place(self, name: str, shape: tuple[int, ...]) -> None:
        """Have buffers of this shape."""
        if name in self._on_card and self._on_card[name].shape == shape:
            return
        memory = self._cupy.empty(shape, self._types[name])
        pinned = self._cupy.cuda.alloc_pinned_memory(memory.nbytes)
        self._on_card[name] = memory
        self._pinned[name] = np.frombuffer(pinned, self._types[name], memory.size).reshape(shape)
        self._context.set_tensor_address(name, memory.data.ptr)
