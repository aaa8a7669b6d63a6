"""The engines' names, for whoever only has to know what can be chosen: this loads no library."""

from typing import Literal

EngineName = Literal["onnx", "openvino", "tensorrt-rtx", "tensorrt", "torch"]
EngineChoice = Literal["auto", EngineName]

NAMES: dict[EngineName, str] = {
    "onnx": "ONNX Runtime",
    "openvino": "OpenVINO",
    "tensorrt-rtx": "TensorRT-RTX",
    "tensorrt": "TensorRT",
    "torch": "PyTorch",
}
"""As people call them."""
