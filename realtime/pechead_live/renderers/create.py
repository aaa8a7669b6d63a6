"""Renderers by name."""

from collections.abc import Callable

from pechead.face.model import FaceModel
from pechead_engines.choose import ChosenEngine, choose_engine
from pechead_engines.choose_precision import choose_precision
from pechead_engines.names import EngineChoice, PrecisionChoice
from pechead_engines.shipped import shipped_model
from pechead_engines.tensorrt.library import TensorRTName
from pechead_live.renderers.base import Renderer
from pechead_live.renderers.geometric import GeometricRenderer
from pechead_live.renderers.names import RendererName
from pechead_live.renderers.opened_mouth import OpenedMouth
from pechead_live.renderers.still import StillRenderer

OpenOnCard = Callable[[TensorRTName, FaceModel], Renderer]

NETWORK_THREADS = 2


def network_engine(engine: EngineChoice, precision: PrecisionChoice) -> ChosenEngine:
    """What runs the shipped networks, on this machine, and why.

    Args:
        engine: what was asked for.
        precision: what was asked for.

    Raises:
        EngineError: that can't run on this machine.
        ModelFileError: the networks' model is missing or damaged.
    """
    return choose_precision(choose_engine(engine), shipped_model(), NETWORK_THREADS, precision)


def create_renderer(
    name: RendererName,
    model: FaceModel,
    engine: EngineChoice = "auto",
    precision: PrecisionChoice = "float32",
) -> Renderer:
    """A renderer that has no source yet.

    Args:
        name: which one.
        model: the face model that landmarks belong to.
        engine: what runs the networks.
        precision: in which it runs them.

    Raises:
        EngineError: the engine can't run on this machine.
        ModelFileError: the networks' model is missing or damaged.
    """
    if name == "pechead":
        return network_renderer(model, network_engine(engine, precision))
    return GeometricRenderer(model) if name == "geometric" else StillRenderer()


def open_on_card(name: TensorRTName, model: FaceModel) -> Renderer:
    """The shipped networks on the graphics card, whose kernels draw the frames as well.

    Raises:
        EngineError: the card or the library is missing, or can't run or build the engine.
        ModelFileError: the networks' model is missing or damaged.
    """
    from pechead_live.cuda.open import open_cuda_renderer

    return open_cuda_renderer(name, model, shipped_model(), NETWORK_THREADS)


def network_renderer(model: FaceModel, chosen: ChosenEngine, on_card: OpenOnCard = open_on_card) -> Renderer:
    """A renderer of the shipped networks that has no source yet.

    Args:
        model: the face model that landmarks belong to.
        chosen: what runs the networks.
        on_card: opens those that run on a graphics card.

    Raises:
        EngineError: the engine can't run on this machine.
        ModelFileError: the networks' model is missing or damaged.
    """
    if chosen.name == "tensorrt-rtx" or chosen.name == "tensorrt":
        return on_card(chosen.name, model)
    # The engines' libraries are only loaded where they are needed.
    from pechead_live.renderers.pechead import PecheadRenderer

    networks = PecheadRenderer(
        model, shipped_model(), NETWORK_THREADS, chosen.name, chosen.precision or "float32"
    )
    return OpenedMouth(networks, model)
