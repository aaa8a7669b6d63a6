"""What a finished engine computes, told by the library's own inspector.

The library loads engines onto a graphics card only, so this needs one; what an engine is built from is told
without one by ``pechead_engines.tensorrt.builder.BuiltEngine``.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pechead_engines.tensorrt.builder import TensorSummary
from pechead_engines.tensorrt.library import Library

if TYPE_CHECKING:
    import tensorrt


@dataclass(frozen=True)
class EngineLayer:
    """What is left of several layers of the graph after the library has fused them.

    Attributes:
        name: of the layers that it is made of.
        kind: as the library calls it.
        made_of: names of the ONNX nodes, as the library wrote them down.
        outputs: types and memory layouts of what it gives.
    """

    name: str
    kind: str
    made_of: str
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class EngineReport:
    """An engine as the library sees it."""

    inputs: tuple[TensorSummary, ...]
    outputs: tuple[TensorSummary, ...]
    layers: tuple[EngineLayer, ...]


def inspect_engine(library: Library, engine: "tensorrt.ICudaEngine") -> EngineReport:
    """Ask the library about an engine on the graphics card.

    Args:
        library: that loaded it.
        engine: built with layer names kept, as ours are.
    """
    names = [engine.get_tensor_name(number) for number in range(engine.num_io_tensors)]
    tensors = [
        TensorSummary(name, tuple(engine.get_tensor_shape(name)), engine.get_tensor_dtype(name).name)
        for name in names
    ]
    is_input = [engine.get_tensor_mode(name) == library.api.TensorIOMode.INPUT for name in names]
    text = engine.create_engine_inspector().get_engine_information(library.api.LayerInformationFormat.JSON)
    return EngineReport(
        tuple(tensor for tensor, given in zip(tensors, is_input, strict=True) if given),
        tuple(tensor for tensor, given in zip(tensors, is_input, strict=True) if not given),
        read_layers(text),
    )


def read_layers(text: str) -> tuple[EngineLayer, ...]:
    """The layers in what the inspector of TensorRT 10, TensorRT 11 or TensorRT-RTX writes as JSON.

    Args:
        text: the information of an engine; where it was built without details, layers have names only.
    """
    return tuple(_layer(layer) for layer in json.loads(text)["Layers"])


def _layer(layer: str | dict[str, Any]) -> EngineLayer:
    if isinstance(layer, str):
        return EngineLayer(layer, "", "", ())
    # TensorRT 10 has type and memory layout in one text, 11 each in its own.
    outputs = tuple(
        str(output.get("DataType") or output.get("Format/Datatype", ""))
        for output in layer.get("Outputs", ())
    )
    return EngineLayer(layer["Name"], layer.get("LayerType", ""), layer.get("Metadata", ""), outputs)
