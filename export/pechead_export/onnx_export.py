"""From PyTorch to ONNX."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from pechead_engines.engine import Array
from pechead_engines.errors import EngineError
from pechead_engines.manifest import SIDE, SIDES, Precision
from pechead_export.half_precision import ISLANDS, Island, to_half_precision
from pechead_export.int8 import to_int8
from pechead_export.operators import check_graph

SMALLEST_HALVED = 64
"""Weights with fewer numbers stay in single precision: constants, biases."""


class Graph(nn.Module):
    """A module with named inputs and outputs.

    Attributes:
        input_names, output_names: in the order of ``forward``'s arguments and results.
    """

    input_names: tuple[str, ...]
    output_names: tuple[str, ...]

    @property
    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        """Axes of inputs that differ from photo to photo, by input, and what their lengths are called."""
        return {}

    def example_inputs(self) -> tuple[Tensor, ...]:
        """Tensors of the right shapes."""
        raise NotImplementedError


def export_graph(
    graph: Graph,
    path: Path,
    precision: Precision = "float32",
    islands: frozenset[Island] = ISLANDS,
    calibration: Iterable[Mapping[str, Array]] = (),
) -> None:
    """Write a graph.

    Args:
        graph: in evaluation mode.
        path: of the file to write.
        precision: float16 has convolutions and what lies between them computed in half precision, int8 most
            convolutions in eight bits; float32 only stores weights in half precision, and has them widened
            when they are loaded.
        islands: what stays in single precision in a graph of half precision.
        calibration: all inputs of the frames that the ranges of int8 are measured on.

    Raises:
        EngineError: the network does what the runtimes lack.
    """
    model = traced(graph)
    if precision == "float16":
        model = to_half_precision(model, islands)
    elif precision == "int8":
        model = to_int8(model, calibration)
    halve_weights(model)
    forget_origins(model)
    check_graph(model, path.name)
    onnx.save(model, path)


def traced(graph: Graph) -> onnx.ModelProto:
    """The graph in ONNX, simplified, in single precision.

    Raises:
        EngineError: PyTorch can't write it.
    """
    # A tensor that is given twice is one input to PyTorch's tracing, and the other would never be read.
    examples = tuple(tensor.clone() for tensor in graph.example_inputs())
    side = torch.export.Dim(SIDE, min=SIDES[0], max=SIDES[-1])
    axes = graph.dynamic_axes
    shapes = tuple(dict.fromkeys(axes[name], side) if name in axes else None for name in graph.input_names)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                torch.export.export(graph, examples, dynamic_shapes=(shapes,) if axes else None),
                examples,
                dynamo=True,
                input_names=list(graph.input_names),
                output_names=list(graph.output_names),
                optimize=True,
                verbose=False,
            )
    except torch.onnx.errors.OnnxExporterError as error:
        reason = str(error).splitlines()[0]
        raise EngineError(
            f"PyTorch {torch.__version__} can't write the graph ({reason})", 'pip install -U "torch>=2.7"'
        ) from error
    assert program is not None
    model = program.model_proto
    _name_lengths(model.graph, axes)
    return model


def _name_lengths(graph: onnx.GraphProto, axes: Mapping[str, Mapping[int, str]]) -> None:
    """Call lengths that differ from photo to photo as we do, instead of by PyTorch's numbers."""
    names = {
        value.type.tensor_type.shape.dim[axis].dim_param: name
        for value in graph.input
        for axis, name in axes.get(value.name, {}).items()
    }
    for value in (*graph.input, *graph.output, *graph.value_info):
        for length in value.type.tensor_type.shape.dim:
            if length.dim_param in names:
                length.dim_param = names[length.dim_param]


def forget_origins(model: onnx.ModelProto) -> None:
    """Take out which lines of which files the nodes come from: paths of the machine that exported."""
    graph = model.graph
    values = (*graph.value_info, *graph.input, *graph.output, *graph.initializer)
    for part in (model, graph, *graph.node, *values):
        del part.metadata_props[:]
        part.doc_string = ""


def halve_weights(model: onnx.ModelProto) -> None:
    """Store large float32 weights as float16, each followed by a cast that runtimes fold when loading.

    Scales of int8 stay: they are few, and some too small for float16.
    """
    graph = model.graph
    scaling = [node for node in graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear")]
    scales = {node.input[1] for node in scaling}
    casts = []
    for weights in graph.initializer:
        small = np.prod(weights.dims) < SMALLEST_HALVED
        if weights.data_type != TensorProto.FLOAT or small or weights.name in scales:
            continue
        name = weights.name
        halved = numpy_helper.from_array(numpy_helper.to_array(weights).astype(np.float16), f"{name}.half")
        weights.CopyFrom(halved)
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes: Sequence[onnx.NodeProto] = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
