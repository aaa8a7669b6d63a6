"""Renderers by name."""

from typing import Literal

from pechead.face.model import FaceModel
from pechead_engines.choose import choose_engine
from pechead_engines.names import EngineChoice
from pechead_engines.shipped import shipped_model
from pechead_live.renderers.base import Renderer
from pechead_live.renderers.geometric import GeometricRenderer
from pechead_live.renderers.opened_mouth import OpenedMouth
from pechead_live.renderers.still import StillRenderer

RendererName = Literal["pechead", "geometric", "still"]

NETWORK_THREADS = 2


def create_renderer(name: RendererName, model: FaceModel, engine: EngineChoice = "auto") -> Renderer:
    """A renderer that has no source yet.

    Args:
        name: which one.
        model: the face model that landmarks belong to.
        engine: what runs the networks.

    Raises:
        EngineError: the engine can't run on this machine.
        ModelFileError: the networks' model is missing or damaged.
    """
    if name == "pechead":
        # The engines' libraries are only loaded where they are needed.
        from pechead_live.renderers.pechead import PecheadRenderer

        networks = PecheadRenderer(model, shipped_model(), NETWORK_THREADS, choose_engine(engine).name)
        return OpenedMouth(networks, model)
    return GeometricRenderer(model) if name == "geometric" else StillRenderer()
