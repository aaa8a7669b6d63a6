"""From trained weights to a model folder that the live driver loads, and whether they still agree."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import get_args

import onnx
from safetensors.torch import save

from pechead.errors import ModelFileError, OutputError
from pechead.network.config import NetworkConfig, PresetName
from pechead.network.model import PECHead
from pechead.training.checkpoint import load_weights
from pechead_engines.engine import Array
from pechead_engines.manifest import (
    AGAIN,
    MANIFEST,
    WEIGHTS,
    GraphDescription,
    Manifest,
    Precision,
    TensorDescription,
    checked_file,
    read_manifest,
    sha256,
)
from pechead_engines.onnx_engine import OnnxEngine
from pechead_export.graphs import DrivingGraph, SourceGraph
from pechead_export.half_precision import with_roundings
from pechead_export.meanings import meaning_of
from pechead_export.onnx_export import export_graph
from pechead_export.parity import compare, inputs_of, landmark_distance, require
from pechead_export.real_frames import RealFrames, real_frames

ModelGraph = SourceGraph | DrivingGraph

TOOLS = ("torch", "onnx", "onnxscript", "onnxruntime")


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


def load_model(folder: Path, manifest: Manifest) -> PECHead:
    """The network that a model folder was exported from, in evaluation mode.

    Args:
        folder: with the weights.
        manifest: of the folder.

    Raises:
        ModelFileError, CheckpointError: the weights are missing or damaged, or the network is unknown.
    """
    presets: tuple[PresetName, ...] = get_args(PresetName)
    for preset in presets:
        if preset == manifest.model:
            return load_network(folder / WEIGHTS, preset)
    raise ModelFileError(f"{folder} is of an unknown network, {manifest.model}", AGAIN)


def export_model(
    network: PECHead,
    folder: Path,
    precision: Precision = "float32",
    *,
    frame: bool = False,
    recurrent: bool = False,
    calibration: Sequence[RealFrames] = (),
) -> Manifest:
    """Write the graphs, their manifest and the weights they come from; all of them or nothing.

    Args:
        network: in evaluation mode.
        folder: to be made, or a model folder to be replaced.
        precision: of what runs once a frame.
        frame: also write the graph that draws whole frames.
        recurrent: whether a frame depends on the one before.
        calibration: also write the driving graph in int8, with ranges of these; not if there are none.

    Raises:
        EngineError: a graph does not compute what PyTorch does, or needs what the runtimes lack.
        OutputError: the folder can't be written, or holds something else.
    """
    try:
        with _published(folder) as made:
            source = _publish(SourceGraph(network), made / "source.onnx", "float32")
            parts, whole = (DrivingGraph(network, draws, recurrent) for draws in (False, True))
            driving = _publish(parts, made / "driving.onnx", precision)
            int8 = _publish(parts, made / "driving-int8.onnx", "int8", calibration) if calibration else None
            manifest = Manifest(
                model=network.config.name,
                image_size=network.config.image_size,
                opset=_opset(made / source.file),
                tools={tool: version(tool) for tool in TOOLS},
                source=source,
                driving=driving,
                frame=_publish(whole, made / "frame.onnx", precision) if frame else None,
                driving_int8=int8,
            )
            manifest.write(made)
            halved = {name: weights.half().contiguous() for name, weights in network.state_dict().items()}
            (made / WEIGHTS).write_bytes(save(halved, {"network": network.config.name}))
    except OSError as error:
        raise OutputError(
            f"can't write {folder} ({error.strerror})", "choose another folder, or free some space"
        ) from error
    return manifest


def verify(folder: Path) -> Manifest:
    """Compare a model folder's graphs with PyTorch once more.

    Returns:
        its manifest with what was measured now.

    Raises:
        ModelFileError, CheckpointError: the folder is damaged.
        EngineError: a graph does not compute what PyTorch does.
    """
    manifest = read_manifest(folder)
    paths = {graph.file: checked_file(folder, graph) for graph in manifest.graphs}
    network = load_model(folder, manifest)

    def measured(graph: GraphDescription) -> GraphDescription:
        return _measured(_graph_like(network, graph), paths[graph.file], graph)

    return replace(
        manifest,
        source=measured(manifest.source),
        driving=measured(manifest.driving),
        frame=manifest.frame and measured(manifest.frame),
        driving_int8=manifest.driving_int8 and measured(manifest.driving_int8),
    )


@contextmanager
def _published(folder: Path) -> Iterator[Path]:
    """A folder to write into, which takes the place of another one when all went well, and else vanishes."""
    if folder.exists() and not (folder / MANIFEST).is_file() and any(folder.iterdir()):
        raise OutputError(f"{folder} holds something else than a model", "choose another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        yield made
        if folder.exists():
            before = folder.rename(Path(temporary) / "before")
            try:
                made.rename(folder)
            except OSError:
                before.rename(folder)
                raise
        else:
            made.rename(folder)


def _publish(
    graph: ModelGraph, path: Path, precision: Precision, calibration: Sequence[RealFrames] = ()
) -> GraphDescription:
    inputs: Iterator[dict[str, Array]] = iter(())
    if isinstance(graph, DrivingGraph):
        inputs = (frame for frames in calibration for frame in inputs_of(graph, frames))
    export_graph(graph, path, precision, calibration=inputs)
    return _measured(graph, path, describe(path, precision))


def _measured(graph: ModelGraph, path: Path, description: GraphDescription) -> GraphDescription:
    frames = real_frames(graph.model.config.image_size)
    with tempfile.TemporaryDirectory() as temporary:
        if description.precision == "float16":
            rounded = with_roundings(onnx.load(path))
            path = Path(temporary) / path.name
            onnx.save(rounded, path)
        engine = OnnxEngine(path, threads=os.cpu_count() or 1)
        measured = replace(description, parity=compare(graph, engine, frames))
        if description.precision == "int8" and isinstance(graph, DrivingGraph):
            measured = replace(measured, landmark_distance=landmark_distance(graph, engine, frames))
    require(measured)
    return measured


def _graph_like(network: PECHead, description: GraphDescription) -> ModelGraph:
    names = [tensor.name for tensor in description.inputs]
    if "flow" not in names:
        return SourceGraph(network)
    return DrivingGraph(network, "photo" in names, "context_landmarks" in names)


def _opset(path: Path) -> int:
    return int(next(entry.version for entry in onnx.load(path).opset_import if not entry.domain))


def describe(path: Path, precision: Precision = "float32") -> GraphDescription:
    """A graph's inputs and outputs, from the file itself.

    Args:
        path: of the file.
        precision: that it was exported in.
    """
    graph = onnx.load(path).graph

    def tensors(values: list[onnx.ValueInfoProto]) -> tuple[TensorDescription, ...]:
        return tuple(
            TensorDescription(
                name=value.name,
                shape=tuple(
                    dimension.dim_param or dimension.dim_value
                    for dimension in value.type.tensor_type.shape.dim
                ),
                type=onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type),
                meaning=meaning_of(value.name),
            )
            for value in values
        )

    inputs, outputs = tensors(list(graph.input)), tensors(list(graph.output))
    return GraphDescription(path.name, sha256(path), inputs, outputs, precision)
