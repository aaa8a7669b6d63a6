"""Whether every runtime has what a graph uses; asked before anything is published."""

import json
from functools import cache
from importlib.resources import files

import onnx
from onnx import shape_inference

from pechead_engines.errors import EngineError

LARGEST_RANK = 4
"""Of what is warped: 5-D GridSample is what many runtimes lack."""

NEWEST_OPSET = 24
"""The newest of ONNX that all runtimes read; the one that is written is older."""

REPORT = "report it; nothing was written"


@cache
def tensorrt_rtx_operators() -> frozenset[str]:
    """What TensorRT-RTX's own parser said it has (``OnnxParser.supports_operator``)."""
    text = files("pechead_export").joinpath("tensorrt_rtx_operators.json").read_text(encoding="utf-8")
    return frozenset(json.loads(text)["operators"])


def check_graph(model: onnx.ModelProto, name: str) -> None:
    """Refuse custom operators, warps of more than four dimensions, and what TensorRT-RTX lacks.

    What ONNX Runtime lacks shows when parity is measured with it.

    Args:
        model: the graph.
        name: what messages call it.

    Raises:
        EngineError: with the first thing that is wrong.
    """
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    if opsets.get("", 0) > NEWEST_OPSET:
        raise EngineError(f"{name} is of ONNX opset {opsets['']}, newer than runtimes read", REPORT)
    graph = shape_inference.infer_shapes(model, data_prop=True).graph
    ranks = {
        value.name: len(value.type.tensor_type.shape.dim)
        for value in (*graph.value_info, *graph.input, *graph.output)
    } | {weights.name: len(weights.dims) for weights in graph.initializer}
    for node in graph.node:
        if node.domain not in ("", "ai.onnx"):
            raise EngineError(f"{name} has the custom operator {node.domain}::{node.op_type}", REPORT)
        if node.op_type not in tensorrt_rtx_operators():
            raise EngineError(f"{name} has {node.op_type}, which TensorRT-RTX lacks", REPORT)
        warped = node.op_type == "GridSample"
        if warped and any(ranks.get(value, 0) != LARGEST_RANK for value in (*node.input, *node.output)):
            raise EngineError(f"{name} warps tensors of a rank other than {LARGEST_RANK}", REPORT)
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise EngineError(f"{name} is no valid graph ({str(error).splitlines()[0]})", REPORT) from error
