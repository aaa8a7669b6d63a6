"""TensorRT-RTX engines, built by the real library; what it says of them is what the manifest says."""

import itertools
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from pechead.errors import ModelFileError
from pechead_engines.errors import EngineError
from pechead_engines.manifest import GraphDescription, read_manifest
from pechead_engines.tensorrt.builder import BuiltEngine, build_engine
from pechead_engines.tensorrt.library import Library, library_missing, load_library, plain_reason
from pechead_engines.tensorrt.plan_file import load_engine
from pechead_export.half_precision import to_half_precision
from pechead_live.process import interruption_by_signals

WriteGraph = Callable[..., Path]


@pytest.fixture(scope="module")
def library() -> Library:
    missing = library_missing("tensorrt-rtx")
    if missing is not None:
        pytest.skip(f"{missing.reason}: {missing.remedy}")
    return load_library("tensorrt-rtx")


@pytest.fixture(scope="module")
def engines(library: Library, photo_only_model: Path) -> dict[str, BuiltEngine]:
    """Of both graphs of a model, for a card of the Ada generation."""
    manifest = read_manifest(photo_only_model)
    return {
        graph.file: build_engine(library, photo_only_model / graph.file, ["8.9"])
        for graph in (manifest.source, manifest.driving)
    }


@pytest.fixture
def write_graph(tmp_path: Path) -> WriteGraph:
    """Writes a graph of one layer whose input's sides are chosen at run time."""

    def write(operator: str = "Relu", type_: int = TensorProto.FLOAT, opset: int = 20) -> Path:
        shape: list[int | str | None] = [1, 3, "side", "side"]
        graph = helper.make_graph(
            [helper.make_node(operator, ["photo"], ["drawn"], name="only_layer")],
            "small",
            [helper.make_tensor_value_info("photo", type_, shape)],
            [helper.make_tensor_value_info("drawn", type_, shape)],
        )
        path = tmp_path / "small.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]), path)
        return path

    return write


def described(
    graphs: tuple[GraphDescription, ...],
) -> dict[str, list[tuple[str, tuple[int | str, ...], str]]]:
    return {
        graph.file: [(tensor.name, tensor.shape, tensor.type) for tensor in (*graph.inputs, *graph.outputs)]
        for graph in graphs
    }


def test_engines_take_and_give_what_the_manifest_says(
    engines: dict[str, BuiltEngine], photo_only_model: Path
) -> None:
    manifest = read_manifest(photo_only_model)
    found = {
        name: [(tensor.name, tensor.shape, tensor.type) for tensor in (*engine.inputs, *engine.outputs)]
        for name, engine in engines.items()
    }
    assert found == described((manifest.source, manifest.driving))
    assert all(len(engine.plan) > 100_000 for engine in engines.values())


def test_every_layer_has_the_name_of_its_node(
    engines: dict[str, BuiltEngine], photo_only_model: Path
) -> None:
    for name, engine in engines.items():
        graph = onnx.load(photo_only_model / name).graph
        convolutions = {node.name for node in graph.node if node.op_type in ("Conv", "GridSample")}
        assert convolutions <= {layer.name for layer in engine.layers}


def test_a_graph_of_single_precision_becomes_an_engine_of_single_precision(
    engines: dict[str, BuiltEngine],
) -> None:
    for engine in engines.values():
        computing = {layer.precision for layer in engine.layers if layer.kind == "CONVOLUTION"}
        assert computing == {"FLOAT"}


def test_the_graphs_half_precision_is_the_engines(
    library: Library, photo_only_model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "half.onnx"
    onnx.save(to_half_precision(onnx.load(photo_only_model / "driving.onnx")), path)
    layers = build_engine(library, path, ["8.9"]).layers
    assert {layer.precision for layer in layers if layer.kind == "CONVOLUTION"} == {"HALF"}
    assert {layer.precision for layer in layers if layer.kind == "GRID_SAMPLE"} == {"FLOAT"}


@pytest.mark.parametrize("capability", ["7.5", "8.0", "8.6", "8.9", "12.0"])
def test_engines_are_built_for_cards_that_are_not_here(
    library: Library, write_graph: WriteGraph, capability: str
) -> None:
    assert capability in library.capabilities
    assert build_engine(library, write_graph(), [capability]).plan


@pytest.mark.parametrize(
    ("left", "right"), [((5, 3), (3, 7)), ((5, 3), (7, 3)), ((3, 5), (3, 7)), ((3, 5), (7, 3))]
)
def test_turing_gets_single_precision_products_as_sums(
    library: Library, tmp_path: Path, left: tuple[int, int], right: tuple[int, int]
) -> None:
    middle = helper.make_node("Gemm", ["a", "b"], ["c"])
    turned = {"transA": int(left[0] == 3), "transB": int(right[0] == 7)}
    middle.attribute.extend(helper.make_attribute(name, value) for name, value in turned.items())
    last = helper.make_node("Relu", ["c"], ["d"])
    tensors = {"a": left, "b": right, "c": (5, 7), "d": (5, 7)}
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in tensors.items()
    }
    graph = helper.make_graph(
        [middle, last], "products", [values["a"], values["b"]], [values["c"], values["d"]]
    )
    path = tmp_path / "products.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), path)
    built = build_engine(library, path, ["7.5"])
    assert {(tensor.name, tensor.shape) for tensor in built.outputs} == {("c", (5, 7)), ("d", (5, 7))}


def test_lengths_stay_open_unless_one_is_chosen(library: Library, write_graph: WriteGraph) -> None:
    everything = build_engine(library, write_graph(), ["8.9"], sides=(256, 512, 1024))
    assert everything.inputs[0].shape == (1, 3, -1, -1)
    one = build_engine(library, write_graph(), ["8.9"], sides=(512, 512, 512))
    assert one.inputs[0].shape == one.outputs[0].shape == (1, 3, 512, 512)


def test_progress_only_grows_and_names_phases(library: Library, write_graph: WriteGraph) -> None:
    told: list[tuple[float, str]] = []
    build_engine(library, write_graph(), ["8.9"], report=lambda share, phase: told.append((share, phase)))
    shares = [share for share, _ in told]
    assert len(told) > 5
    assert all(0 <= earlier <= later <= 1 for earlier, later in itertools.pairwise(shares))
    assert shares[-1] > 0.5
    assert len({phase for _, phase in told}) > 2


def test_a_build_can_be_interrupted(library: Library, photo_only_model: Path) -> None:
    told: list[float] = []

    def interrupt(share: float, phase: str) -> None:
        del phase
        told.append(share)
        if len(told) == 3:
            signal.raise_signal(signal.SIGINT)

    with interruption_by_signals(), pytest.raises(KeyboardInterrupt):
        build_engine(library, photo_only_model / "driving.onnx", ["8.9"], report=interrupt)


@pytest.mark.parametrize("seconds", [0.01, 0.05, 0.2])
def test_an_interruption_counts_even_while_the_graph_is_read(
    library: Library, photo_only_model: Path, seconds: float
) -> None:
    interruption = threading.Timer(seconds, signal.raise_signal, [signal.SIGINT])
    with interruption_by_signals():
        interruption.start()
        with pytest.raises(KeyboardInterrupt):
            build_engine(library, photo_only_model / "driving.onnx", ["8.9"])


def test_an_unknown_capability_is_refused_with_those_there_are(
    library: Library, write_graph: WriteGraph
) -> None:
    with pytest.raises(
        EngineError, match=r"can't build for compute capability 9\.0: choose of 7\.5, .*12\.0"
    ):
        build_engine(library, write_graph(), ["9.0"])


def test_a_graph_that_the_library_cannot_read_is_refused_in_one_line(
    library: Library, write_graph: WriteGraph, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"not a graph")
    for path in (damaged, write_graph("NoSuchOperator"), tmp_path / "missing.onnx"):
        with pytest.raises(ModelFileError, match=rf"can't read {path.name}") as caught:
            build_engine(library, path, ["8.9"])
        assert "\n" not in str(caught.value)


def cut_short(plan: bytes) -> bytes:
    return plan[: len(plan) // 2]


def something_else(plan: bytes) -> bytes:
    return b"something else" * len(plan)


def nothing(plan: bytes) -> bytes:
    return plan[:0]


@pytest.mark.parametrize("damage", [cut_short, something_else, nothing])
def test_a_damaged_engine_is_refused_in_one_line(
    library: Library, write_graph: WriteGraph, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "engine"
    path.write_bytes(damage(build_engine(library, write_graph(), ["8.9"]).plan))
    with pytest.raises(EngineError, match=r"engine (is damaged|can't be loaded).*pechead-export") as caught:
        load_engine(library, path)
    assert "\n" not in str(caught.value)


def test_a_missing_engine_is_refused_in_one_line(library: Library, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="can't be read"):
        load_engine(library, tmp_path / "engine")


def test_a_library_that_is_not_installed_is_said_with_the_remedy() -> None:
    missing = library_missing("tensorrt")
    if missing is None:
        pytest.skip("TensorRT is installed")
    assert missing.reason == "tensorrt is not installed"
    assert missing.remedy.startswith("pip install tensorrt")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "IRuntime::load: Error Code 1: Cuda Runtime (In Stream at /_src/x.cpp:5 (cudaError 35: too old))",
            "cudaError 35: too old",
        ),
        (
            "load: Error Code 1: Serialization (Assertion size == 3 failed. In parse at /_src/y.cpp:780)",
            "Assertion size == 3 failed",
        ),
        ("no such file", "no such file"),
    ],
)
def test_reasons_come_without_the_librarys_own_files(text: str, reason: str) -> None:
    assert plain_reason(text) == reason


def test_summaries_count_layers_by_precision(engines: dict[str, BuiltEngine]) -> None:
    engine = engines["source.onnx"]
    assert sum(engine.precisions.values()) == len(engine.layers)
    assert replace(engine, layers=()).precisions == {}
