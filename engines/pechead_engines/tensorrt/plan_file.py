"""From an engine's file to the library's engine on the graphics card."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pechead_engines.errors import EngineError
from pechead_engines.tensorrt.library import Library

if TYPE_CHECKING:
    import tensorrt

BUILD_AGAIN = "build it again with pechead-export --runtime"

COMPLAINTS = {
    "VERSION_MISMATCH": "was built by another version",
    "UNSUPPORTED_CC": "was built for another graphics card",
    "OLD_CUDA_DRIVER": "needs a newer NVIDIA driver",
    "OLD_CUDA_RUNTIME": "needs a newer CUDA",
    "INSUFFICIENT_GPU_MEMORY": "needs more memory than the graphics card has",
    "MALFORMED_ENGINE": "is damaged",
    "CUDA_ERROR": "can't be checked, since CUDA fails",
}
"""What TensorRT-RTX finds wrong with an engine's first bytes, by its own names."""


def load_engine(library: Library, path: Path) -> "tensorrt.ICudaEngine":
    """Load an engine onto the first graphics card.

    Args:
        library: that built it, of the same version.
        path: of its file.

    Raises:
        EngineError: it is cut short, or for another version or card, or there is no card.
    """
    try:
        plan = path.read_bytes()
    except OSError as error:
        raise EngineError(
            f"{path} can't be read ({error.strerror})", f"{BUILD_AGAIN} {library.name}"
        ) from error
    library.log.first_error()
    runtime: tensorrt.Runtime = library.api.Runtime(library.log)
    engine: tensorrt.ICudaEngine | None = runtime.deserialize_cuda_engine(plan)
    if engine is None:
        reason = library.complaint()
        complaint = _named_complaint(library, runtime, plan) or f"can't be loaded ({reason})"
        raise EngineError(f"{path} {complaint}", f"{BUILD_AGAIN} {library.name}")
    return engine


def _named_complaint(library: Library, runtime: Any, plan: bytes) -> str | None:
    if not hasattr(library.api, "EngineInvalidityDiagnostics"):
        return None
    _, diagnostics = runtime.get_engine_validity(plan)
    flags = library.api.EngineInvalidityDiagnostics.__members__
    named = (
        COMPLAINTS[name] for name, flag in flags.items() if name in COMPLAINTS and diagnostics & int(flag)
    )
    return next(named, None)
