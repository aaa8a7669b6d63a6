"""From trained weights to a model folder that the live driver loads."""

import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import torch
from safetensors.torch import save_file

from pechead.errors import ModelFileError, OutputError
from pechead.network.config import NetworkConfig, PresetName
from pechead.network.model import PECHead
from pechead.training.checkpoint import load_weights
from pechead_engines.manifest import GraphDescription, Manifest, TensorDescription, sha256
from pechead_engines.onnx_engine import OnnxEngine
from pechead_export.graphs import DrivingGraph, SourceGraph
from pechead_export.meanings import meaning_of
from pechead_export.onnx_export import Graph, export_graph

TOOLS = ("torch", "onnx", "onnxscript")
WEIGHTS = "weights.safetensors"
"""In half precision: to export or to train on from."""

LARGEST_ERROR = 0.02
"""Greatest difference between ONNX Runtime and PyTorch, in the outputs' own units; bytes count as 255ths."""


def load_network(weights: Path, preset: PresetName) -> PECHead:
    """A network with trained weights, in evaluation mode.

    Args:
        weights: a checkpoint or a safetensors file of training.
        preset: the config they were trained with.

    Raises:
        CheckpointError: the file is missing or damaged.
        ModelFileError: it is of another config.
    """
    network = PECHead(NetworkConfig.preset(preset))
    try:
        network.load_state_dict({name: value.float() for name, value in load_weights(weights).items()})
    except RuntimeError as error:
        raise ModelFileError(
            f"{weights} holds weights of another network than {preset}",
            "choose the config it was trained with",
        ) from error
    return network.eval()


def export_model(network: PECHead, folder: Path) -> Manifest:
    """Write both graphs, their manifest and the weights they come from; all of them or nothing.

    Args:
        network: in evaluation mode.
        folder: to be made or replaced.

    Raises:
        OutputError: a graph does not compute what PyTorch does, or the folder can't be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            made = Path(temporary) / folder.name
            made.mkdir()
            manifest = _write(network, made)
            if folder.exists():
                shutil.rmtree(folder)
            made.rename(folder)
    except OSError as error:
        raise OutputError(f"can't write {folder} ({error.strerror})", "choose another folder") from error
    return manifest


def _write(network: PECHead, folder: Path) -> Manifest:
    source = _publish(SourceGraph(network), folder / "source.onnx")
    driving = _publish(DrivingGraph(network, draws_photo=False), folder / "driving.onnx")
    opset = next(
        entry.version for entry in onnx.load(folder / "source.onnx").opset_import if not entry.domain
    )
    manifest = Manifest(
        model=network.config.name,
        image_size=network.config.image_size,
        opset=opset,
        tools={tool: version(tool) for tool in TOOLS},
        source=source,
        driving=driving,
    )
    manifest.write(folder)
    halved = {name: weights.half().contiguous() for name, weights in network.state_dict().items()}
    save_file(halved, folder / WEIGHTS, {"network": network.config.name})
    return manifest


def _publish(graph: Graph, path: Path) -> GraphDescription:
    export_graph(graph, path)
    compare(graph, path)
    return describe(path)


def compare(graph: Graph, path: Path) -> None:
    """Run a graph in ONNX Runtime and in PyTorch on the same inputs.

    Raises:
        OutputError: they differ by more than ``LARGEST_ERROR``.
    """
    examples = graph.example_inputs()
    with torch.no_grad():
        expected = graph(*examples)
    engine = OnnxEngine(path, threads=1)
    inputs = {name: tensor.numpy() for name, tensor in zip(graph.input_names, examples, strict=True)}
    for name, wanted, found in zip(engine.output_names, expected, engine.run(inputs), strict=True):
        scale = 255.0 if found.dtype == np.uint8 else 1.0
        error = float(np.abs(wanted.numpy().astype(np.float64) - found).max()) / scale
        if not error <= LARGEST_ERROR:
            raise OutputError(
                f"{name} of {path.name} differs from PyTorch by {error:.4f}", "report it; nothing was written"
            )


def describe(path: Path) -> GraphDescription:
    """A graph's inputs and outputs, from the file itself."""
    graph = onnx.load(path).graph

    def tensors(values: list[onnx.ValueInfoProto]) -> tuple[TensorDescription, ...]:
        return tuple(
            TensorDescription(
                name=value.name,
                shape=tuple(dimension.dim_value for dimension in value.type.tensor_type.shape.dim),
                type=onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type),
                meaning=meaning_of(value.name),
            )
            for value in values
        )

    return GraphDescription(path.name, sha256(path), tensors(list(graph.input)), tensors(list(graph.output)))
