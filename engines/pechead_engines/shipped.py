"""The model that comes with the package."""

from pathlib import Path

from pechead_engines.manifest import MANIFEST

MODELS = Path(__file__).with_name("models")


def shipped_model(name: str = "lite") -> Path:
    """The folder of a shipped model, whether or not it is there."""
    return MODELS / name


def has_shipped_model(name: str = "lite") -> bool:
    """Whether this installation holds it."""
    return (shipped_model(name) / MANIFEST).is_file()
