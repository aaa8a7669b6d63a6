"""OpenVINO on the processor."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pechead.errors import ModelFileError, first_line
from pechead_engines.engine import Array, require_inputs
from pechead_engines.errors import EngineError
from pechead_engines.manifest import AGAIN


class OpenVinoEngine:
    """One graph, ready to run in buffers of its own; see ``Engine``.

    Args:
        path: of the ONNX file.
        threads: that one run may use.

    Raises:
        ImportError: OpenVINO is not installed.
        ModelFileError: the file can't be loaded.
    """

    def __init__(self, path: Path, threads: int) -> None:
        import openvino

        # By itself it takes bfloat16 where the processor has it, whose steps are half a pixel of 256.
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "f32",
        }
        try:
            compiled = openvino.Core().compile_model(str(path), "CPU", settings)
        except RuntimeError as error:
            raise ModelFileError(f"{path} can't be loaded ({first_line(error)})", AGAIN) from error
        self.runtime = f"OpenVINO {openvino.__version__.partition('-')[0]} on {threads} threads"
        self._request = compiled.create_infer_request()
        self._takes = {port.any_name: port for port in compiled.inputs}
        self.input_names = tuple(self._takes)
        self.output_names = tuple(port.any_name for port in compiled.outputs)
        self._buffers: dict[str, Array] = {}

    def bind(self, inputs: Mapping[str, Array]) -> None:
        """Copy inputs into the engine's buffers, for all runs to come."""
        for name in self._takes.keys() & inputs.keys():
            self._put(name, inputs[name])

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """Compute all outputs, in the order of ``output_names``; the next run overwrites them."""
        self.bind(inputs)
        require_inputs(self.input_names, self._buffers)
        try:
            self._request.infer()
        except RuntimeError as error:
            raise EngineError(f"OpenVINO failed ({first_line(error)})", AGAIN) from error
        return [self._request.get_tensor(name).data for name in self.output_names]

    def _put(self, name: str, values: Array) -> None:
        import openvino

        port = self._takes[name]
        expected = np.dtype(port.element_type.to_dtype())
        fits = port.partial_shape.compatible(openvino.PartialShape(list(values.shape)))
        if not fits or values.dtype != expected:
            raise EngineError(
                f"{name} is {values.dtype} {values.shape}, not {expected} {port.partial_shape}",
                "give what the manifest says",
            )
        buffer = self._buffers.get(name)
        if buffer is None or buffer.shape != values.shape:
            buffer = self._buffers[name] = np.empty(values.shape, expected)
            self._request.set_tensor(name, openvino.Tensor(buffer, shared_memory=True))
        np.copyto(buffer, values)
