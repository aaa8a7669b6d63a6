"""Which engine runs a model on this machine, and why that one."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pechead_engines.engine import Missing, ModelEngines
from pechead_engines.errors import EngineError
from pechead_engines.manifest import checked_file, read_manifest
from pechead_engines.names import NAMES, EngineChoice, EngineName
from pechead_engines.nvidia import find_graphics_card

PROCESSOR: tuple[EngineName, ...] = ("openvino", "onnx")
GRAPHICS_CARD: tuple[EngineName, ...] = ("tensorrt-rtx", "tensorrt")
"""Fastest first."""


@dataclass(frozen=True)
class ChosenEngine:
    """What is to run.

    Attributes:
        name: of the kind of engine.
        why: this one; for people.
    """

    name: EngineName
    why: str

    def __str__(self) -> str:
        return f"engine: {NAMES[self.name]} ({self.why})"


def choose_engine(choice: EngineChoice) -> ChosenEngine:
    """The engine that was asked for, or the fastest that this machine can run; nothing is loaded yet.

    Args:
        choice: what to run; nothing else is run in its place.

    Raises:
        EngineError: the engine that was asked for can't run here.
    """
    if choice == "auto":
        return _fastest()
    missing = why_not(choice)
    if missing is not None:
        others = [name for name in NAMES if name != choice and why_not(name) is None]
        raise EngineError(
            f"--engine {choice} can't run here ({missing.reason})",
            f"{missing.remedy}, or choose --engine {' or '.join(others)}",
        )
    return ChosenEngine(choice, f"--engine {choice}")


def why_not(name: EngineName) -> Missing | None:
    """Why an engine can't run on this machine; None if it can."""
    if name == "tensorrt-rtx" or name == "tensorrt":
        from pechead_engines.tensorrt_runtime import missing

        return missing(name)
    if name == "openvino" and find_spec("openvino") is None:
        return Missing("openvino is not installed", 'pip install "pechead-live[openvino]"')
    if name == "torch" and find_spec("torch") is None:
        return Missing("PyTorch is not installed", 'pip install "pechead-live[export]"')
    return None


def _fastest() -> ChosenEngine:
    card = find_graphics_card()
    on_processor = next(name for name in PROCESSOR if why_not(name) is None)
    if card is None:
        return ChosenEngine(on_processor, "auto: no NVIDIA graphics card here")
    reasons = {name: why_not(name) for name in GRAPHICS_CARD}
    for name, missing in reasons.items():
        if missing is None:
            return ChosenEngine(name, f"auto: the fastest on {card}")
    first = reasons[GRAPHICS_CARD[0]]
    assert first is not None
    why = f"auto: {card} would be faster, but {first.reason}: {first.remedy}"
    return ChosenEngine(on_processor, why)


def open_model(name: EngineName, folder: Path, threads: int) -> ModelEngines:
    """Load a model.

    Args:
        name: of the kind of engine.
        folder: of the model.
        threads: that engines on the processor may use.

    Raises:
        EngineError: the engine can't be made.
        ModelFileError: the folder is damaged.
    """
    if name == "tensorrt-rtx" or name == "tensorrt":
        from pechead_engines import tensorrt_runtime

        return tensorrt_runtime.open_model(name, folder)
    if name == "torch":
        from pechead_engines.torch_engine import open_with_torch

        return open_with_torch(folder, threads)
    manifest = read_manifest(folder)
    paths = [checked_file(folder, graph) for graph in (manifest.source, manifest.driving)]
    if name == "openvino":
        from pechead_engines.openvino_engine import OpenVinoEngine

        return ModelEngines(*(OpenVinoEngine(path, threads) for path in paths))
    from pechead_engines.onnx_engine import OnnxEngine

    return ModelEngines(*(OnnxEngine(path, threads) for path in paths))
