"""From PyTorch to ONNX."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

SMALLEST_HALVED = 64
"""Weights with fewer numbers stay in single precision: constants, biases."""


class Graph(nn.Module):
    """A module with named inputs and outputs.

    Attributes:
        input_names, output_names: in the order of ``forward``'s arguments and results.
    """

    input_names: tuple[str, ...]
    output_names: tuple[str, ...]

    def example_inputs(self) -> tuple[Tensor, ...]:
        """Tensors of the right shapes."""
        raise NotImplementedError


def export_graph(graph: Graph, path: Path) -> None:
    """Write a graph with its weights in half precision, which are widened when it is loaded.

    Args:
        graph: in evaluation mode.
        path: of the file to write.
    """
    examples = graph.example_inputs()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            torch.export.export(graph, examples),
            examples,
            dynamo=True,
            input_names=list(graph.input_names),
            output_names=list(graph.output_names),
            optimize=True,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    halve_weights(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def halve_weights(model: onnx.ModelProto) -> None:
    """Store large float32 weights as float16, each followed by a cast that runtimes fold when loading."""
    graph = model.graph
    casts = []
    for weights in graph.initializer:
        if weights.data_type != TensorProto.FLOAT or np.prod(weights.dims) < SMALLEST_HALVED:
            continue
        name = weights.name
        halved = numpy_helper.from_array(numpy_helper.to_array(weights).astype(np.float16), f"{name}.half")
        weights.CopyFrom(halved)
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes: Sequence[onnx.NodeProto] = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
