"""Half precision written into a graph: runtimes that are strongly typed compute what the graph says.

Convolutions and what lies between them are in half precision; islands of single precision are left where ten
bits are too few. ``onnxruntime.transformers.float16`` would do the casting, but rounds everything that passes
between two nodes of an island to half precision; here an island is single precision throughout.
"""

from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference

Island = Literal["positions", "points", "sums", "warps"]
"""What stays in single precision:

positions: all that becomes positions in a picture, from the last convolution on: flows, candidates,
    soft-argmax, the head's similarity. Near the edge of [-1, 1] half precision is 1/16 of a pixel of 256.
points: Gaussians around landmarks, and softmax.
sums: means and sums over whole maps.
warps: the pictures and features that are warped, and the interpolation itself.
"""

ISLANDS: frozenset[Island] = frozenset(get_args(Island))

LEARNED = frozenset({"Conv", "Gemm"})
"""Where a position stops being one: what goes into these are features."""

SINGLE_INPUTS = {"Resize": (1, 2)}
"""Inputs that ONNX wants in single precision whatever the others are: region and scales."""

HALF = ".float16"
"""Ends the names of values in half precision."""

PASSED_OVER = frozenset({"Cast", "Constant", "ConstantOfShape", "Range"})
"""Make types of their own."""


def to_half_precision(model: onnx.ModelProto, islands: frozenset[Island] = ISLANDS) -> onnx.ModelProto:
    """A graph that computes in half precision but for the islands; its inputs and outputs stay as they are.

    Args:
        model: of single precision.
        islands: what to leave.
    """
    model = shape_inference.infer_shapes(model, data_prop=True)
    halved = _halved_nodes(model.graph, islands)
    _Casting(model.graph).apply(halved)
    # What kept its name kept its type; inference alone loses shapes that depend on the photo's.
    made = {name for node in model.graph.node for name in node.output}
    known = [value for value in model.graph.value_info if value.name in made]
    del model.graph.value_info[:]
    model.graph.value_info.extend(known)
    return shape_inference.infer_shapes(model, data_prop=True)


def with_roundings(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph for a processor to compute with every rounding that it says, to be compared only.

    Processors compute half precision in single precision and pass values on without rounding them; nothing
    keeps them from it but an operator in between that they have in half precision.

    Args:
        model: of ``to_half_precision``.
    """
    rounded = onnx.ModelProto()
    rounded.CopyFrom(model)
    nodes: list[onnx.NodeProto] = []
    for node in rounded.graph.node:
        halves = [name for name in node.output if name.endswith(HALF)]
        node.output[:] = [f"{name}.exact" if name in halves else name for name in node.output]
        nodes.append(node)
        nodes += [helper.make_node("Concat", [f"{name}.exact"], [name], axis=0) for name in halves]
    graph = helper.make_graph(
        nodes, model.graph.name, model.graph.input, model.graph.output, model.graph.initializer
    )
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def _halved_nodes(graph: onnx.GraphProto, islands: frozenset[Island]) -> set[int]:
    """Indices of the nodes to compute in half precision."""
    single = _single_precision_values(graph)
    kept: set[int] = set()
    if "positions" in islands:
        kept |= _makers(graph, _positions(graph))
    if "points" in islands:
        soft = [node for node in graph.node if node.op_type in ("Exp", "Softmax")]
        kept |= _makers(graph, [name for node in soft for name in node.output])
    for island, kinds in (("sums", ("ReduceMean", "ReduceSum", "MatMul")), ("warps", ("GridSample",))):
        if island in islands:
            kept |= {number for number, node in enumerate(graph.node) if node.op_type in kinds}
    return {
        number
        for number, node in enumerate(graph.node)
        if number not in kept and node.op_type not in PASSED_OVER and single.issuperset(node.output)
    }


def position_layers(graph: onnx.GraphProto) -> list[str]:
    """Names of the layers that say positions: their outputs become them without another layer between."""
    made_by = {name: node for node in graph.node for name in node.output}
    makers = _makers(graph, _positions(graph))
    read = {name for number in makers for name in graph.node[number].input}
    return [made_by[name].name for name in sorted(read & made_by.keys()) if made_by[name].op_type in LEARNED]


def _positions(graph: onnx.GraphProto) -> list[str]:
    flows = [value.name for value in graph.output if value.name.endswith(("flow", "landmarks"))]
    return [*flows, *(node.input[1] for node in graph.node if node.op_type == "GridSample")]


def _single_precision_values(graph: onnx.GraphProto) -> set[str]:
    values = [*graph.value_info, *graph.input, *graph.output]
    return {value.name for value in values if value.type.tensor_type.elem_type == TensorProto.FLOAT}


def _makers(graph: onnx.GraphProto, names: Iterable[str]) -> set[int]:
    """Indices of all nodes that the values are made by, back to the network's layers."""
    made_by = {name: number for number, node in enumerate(graph.node) for name in node.output}
    found: set[int] = set()
    waiting = list(names)
    while waiting:
        number = made_by.get(waiting.pop())
        if number is not None and number not in found and graph.node[number].op_type not in LEARNED:
            found.add(number)
            waiting += graph.node[number].input
    return found


class _Casting:
    """Casts where half and single precision meet, one a value."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._weights = {weights.name: weights for weights in graph.initializer}
        self._single = _single_precision_values(graph) | {
            name for name, weights in self._weights.items() if weights.data_type == TensorProto.FLOAT
        }
        self._outputs = {value.name for value in graph.output}
        self._half: set[str] = set()
        self._widened = {
            node.output[0]: node.input[0]
            for node in graph.node
            if node.op_type == "Cast" and node.input[0] in self._weights
        }
        self._made: list[onnx.NodeProto] = []

    def apply(self, halved: set[int]) -> None:
        """Change the graph in place.

        Args:
            halved: indices of the nodes to compute in half precision.
        """
        computed_half = {name for number in halved for name in self._graph.node[number].output}
        for number, node in enumerate(list(self._graph.node)):
            if number not in halved:
                self._made.append(node)
                continue
            for place, name in enumerate(node.input):
                if name in self._single and place not in SINGLE_INPUTS.get(node.op_type, ()):
                    node.input[place] = self._as_half(name, computed_half)
            wanted = list(node.output)
            node.output[:] = [name + HALF for name in wanted]
            self._made.append(node)
            # Those that nobody needs are taken out below.
            self._made += [
                helper.make_node("Cast", [name + HALF], [name], to=TensorProto.FLOAT) for name in wanted
            ]
        del self._graph.node[:]
        self._graph.node.extend(_needed(self._made, self._outputs))
        used = {name for node in self._graph.node for name in node.input}
        kept = [weights for weights in self._graph.initializer if weights.name in used]
        del self._graph.initializer[:]
        self._graph.initializer.extend(kept)

    def _as_half(self, name: str, computed_half: set[str]) -> str:
        if name in self._widened:
            return str(self._widened[name])
        half = name + HALF
        if name in computed_half or name in self._half:
            return half
        self._half.add(name)
        if name in self._weights:
            values = numpy_helper.to_array(self._weights[name]).astype(np.float16)
            self._graph.initializer.append(numpy_helper.from_array(values, half))
        else:
            self._made.append(helper.make_node("Cast", [name], [half], to=TensorProto.FLOAT16))
        return half


def _needed(nodes: list[onnx.NodeProto], outputs: set[str]) -> list[onnx.NodeProto]:
    needed, kept = set(outputs), []
    for node in reversed(nodes):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    return kept[::-1]
