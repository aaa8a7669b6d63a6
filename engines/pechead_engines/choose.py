"""Which engine runs a model on this machine, and why that one."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pechead_engines.engine import Engine, Missing, ModelEngines
from pechead_engines.errors import EngineError
from pechead_engines.manifest import GraphDescription, Manifest, checked_file, read_manifest
from pechead_engines.names import NAMES, EngineChoice, EngineName, ProcessorEngine, ProcessorPrecision
from pechead_engines.nvidia import find_graphics_card

PROCESSOR: tuple[ProcessorEngine, ...] = ("openvino", "onnx")
GRAPHICS_CARD: tuple[EngineName, ...] = ("tensorrt-rtx", "tensorrt")
"""Fastest first."""


@dataclass(frozen=True)
class ChosenEngine:
    """What is to run.

    Attributes:
        name: of the kind of engine.
        why: this one; for people.
        precision: in which it runs the driving graph; None where the engine has no choice.
        pace: why in that precision; for people; empty where there was nothing to compare.
        seconds: that a frame of the driving graph takes here; None where it was not timed.
    """

    name: EngineName
    why: str
    precision: ProcessorPrecision | None = None
    pace: str = ""
    seconds: float | None = None

    def __str__(self) -> str:
        return f"engine: {self.label}{self.pace and f': {self.pace}'} ({self.why})"

    @property
    def label(self) -> str:
        """What computes, as people call it: ``ONNX Runtime, int8``."""
        return NAMES[self.name] if self.precision is None else f"{NAMES[self.name]}, {self.precision}"


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


def open_model(
    name: EngineName, folder: Path, threads: int, precision: ProcessorPrecision = "float32"
) -> ModelEngines:
    """Load a model.

    Args:
        name: of the kind of engine.
        folder: of the model.
        threads: that engines on the processor may use.
        precision: of the driving graph; ONNX Runtime and OpenVINO have the choice.

    Raises:
        EngineError: the engine can't be made, or the model is not there in that precision.
        ModelFileError: the folder is damaged.
    """
    if name == "tensorrt-rtx" or name == "tensorrt":
        from pechead_engines import tensorrt_runtime

        return tensorrt_runtime.open_model(name, folder)
    if name == "torch":
        from pechead_engines.torch_engine import open_with_torch

        return open_with_torch(folder, threads)
    manifest = read_manifest(folder)
    driving = int8_graph(manifest) if precision == "int8" else manifest.driving
    paths = [checked_file(folder, graph) for graph in (manifest.source, driving)]
    return ModelEngines(*(open_graph(name, path, threads) for path in paths))


def open_graph(name: ProcessorEngine, path: Path, threads: int) -> Engine:
    """One graph on the processor.

    Args:
        name: of the kind of engine.
        path: of the ONNX file.
        threads: that it may use.

    Raises:
        ModelFileError: the file can't be loaded.
    """
    if name == "openvino":
        from pechead_engines.openvino_engine import OpenVinoEngine

        return OpenVinoEngine(path, threads)
    from pechead_engines.onnx_engine import OnnxEngine

    return OnnxEngine(path, threads)


def int8_graph(manifest: Manifest) -> GraphDescription:
    """The driving graph in int8.

    Raises:
        EngineError: the model has none.
    """
    if manifest.driving_int8 is None:
        raise EngineError(
            f"the model '{manifest.model}' has no int8 graph",
            "leave out --precision int8, or write one with pechead-export --int8",
        )
    return manifest.driving_int8
