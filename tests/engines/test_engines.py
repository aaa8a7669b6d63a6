"""What every engine on the processor does, whichever library computes."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pechead.errors import ModelFileError
from pechead_engines.engine import Array, Engine
from pechead_engines.errors import EngineError
from pechead_engines.manifest import GraphDescription, checked_file, read_manifest
from pechead_engines.onnx_engine import OnnxEngine
from pechead_engines.openvino_engine import OpenVinoEngine

Open = Callable[[Path], Engine]


@pytest.fixture(
    params=[
        pytest.param(lambda path: OnnxEngine(path, threads=1), id="onnx"),
        pytest.param(
            lambda path: OpenVinoEngine(path, threads=1),
            id="openvino",
            marks=pytest.mark.skipif(
                importlib.util.find_spec("openvino") is None, reason="OpenVINO is not installed"
            ),
        ),
    ]
)
def open_engine(request: pytest.FixtureRequest) -> Open:
    opened: Open = request.param
    return opened


@pytest.fixture(scope="module")
def source(photo_only_model: Path) -> GraphDescription:
    return read_manifest(photo_only_model).source


@pytest.fixture(scope="module")
def inputs(source: GraphDescription) -> dict[str, Array]:
    rng = np.random.default_rng(1)
    return {tensor.name: rng.random(tensor.shape_for(256), np.float32) for tensor in source.inputs}


def computed(engine: Engine, inputs: dict[str, Array]) -> dict[str, Array]:
    return {name: values.copy() for name, values in zip(engine.output_names, engine.run(inputs), strict=True)}


def test_outputs_come_in_the_manifests_order_and_shapes(
    open_engine: Open, photo_only_model: Path, source: GraphDescription, inputs: dict[str, Array]
) -> None:
    engine = open_engine(checked_file(photo_only_model, source))
    outputs = engine.run({**inputs, "something else": np.zeros(3)})
    assert engine.output_names == tuple(tensor.name for tensor in source.outputs)
    assert [output.shape for output in outputs] == [tensor.shape for tensor in source.outputs]


def test_every_engine_computes_the_same(
    open_engine: Open, photo_only_model: Path, source: GraphDescription, inputs: dict[str, Array]
) -> None:
    path = checked_file(photo_only_model, source)
    expected = computed(OnnxEngine(path, threads=1), inputs)
    for name, values in computed(open_engine(path), inputs).items():
        np.testing.assert_allclose(values, expected[name], atol=2e-3 * float(np.abs(expected[name]).max()))


def test_what_is_bound_stays_until_it_is_replaced(
    open_engine: Open, photo_only_model: Path, source: GraphDescription, inputs: dict[str, Array]
) -> None:
    engine = open_engine(checked_file(photo_only_model, source))
    first = computed(engine, inputs)
    again, other = {"image": inputs["image"].copy()}, {"image": 1 - inputs["image"]}
    engine.bind(again)
    again["image"][:] = 0
    np.testing.assert_array_equal(computed(engine, {})["level_0"], first["level_0"])
    assert not np.allclose(computed(engine, other)["level_0"], first["level_0"])


def test_a_missing_input_is_named(
    open_engine: Open, photo_only_model: Path, source: GraphDescription, inputs: dict[str, Array]
) -> None:
    engine = open_engine(checked_file(photo_only_model, source))
    with pytest.raises(EngineError, match="lacks source_coefficients"):
        engine.run({"image": inputs["image"]})


@pytest.mark.parametrize(
    "wrong", [np.zeros((1, 3, 128, 128), np.float32), np.zeros((1, 3, 256, 256), np.float64)]
)
def test_an_input_of_another_shape_or_type_is_refused(
    wrong: Array, open_engine: Open, photo_only_model: Path, source: GraphDescription
) -> None:
    engine = open_engine(checked_file(photo_only_model, source))
    with pytest.raises(EngineError, match="image is float"):
        engine.bind({"image": wrong})


def test_a_file_that_is_no_graph_is_refused_in_one_line(open_engine: Open, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelFileError, match="can't be loaded") as caught:
        open_engine(tmp_path / "x.onnx")
    assert "\n" not in str(caught.value)
