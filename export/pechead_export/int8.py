"""int8 written into a graph for processors: convolutions of bytes, their ranges measured on real frames."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import onnx
from onnx import helper, shape_inference
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from pechead_engines.engine import Array
from pechead_export.half_precision import position_layers

PREPARED = {"onnx.quant.pre_process": "onnxruntime.quant"}
"""Tells the quantiser that shapes are known and nothing is left to fuse, which it else warns of."""


def to_int8(model: onnx.ModelProto, frames: Iterable[Mapping[str, Array]]) -> onnx.ModelProto:
    """The same graph with convolutions of eight bits; inputs and outputs stay as they are.

    What says positions stays in single precision, and so do the last two convolutions, a sixth of all
    multiplications, whose steps would be seen. Weights have seven bits: processors without dot products of
    bytes add two products in sixteen bits, and eight times eight bits twice are too many for that.

    Args:
        model: of single precision, with weights that no cast comes after.
        frames: all inputs of each, by name; ranges are those of all frames.
    """
    model = shape_inference.infer_shapes(model, data_prop=True)
    helper.set_model_props(model, PREPARED)
    convolutions = [node.name for node in model.graph.node if node.op_type == "Conv"]
    with tempfile.TemporaryDirectory() as temporary:
        single, quantised = Path(temporary) / "single.onnx", Path(temporary) / "int8.onnx"
        onnx.save(model, single)
        quantize_static(
            single,
            quantised,
            _Reader(frames),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=[*position_layers(model.graph), *convolutions[-2:]],
        )
        return onnx.load(quantised)


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Hands the quantiser one frame after the other."""

    def __init__(self, frames: Iterable[Mapping[str, Array]]) -> None:
        self._frames: Iterator[Mapping[str, Array]] = iter(frames)

    def get_next(self) -> dict[str, Array] | None:
        """A frame's inputs; None at the end."""
        frame = next(self._frames, None)
        return None if frame is None else dict(frame)
