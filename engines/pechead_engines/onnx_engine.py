"""ONNX Runtime on the processor."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pechead.errors import ModelFileError
from pechead_engines.manifest import AGAIN

Array = NDArray[Any]


class OnnxEngine:
    """One graph, ready to run.

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
            raise ModelFileError(f"{path} can't be loaded ({_first_line(error)})", AGAIN) from error
        self.input_names = tuple(tensor.name for tensor in self._session.get_inputs())
        self.output_names = tuple(tensor.name for tensor in self._session.get_outputs())

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """Compute all outputs, in the order of ``output_names``.

        Args:
            inputs: by name, of the graph's types; more than the graph has inputs are passed over.
        """
        fed = {name: np.ascontiguousarray(inputs[name]) for name in self.input_names}
        outputs: list[Array] = self._session.run(None, fed)
        return outputs


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
