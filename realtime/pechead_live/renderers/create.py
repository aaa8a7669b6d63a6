"""Renderers by name."""

from typing import Literal

from pechead.face.model import FaceModel
from pechead_live.renderers.base import Renderer
from pechead_live.renderers.geometric import GeometricRenderer
from pechead_live.renderers.still import StillRenderer

RendererName = Literal["geometric", "still"]


def create_renderer(name: RendererName, model: FaceModel) -> Renderer:
    """A renderer that has no source yet.

    Args:
        name: which one.
        model: the face model that landmarks belong to.
    """
    return GeometricRenderer(model) if name == "geometric" else StillRenderer()
