"""Renderers by name."""

from typing import Literal

from pechead.face.model import FaceModel
from pechead_engines.shipped import has_shipped_model, shipped_model
from pechead_live.renderers.base import Renderer
from pechead_live.renderers.geometric import GeometricRenderer
from pechead_live.renderers.still import StillRenderer

RendererName = Literal["pechead", "geometric", "still"]

NETWORK_THREADS = 2


def choose_renderer(wish: RendererName | Literal["auto"]) -> RendererName:
    """The one that is wished for; ``auto`` is the networks where their model is installed, else geometric."""
    if wish != "auto":
        return wish
    return "pechead" if has_shipped_model() else "geometric"


def create_renderer(name: RendererName, model: FaceModel) -> Renderer:
    """A renderer that has no source yet.

    Args:
        name: which one.
        model: the face model that landmarks belong to.

    Raises:
        ModelFileError: the networks' model is missing or damaged.
    """
    if name == "pechead":
        # ONNX Runtime is only loaded where it is needed.
        from pechead_live.renderers.pechead import PecheadRenderer

        return PecheadRenderer(model, shipped_model(), NETWORK_THREADS)
    return GeometricRenderer(model) if name == "geometric" else StillRenderer()
