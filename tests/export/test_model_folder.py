"""Exporting a network: all graphs and their manifest, or nothing."""

import shutil
from dataclasses import replace
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
from pechead_engines.errors import EngineError
from pechead_engines.manifest import GraphDescription, checked_file, read_manifest, sha256
from pechead_engines.onnx_engine import OnnxEngine
from pechead_export.model_folder import export_model, load_network, verify
from pechead_export.operators import check_graph
from pechead_export.parity import LARGEST_LANDMARK_DISTANCE, require


@pytest.fixture(scope="module")
def network(photo_only_model: Path) -> PECHead:
    return load_network(photo_only_model / "weights.safetensors", "lite")


@pytest.fixture(scope="module")
def for_graphics_cards(network: PECHead, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that can be asked for, in half precision."""
    folder = tmp_path_factory.mktemp("models") / "float16"
    export_model(network, folder, "float16", frame=True, recurrent=True)
    return folder


def test_the_manifest_names_what_the_graphs_take_and_give(photo_only_model: Path) -> None:
    manifest = read_manifest(photo_only_model)
    assert manifest.model == "lite"
    for graph in manifest.graphs:
        engine = OnnxEngine(checked_file(photo_only_model, graph), threads=1)
        assert engine.input_names == tuple(tensor.name for tensor in graph.inputs)
        assert engine.output_names == tuple(tensor.name for tensor in graph.outputs)
        for tensor in (*graph.inputs, *graph.outputs):
            assert tensor.meaning
            assert all(length > 0 for length in tensor.shape_for(512))


def test_what_the_source_graph_gives_is_what_the_driving_graph_takes(for_graphics_cards: Path) -> None:
    manifest = read_manifest(for_graphics_cards)
    given = {(tensor.name, tensor.shape, tensor.type) for tensor in manifest.source.outputs}
    assert manifest.frame is not None
    driving, frame = (
        {(tensor.name, tensor.shape, tensor.type) for tensor in graph.inputs}
        for graph in (manifest.driving, manifest.frame)
    )
    assert given <= frame
    # Whoever draws the parts puts them before the background.
    assert {name for name, _, _ in given - driving} == {"filled", "known"}


def test_every_graph_is_one_that_all_runtimes_have_the_operators_for(
    photo_only_model: Path, for_graphics_cards: Path
) -> None:
    for folder in (photo_only_model, for_graphics_cards):
        for graph in read_manifest(folder).graphs:
            model = onnx.load(folder / graph.file)
            check_graph(model, graph.file)
            warps = [node for node in model.graph.node if node.op_type == "GridSample"]
            assert len(warps) > 10 or graph.file == "source.onnx"


def test_source_and_driving_faces_are_inputs_of_their_own(photo_only_model: Path) -> None:
    graph = onnx.load(photo_only_model / "driving.onnx").graph
    read = {name for node in graph.node for name in node.input}
    assert {value.name for value in graph.input} <= read


def test_frames_are_drawn_at_the_photos_own_size(for_graphics_cards: Path) -> None:
    manifest = read_manifest(for_graphics_cards)
    assert manifest.frame is not None
    engine = OnnxEngine(checked_file(for_graphics_cards, manifest.frame), threads=1)
    rng = np.random.default_rng(1)
    for side in (256, 320):
        inputs = {t.name: rng.random(t.shape_for(side), np.float32) for t in manifest.frame.inputs}
        drawn = dict(zip(engine.output_names, engine.run(inputs), strict=True))
        assert drawn["frame"].shape == (1, side, side, 3)
        assert drawn["frame"].dtype == np.uint8


def test_half_precision_is_written_into_the_graph_and_recorded(for_graphics_cards: Path) -> None:
    manifest = read_manifest(for_graphics_cards)
    assert [graph.precision for graph in manifest.graphs] == ["float32", "float16", "float16"]
    graph = onnx.load(for_graphics_cards / "driving.onnx").graph
    half = {w.name for w in graph.initializer if w.data_type == onnx.TensorProto.FLOAT16}
    assert all(node.input[1] in half for node in graph.node if node.op_type == "Conv")


def test_the_manifest_says_how_near_pytorch_every_output_is(photo_only_model: Path) -> None:
    for graph in read_manifest(photo_only_model).graphs:
        assert [parity.output for parity in graph.parity] == [tensor.name for tensor in graph.outputs]
        assert all(parity.largest >= parity.mean >= 0 for parity in graph.parity)


def test_int8_is_recorded_with_how_near_its_faces_are(photo_only_model: Path) -> None:
    graph = read_manifest(photo_only_model).driving_int8
    assert graph is not None
    assert (graph.file, graph.precision) == ("driving-int8.onnx", "int8")
    assert graph.landmark_distance is not None
    assert 0 < graph.landmark_distance <= LARGEST_LANDMARK_DISTANCE


def test_int8_takes_little_space(photo_only_model: Path) -> None:
    int8, half = ((photo_only_model / f"driving{kind}.onnx").stat().st_size for kind in ("-int8", ""))
    assert int8 < 0.65 * half


def test_weights_take_two_bytes_each(photo_only_model: Path, network: PECHead) -> None:
    parameters = sum(weights.numel() for weights in network.parameters())
    size = sum((photo_only_model / name).stat().st_size for name in ("source.onnx", "driving.onnx"))
    assert size < 3 * parameters


def test_a_folder_that_agrees_with_its_weights_is_verified(photo_only_model: Path) -> None:
    measured = verify(photo_only_model)
    assert all(graph.parity for graph in measured.graphs)


def test_a_graph_that_computes_something_else_is_not_verified(photo_only_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(photo_only_model, tmp_path / "model"))
    model = onnx.load(folder / "source.onnx")
    for weights in model.graph.initializer:
        if weights.name.startswith("model.encoder") or len(weights.dims) == 4:
            changed = onnx.numpy_helper.to_array(weights) * np.float16(1.2)
            weights.CopyFrom(onnx.numpy_helper.from_array(changed, weights.name))
    onnx.save(model, folder / "source.onnx")
    manifest = read_manifest(folder)
    replace(manifest, source=changed_on_purpose(manifest.source, folder)).write(folder)
    with pytest.raises(EngineError, match=r"source\.onnx differs from PyTorch"):
        verify(folder)


def changed_on_purpose(graph: GraphDescription, folder: Path) -> GraphDescription:
    """What someone writes into the manifest who changed the graph and knows of its hash."""
    return replace(graph, sha256=sha256(folder / graph.file))


def test_int8_that_computes_something_else_is_not_verified(photo_only_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(photo_only_model, tmp_path / "model"))
    model = onnx.load(folder / "driving-int8.onnx")
    for weights in model.graph.initializer:
        if weights.name.endswith("_scale"):
            scale = onnx.numpy_helper.to_array(weights) * np.float32(3)
            weights.CopyFrom(onnx.numpy_helper.from_array(scale, weights.name))
    onnx.save(model, folder / "driving-int8.onnx")
    manifest = read_manifest(folder)
    assert manifest.driving_int8 is not None
    replace(manifest, driving_int8=changed_on_purpose(manifest.driving_int8, folder)).write(folder)
    with pytest.raises(EngineError, match=r"driving-int8\.onnx differs from PyTorch"):
        verify(folder)


def test_faces_that_are_drawn_elsewhere_are_refused(photo_only_model: Path) -> None:
    graph = read_manifest(photo_only_model).driving_int8
    assert graph is not None
    require(graph)
    with pytest.raises(EngineError, match=r"driving-int8\.onnx are 0\.40 pixels of 256 off PyTorch's"):
        require(replace(graph, landmark_distance=0.4))


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(network: PECHead, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="can't write"):
        export_model(network, tmp_path / "file" / "model")


def test_a_folder_of_other_things_is_never_replaced(network: PECHead, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("dear")
    with pytest.raises(OutputError, match="something else"):
        export_model(network, tmp_path / "letters")
    assert (tmp_path / "letters" / "dear.txt").read_text() == "dear"


def test_a_full_disk_leaves_what_was_there(
    network: PECHead, photo_only_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(photo_only_model, tmp_path / "models" / "model"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(onnx, "save", full)
    with pytest.raises(OutputError, match="No space left on device"):
        export_model(network, folder)
    for graph in read_manifest(folder).graphs:
        checked_file(folder, graph)
    assert list(folder.parent.iterdir()) == [folder]


def test_an_interrupted_export_leaves_nothing(
    network: PECHead, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(onnx, "save", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export_model(network, tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_weights_come_back_as_they_were_saved(network: PECHead, tmp_path: Path) -> None:
    save_file(dict(network.state_dict()), tmp_path / "weights.safetensors")
    loaded = load_network(tmp_path / "weights.safetensors", "lite")
    for name, weights in network.state_dict().items():
        np.testing.assert_array_equal(loaded.state_dict()[name], weights)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    save_file({"something": torch.zeros(3)}, tmp_path / "weights.safetensors")
    with pytest.raises(ModelFileError, match="another network than lite"):
        load_network(tmp_path / "weights.safetensors", "lite")


def test_weights_of_the_wrong_size_are_refused(face_model: FaceModel, tmp_path: Path) -> None:
    weights = dict(PECHead(NetworkConfig.preset("lite"), face_model).state_dict())
    weights["decoder.last.weight"] = torch.zeros(1, 2, 3)
    save_file(weights, tmp_path / "weights.safetensors")
    with pytest.raises(ModelFileError, match="another network than lite"):
        load_network(tmp_path / "weights.safetensors", "lite")
