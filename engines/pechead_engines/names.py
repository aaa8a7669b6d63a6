"""The engines' names, for whoever only has to know what can be chosen: this loads no library."""

from typing import Literal

ProcessorEngine = Literal["onnx", "openvino"]
EngineName = Literal[ProcessorEngine, "tensorrt-rtx", "tensorrt", "torch"]
EngineChoice = Literal["auto", EngineName]

ProcessorPrecision = Literal["float32", "int8"]
PrecisionChoice = Literal["auto", ProcessorPrecision]

NAMES: dict[EngineName, str] = {
    "onnx": "ONNX Runtime",
    "openvino": "OpenVINO",
    "tensorrt-rtx": "TensorRT-RTX",
    "tensorrt": "TensorRT",
    "torch": "PyTorch",
}
"""As people call them."""
