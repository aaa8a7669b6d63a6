"""Graphs that a runtime could not run are refused before they are published."""

from collections.abc import Sequence

import onnx
import pytest
from onnx import TensorProto, helper

from pechead_engines.errors import EngineError
from pechead_export.operators import check_graph, tensorrt_rtx_operators


def graph_of(
    nodes: Sequence[onnx.NodeProto], *, rank: int = 4, opset: int = 20, domain: str = ""
) -> onnx.ModelProto:
    """From x, and a grid to warp it by, to y."""
    shapes = {
        "x": [1, 3, *[8] * (rank - 2)],
        "grid": [1, *[8] * (rank - 2), rank - 2],
        "y": [1, 3, *[8] * (rank - 2)],
    }
    x, grid, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()
    )
    opsets = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return helper.make_model(helper.make_graph(list(nodes), "g", [x, grid], [y]), opset_imports=opsets)


def warp() -> onnx.NodeProto:
    return helper.make_node("GridSample", ["x", "grid"], ["y"])


def test_a_warp_of_rank_four_passes() -> None:
    check_graph(graph_of([warp()]), "g.onnx")


def test_a_warp_of_rank_five_is_refused() -> None:
    with pytest.raises(EngineError, match="rank other than 4"):
        check_graph(graph_of([warp()], rank=5), "g.onnx")


def test_a_custom_operator_is_refused() -> None:
    node = helper.make_node("Warp3d", ["x"], ["y"], domain="my.plugins")
    with pytest.raises(EngineError, match=r"custom operator my\.plugins::Warp3d"):
        check_graph(graph_of([node], domain="my.plugins"), "g.onnx")


def test_what_tensorrt_rtx_lacks_is_refused() -> None:
    assert "Det" not in tensorrt_rtx_operators()
    with pytest.raises(EngineError, match="Det, which TensorRT-RTX lacks"):
        check_graph(graph_of([helper.make_node("Det", ["x"], ["y"])]), "g.onnx")


def test_an_opset_that_runtimes_do_not_read_is_refused() -> None:
    with pytest.raises(EngineError, match="opset 26"):
        check_graph(graph_of([warp()], opset=26), "g.onnx")
