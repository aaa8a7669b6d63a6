"""Exporting a network: both graphs and their manifest, or nothing."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import save_file

from pechead.errors import ModelFileError, OutputError
from pechead.face.model import FaceModel
from pechead.network.config import NetworkConfig
from pechead.network.model import PECHead
from pechead_engines.manifest import checked_file, read_manifest
from pechead_engines.onnx_engine import OnnxEngine
from pechead_export.graphs import SourceGraph
from pechead_export.model_folder import compare, export_model, load_network


@pytest.fixture(scope="module")
def network(face_model: FaceModel) -> PECHead:
    torch.manual_seed(2)
    return PECHead(NetworkConfig.preset("lite"), face_model).eval()


def test_the_manifest_names_what_the_graphs_take_and_give(photo_only_model: Path) -> None:
    manifest = read_manifest(photo_only_model)
    assert manifest.model == "lite"
    for graph in (manifest.source, manifest.driving):
        engine = OnnxEngine(checked_file(photo_only_model, graph), threads=1)
        assert engine.input_names == tuple(tensor.name for tensor in graph.inputs)
        assert engine.output_names == tuple(tensor.name for tensor in graph.outputs)
        for tensor in (*graph.inputs, *graph.outputs):
            assert tensor.meaning
            assert all(length > 0 for length in tensor.shape)


def test_what_the_source_graph_gives_is_what_the_driving_graph_takes(photo_only_model: Path) -> None:
    manifest = read_manifest(photo_only_model)
    given = {tensor.name: tensor.shape for tensor in manifest.source.outputs}
    taken = {tensor.name: tensor.shape for tensor in manifest.driving.inputs}
    assert given.items() <= taken.items()


def test_everything_that_is_warped_is_of_rank_four(photo_only_model: Path) -> None:
    graph = onnx.shape_inference.infer_shapes(onnx.load(photo_only_model / "driving.onnx")).graph
    known = [*graph.value_info, *graph.input, *graph.output]
    rank = {value.name: len(value.type.tensor_type.shape.dim) for value in known}
    warps = [node for node in graph.node if node.op_type == "GridSample"]
    assert len(warps) > 10
    assert {rank[name] for warp in warps for name in (*warp.input, *warp.output)} == {4}


def test_weights_take_two_bytes_each(photo_only_model: Path, network: PECHead) -> None:
    parameters = sum(weights.numel() for weights in network.parameters())
    size = sum(path.stat().st_size for path in photo_only_model.glob("*.onnx"))
    assert size < 3 * parameters


def test_a_folder_exports_again_to_the_same_graphs(photo_only_model: Path, tmp_path: Path) -> None:
    export_model(load_network(photo_only_model / "weights.safetensors", "lite"), tmp_path / "again")
    for role in ("source", "driving"):
        first, again = (
            {
                w.name: onnx.numpy_helper.to_array(w)
                for w in onnx.load(folder / f"{role}.onnx").graph.initializer
            }
            for folder in (photo_only_model, tmp_path / "again")
        )
        assert first.keys() == again.keys()
        assert all(
            np.array_equal(first[name].astype(np.float16), again[name].astype(np.float16)) for name in first
        )


def test_a_graph_that_computes_something_else_is_refused(photo_only_model: Path, network: PECHead) -> None:
    with pytest.raises(OutputError, match=r"source\.onnx differs from PyTorch"):
        compare(SourceGraph(network), photo_only_model / "source.onnx")


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(network: PECHead, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="can't write"):
        export_model(network, tmp_path / "file" / "model")


def test_weights_come_back_as_they_were_saved(network: PECHead, tmp_path: Path) -> None:
    save_file(dict(network.state_dict()), tmp_path / "weights.safetensors")
    loaded = load_network(tmp_path / "weights.safetensors", "lite")
    for name, weights in network.state_dict().items():
        np.testing.assert_array_equal(loaded.state_dict()[name], weights)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    save_file({"something": torch.zeros(3)}, tmp_path / "weights.safetensors")
    with pytest.raises(ModelFileError, match="another network than lite"):
        load_network(tmp_path / "weights.safetensors", "lite")
