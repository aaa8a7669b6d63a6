"""Torch-TensorRT, for whoever stays in PyTorch: the same networks, compiled and called as modules.

Needs a graphics card: without NVIDIA's driver, Torch-TensorRT can't even be imported.
"""

import importlib
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pechead_engines.errors import EngineError
from pechead_export.onnx_export import Graph

INSTALL = "pip install torch-tensorrt-rtx, or torch-tensorrt --extra-index-url https://pypi.nvidia.com"


def compile_graph(graph: Graph, precision: torch.dtype = torch.float32) -> nn.Module:
    """Compile a graph's module; called like the module, with tensors on the graphics card.

    Args:
        graph: in evaluation mode; is moved to the graphics card.
        precision: float32, or float16 to let PyTorch's autocast choose what is of half precision.

    Raises:
        EngineError: Torch-TensorRT or the graphics card is missing.
    """
    torch_tensorrt = _imported()
    on_card = graph.cuda().eval()
    examples = tuple(tensor.cuda() for tensor in graph.example_inputs())
    with torch.no_grad():
        program = torch.export.export(on_card, examples)
        compiled: nn.Module = torch_tensorrt.dynamo.compile(
            program,
            arg_inputs=examples,
            enable_autocast=precision == torch.float16,
            autocast_low_precision_type=precision if precision == torch.float16 else None,
        )
    return compiled


def save_compiled(compiled: nn.Module, graph: Graph, path: Path) -> None:
    """Write a compiled module, to be loaded with ``torch.export.load`` after importing Torch-TensorRT.

    Args:
        compiled: by ``compile_graph``.
        graph: that it was compiled from.
        path: of the file to write.
    """
    examples = [tensor.cuda() for tensor in graph.example_inputs()]
    _imported().save(compiled, str(path), arg_inputs=examples)


def _imported() -> Any:
    try:
        return importlib.import_module("torch_tensorrt")
    except ModuleNotFoundError as error:
        raise EngineError("Torch-TensorRT is not installed", INSTALL) from error
    except (ImportError, OSError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise EngineError(f"Torch-TensorRT can't be loaded ({reason})", "check nvidia-smi") from error
