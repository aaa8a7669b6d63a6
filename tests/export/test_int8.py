"""int8 in the graph: most convolutions have it, what says positions and the last two, which draw, do not."""

from collections.abc import Iterator

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from pechead_export.int8 import to_int8
from pechead_export.onnx_export import halve_weights

SINGLE = TensorProto.FLOAT
SHAPE = (1, 4, 16, 16)


@pytest.fixture
def drawing() -> onnx.ModelProto:
    """Features, where they move, what they become there, and a picture of that, in two layers."""
    rng = np.random.default_rng(1)
    outputs = {"features": 4, "places": 2, "seen": 4, "merged": 4, "picture": 3}
    nodes, weights, given = [], [], "x"
    for name, channels in outputs.items():
        kernel = rng.normal(scale=0.2, size=(channels, 4, 3, 3)).astype(np.float32)
        weights.append(numpy_helper.from_array(kernel, f"{name}.weight"))
        nodes.append(
            helper.make_node("Conv", [given, f"{name}.weight"], [f"{name}.sum"], name=name, pads=[1] * 4)
        )
        if name == "places":
            nodes.append(helper.make_node("Tanh", ["places.sum"], ["moved"]))
            nodes.append(helper.make_node("Transpose", ["moved"], ["grid"], perm=[0, 2, 3, 1]))
            nodes.append(helper.make_node("GridSample", ["features", "grid"], ["warped"]))
        elif name != "picture":
            nodes.append(helper.make_node("Relu", [f"{name}.sum"], [name]))
        given = {"features": "features", "places": "warped"}.get(name, name)
    graph = helper.make_graph(
        nodes,
        "drawing",
        [helper.make_tensor_value_info("x", SINGLE, SHAPE)],
        [helper.make_tensor_value_info("picture.sum", SINGLE, (1, 3, 16, 16))],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


@pytest.fixture
def pictures() -> list[dict[str, NDArray[np.float32]]]:
    rng = np.random.default_rng(2)
    return [{"x": rng.random(SHAPE, np.float32)} for _ in range(4)]


def quantised_layers(model: onnx.ModelProto) -> Iterator[str]:
    made_by = {name: node.op_type for node in model.graph.node for name in node.output}
    for node in model.graph.node:
        if node.op_type == "Conv" and made_by.get(node.input[0]) == "DequantizeLinear":
            yield node.name


def picture_of(model: onnx.ModelProto, inputs: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    (picture,) = ReferenceEvaluator(model).run(None, inputs)
    return np.asarray(picture, np.float32)


def test_positions_and_the_last_two_layers_stay_as_they_are(
    drawing: onnx.ModelProto, pictures: list[dict[str, NDArray[np.float32]]]
) -> None:
    assert list(quantised_layers(to_int8(drawing, pictures))) == ["features", "seen"]


def test_it_computes_nearly_the_same(
    drawing: onnx.ModelProto, pictures: list[dict[str, NDArray[np.float32]]]
) -> None:
    unseen = {"x": np.random.default_rng(3).random(SHAPE, np.float32)}
    model = to_int8(drawing, pictures)
    halve_weights(model)
    wanted, found = (picture_of(graph, unseen) for graph in (drawing, model))
    assert 0 < np.abs(found - wanted).mean() < 0.05 * np.abs(wanted).max()


def test_weights_have_seven_bits_and_a_scale_a_channel(
    drawing: onnx.ModelProto, pictures: list[dict[str, NDArray[np.float32]]]
) -> None:
    """Eight bits would overflow where processors add products of bytes in sixteen bits."""
    model = to_int8(drawing, pictures)
    halve_weights(model)
    kept = {weights.name: numpy_helper.to_array(weights) for weights in model.graph.initializer}
    bytes_of = {name: values for name, values in kept.items() if values.dtype == np.int8 and values.ndim == 4}
    assert len(bytes_of) == 2
    for name, values in bytes_of.items():
        assert 60 <= np.abs(values.astype(int)).max() <= 64
        scale = kept[name.replace("_quantized", "_scale")]
        assert scale.shape == (4,)
        assert scale.dtype == np.float32


def test_what_was_given_is_not_changed(
    drawing: onnx.ModelProto, pictures: list[dict[str, NDArray[np.float32]]]
) -> None:
    before = drawing.SerializeToString()
    to_int8(drawing, pictures)
    assert drawing.SerializeToString() == before
