"""PyTorch itself: the weights of a model folder, for comparing and for people who stay in PyTorch."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pechead.errors import first_line
from pechead_engines.engine import Array, ModelEngines, require_inputs
from pechead_engines.errors import EngineError
from pechead_engines.manifest import AGAIN, read_manifest

if TYPE_CHECKING:
    from torch import Tensor

    from pechead_export.onnx_export import Graph


class TorchEngine:
    """One graph's module; see ``Engine``.

    Args:
        graph: in evaluation mode.
        device: ``cpu`` or ``cuda``.
    """

    def __init__(self, graph: "Graph", device: str) -> None:
        import torch

        self._graph, self._device = graph.to(device), device
        self.input_names, self.output_names = graph.input_names, graph.output_names
        where = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads"
        self.runtime = f"PyTorch {torch.__version__} on {where}"
        self._bound: dict[str, Tensor] = {}

    def bind(self, inputs: Mapping[str, Array]) -> None:
        """Copy inputs to the device, for all runs to come."""
        import torch

        for name in inputs.keys() & set(self.input_names):
            self._bound[name] = torch.from_numpy(np.array(inputs[name])).to(self._device)

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """Compute all outputs, in the order of ``output_names``."""
        import torch

        self.bind(inputs)
        require_inputs(self.input_names, self._bound)
        with torch.inference_mode():
            try:
                outputs = self._graph(*(self._bound[name] for name in self.input_names))
            except RuntimeError as error:
                raise EngineError(f"PyTorch failed ({first_line(error)})", AGAIN) from error
        return [output.cpu().numpy() for output in outputs]


def open_with_torch(folder: Path, threads: int) -> ModelEngines:
    """The weights of a model folder in PyTorch, on a graphics card if there is one.

    Args:
        folder: with manifest and weights.
        threads: that the processor may use.

    Raises:
        ImportError: PyTorch is not installed.
        ModelFileError, CheckpointError: the folder is damaged.
    """
    import torch

    from pechead_export.graphs import DrivingGraph, SourceGraph
    from pechead_export.model_folder import load_model

    manifest = read_manifest(folder)
    network = load_model(folder, manifest)
    recurrent = any(tensor.name == "context_landmarks" for tensor in manifest.driving.inputs)
    torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    driving = DrivingGraph(network, draws_photo=device == "cuda", recurrent=recurrent)
    return ModelEngines(TorchEngine(SourceGraph(network), device), TorchEngine(driving, device))
