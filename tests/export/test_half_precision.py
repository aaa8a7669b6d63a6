"""Half precision in the graph: convolutions have it, islands are of single precision throughout."""

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

from pechead_export.half_precision import ISLANDS, Island, to_half_precision
from pechead_export.onnx_export import halve_weights

HALF, SINGLE = TensorProto.FLOAT16, TensorProto.FLOAT


@pytest.fixture
def warping() -> onnx.ModelProto:
    """A convolution says how features move; a second one sees them moved: (1, 4, 8, 8) to (1, 2, 8, 8)."""
    rng = np.random.default_rng(1)
    weights: dict[str, NDArray[np.float32]] = {
        "first": rng.normal(scale=0.1, size=(2, 4, 3, 3)).astype(np.float32),
        "second": rng.normal(scale=0.1, size=(2, 4, 3, 3)).astype(np.float32),
        "gain": np.full((), 0.1, np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["x", "first"], ["moved"], pads=[1, 1, 1, 1]),
        helper.make_node("Mul", ["moved", "gain"], ["small"]),
        helper.make_node("Add", ["small", "still"], ["flow"]),
        helper.make_node("Transpose", ["flow"], ["grid"], perm=[0, 2, 3, 1]),
        helper.make_node("GridSample", ["x", "grid"], ["warped"], padding_mode="border"),
        helper.make_node("Relu", ["warped"], ["seen"]),
        helper.make_node("Conv", ["seen", "second"], ["y"], pads=[1, 1, 1, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "warping",
        [
            helper.make_tensor_value_info("x", SINGLE, [1, 4, 8, 8]),
            helper.make_tensor_value_info("still", SINGLE, [1, 2, 8, 8]),
        ],
        [helper.make_tensor_value_info("y", SINGLE, [1, 2, 8, 8])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])


def types_of(model: onnx.ModelProto) -> dict[str, int]:
    graph = shape_inference.infer_shapes(model, strict_mode=True).graph
    types = {
        value.name: value.type.tensor_type.elem_type
        for value in (*graph.value_info, *graph.input, *graph.output)
    }
    return types | {weights.name: weights.data_type for weights in graph.initializer}


def test_convolutions_compute_in_half_precision_with_weights_of_it(warping: onnx.ModelProto) -> None:
    model = to_half_precision(warping)
    types = types_of(model)
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    assert len(convolutions) == 2
    assert {types[name] for node in convolutions for name in (*node.input, *node.output)} == {HALF}


def test_positions_stay_in_single_precision_all_the_way_to_the_warp(warping: onnx.ModelProto) -> None:
    model = to_half_precision(warping)
    types = types_of(model)
    island = [node for node in model.graph.node if node.op_type in ("Mul", "Add", "Transpose", "GridSample")]
    assert {types[name] for node in island for name in (*node.input, *node.output)} == {SINGLE}
    between = [
        node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in island[0].output
    ]
    assert not between


def test_inputs_and_outputs_keep_their_names_and_types(warping: onnx.ModelProto) -> None:
    model = to_half_precision(warping)
    for before, after in (
        (warping.graph.input, model.graph.input),
        (warping.graph.output, model.graph.output),
    ):
        assert [(value.name, value.type) for value in before] == [(value.name, value.type) for value in after]


def test_without_islands_warps_are_of_half_precision_too(warping: onnx.ModelProto) -> None:
    model = to_half_precision(warping, frozenset())
    types = types_of(model)
    (warp,) = (node for node in model.graph.node if node.op_type == "GridSample")
    assert {types[name] for name in warp.input} == {HALF}


def test_weights_that_are_stored_halved_are_used_as_they_are(warping: onnx.ModelProto) -> None:
    halve_weights(warping)
    model = to_half_precision(warping)
    assert not [node for node in model.graph.node if node.op_type == "Cast" and "first" in node.input[0]]
    (convolution, _) = (node for node in model.graph.node if node.op_type == "Conv")
    assert convolution.input[1] in {weights.name for weights in model.graph.initializer}


def test_the_result_is_what_single_precision_gives(warping: onnx.ModelProto) -> None:
    rng = np.random.default_rng(2)
    places = np.stack(np.meshgrid(np.linspace(-1, 1, 8), np.linspace(-1, 1, 8)))[None].astype(np.float32)
    inputs = {"x": rng.random((1, 4, 8, 8), np.float32), "still": places}
    (expected,) = ReferenceEvaluator(warping).run(None, inputs)
    errors: dict[frozenset[Island], float] = {}
    for islands in (ISLANDS, frozenset[Island]()):
        (found,) = ReferenceEvaluator(to_half_precision(warping, islands)).run(None, inputs)
        errors[islands] = float(np.abs(np.subtract(found, expected)).mean())
    assert errors[ISLANDS] < 1e-3
    assert errors[ISLANDS] < errors[frozenset()]
