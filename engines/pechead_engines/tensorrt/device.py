"""The graphics card in this machine."""

from dataclasses import dataclass

from pechead_engines.engine import Missing
from pechead_engines.errors import EngineError


@dataclass(frozen=True)
class GraphicsCard:
    """The first CUDA device; ``CUDA_VISIBLE_DEVICES`` says which one that is.

    Attributes:
        name: ``NVIDIA GeForce RTX 4090``.
        capability: of its architecture, as ``8.9``.
    """

    name: str
    capability: str


def graphics_card() -> GraphicsCard:
    """The card that engines run on.

    Raises:
        EngineError: there is none that CuPy can use.
    """
    missing = card_missing()
    if missing is not None:
        raise EngineError(missing.reason, missing.remedy)
    import cupy

    properties = cupy.cuda.runtime.getDeviceProperties(0)
    return GraphicsCard(properties["name"].decode(), f"{properties['major']}.{properties['minor']}")


def card_missing() -> Missing | None:
    """Why no graphics card can be used; None if one can."""
    try:
        import cupy
    except ImportError as error:
        return Missing(f"CuPy can't be loaded ({_line(error)})", 'pip install "pechead-live[gpu]"')
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        return Missing(f"no NVIDIA graphics card can be used ({_line(error)})", "install NVIDIA's driver")
    return None if count else Missing("there is no NVIDIA graphics card", "choose --engine onnx")


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
