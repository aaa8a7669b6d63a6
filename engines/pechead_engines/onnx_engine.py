"""ONNX Runtime on the processor."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from pechead.errors import ModelFileError, first_line
from pechead_engines.engine import Array, require_inputs
from pechead_engines.errors import EngineError
from pechead_engines.manifest import AGAIN

TYPES: dict[str, np.dtype[Any]] = {"tensor(float)": np.dtype(np.float32), "tensor(uint8)": np.dtype(np.uint8)}


class OnnxEngine:
    """One graph, ready to run in buffers of its own; see ``Engine``.

    Args:
        path: of the ONNX file.
        threads: that one run may use. They sleep between runs: threads that spin slow down everything else.

    Raises:
        ModelFileError: the file can't be loaded.
    """

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelFileError(f"{path} can't be loaded ({first_line(error)})", AGAIN) from error
        self.runtime = f"ONNX Runtime {onnxruntime.__version__} on {threads} threads"
        self._takes = {tensor.name: tensor for tensor in self._session.get_inputs()}
        self._gives = {tensor.name: tensor for tensor in self._session.get_outputs()}
        self.input_names, self.output_names = tuple(self._takes), tuple(self._gives)
        self._binding = self._session.io_binding()
        self._buffers: dict[str, Array] = {}
        self._lengths: dict[str, int] = {}

    def bind(self, inputs: Mapping[str, Array]) -> None:
        """Copy inputs into the engine's buffers, for all runs to come."""
        for name in self._takes.keys() & inputs.keys():
            self._put(name, inputs[name])

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """Compute all outputs, in the order of ``output_names``; the next run overwrites them."""
        self.bind(inputs)
        require_inputs(self.input_names, self._buffers)
        outputs = [self._output(name) for name in self.output_names]
        try:
            self._session.run_with_iobinding(self._binding)
        except Exception as error:
            raise EngineError(f"ONNX Runtime failed ({first_line(error)})", AGAIN) from error
        return outputs

    def _put(self, name: str, values: Array) -> None:
        expected = self._takes[name]
        lengths = list(zip(expected.shape, values.shape, strict=False))
        fits = len(expected.shape) == values.ndim and all(
            wanted == found for wanted, found in lengths if isinstance(wanted, int)
        )
        if not fits or values.dtype != TYPES[expected.type]:
            raise EngineError(
                f"{name} is {values.dtype} {values.shape}, not {expected.type} {tuple(expected.shape)}",
                "give what the manifest says",
            )
        self._lengths |= {wanted: found for wanted, found in lengths if isinstance(wanted, str)}
        buffer = self._buffers.get(name)
        if buffer is None or buffer.shape != values.shape:
            buffer = self._buffer(name, values.shape, values.dtype)
            self._binding.bind_input(name, "cpu", 0, buffer.dtype, buffer.shape, buffer.ctypes.data)
        np.copyto(buffer, values)

    def _output(self, name: str) -> Array:
        given = self._gives[name]
        shape = tuple(self._lengths[length] if isinstance(length, str) else length for length in given.shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.shape != shape:
            buffer = self._buffer(name, shape, TYPES[given.type])
            self._binding.bind_output(name, "cpu", 0, buffer.dtype, shape, buffer.ctypes.data)
        return buffer

    def _buffer(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        self._buffers[name] = np.empty(shape, dtype)
        return self._buffers[name]
