"""Runtimes and model files."""

from importlib.metadata import PackageNotFoundError, version

from pechead.errors import ModelFileError
from pechead.landmarker.locate import find_model_file
from pechead_engines.choose import GRAPHICS_CARD, why_not
from pechead_engines.manifest import checked_file, read_manifest
from pechead_engines.names import NAMES
from pechead_engines.nvidia import find_graphics_card
from pechead_engines.shipped import shipped_model
from pechead_live.doctor.finding import Finding, bad


def find_runtimes() -> list[Finding]:
    """What can compute the networks here; what needs a card that isn't there is not worth installing."""
    findings = []
    has_card = find_graphics_card() is not None
    for name, title in NAMES.items():
        missing = why_not(name)
        if name in GRAPHICS_CARD and not has_card:
            findings.append(Finding("runtime", "optional", f"{title}: needs an NVIDIA graphics card"))
        elif missing is not None:
            findings.append(Finding("runtime", "optional", f"{title}: {missing.reason}", missing.remedy))
        elif name == "onnx":
            findings.append(_onnx_runtime(title))
        else:
            findings.append(Finding("runtime", "good", _versioned(title, name)))
    return findings


def _onnx_runtime(title: str) -> Finding:
    try:
        import onnxruntime
    except ImportError as error:
        return Finding("runtime", "optional", f"{title} can't be loaded ({error})", "pip install onnxruntime")
    providers = ", ".join(
        provider.removesuffix("ExecutionProvider") for provider in onnxruntime.get_available_providers()
    )
    return Finding("runtime", "good", f"{title} {onnxruntime.__version__} ({providers})")


def _versioned(title: str, package: str) -> str:
    try:
        return f"{title} {version(package)}"
    except PackageNotFoundError:
        return title


def find_model_files() -> list[Finding]:
    """Whether every model file is there and is the one that it should be."""
    return [_landmarker(), _networks()]


def _landmarker() -> Finding:
    try:
        path = find_model_file()
    except ModelFileError as error:
        return bad("model file", error)
    return Finding("model file", "good", f"{path.name}, its SHA-256 is right")


def _networks() -> Finding:
    folder = shipped_model()
    try:
        manifest = read_manifest(folder)
        for graph in manifest.graphs:
            checked_file(folder, graph)
    except ModelFileError as error:
        return bad("model file", error)
    return Finding("model file", "good", f"networks '{manifest.model}', their SHA-256 are right")
