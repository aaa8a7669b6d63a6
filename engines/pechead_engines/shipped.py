"""The model that comes with the package."""

from pathlib import Path

MODELS = Path(__file__).with_name("models")


def shipped_model(name: str = "lite") -> Path:
    """The folder of a shipped model, whether or not it is there."""
    return MODELS / name
