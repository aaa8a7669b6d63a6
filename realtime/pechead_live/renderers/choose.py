"""What draws: the networks where they keep up on this machine, else geometry."""

from dataclasses import dataclass, replace

from pechead_engines.choose import ChosenEngine
from pechead_live.renderers.create import network_engine
from pechead_live.settings import Settings

SLOWEST = 0.04
"""Seconds of the networks' frame beyond which they are not taken by themselves: 25 frames a second."""


@dataclass(frozen=True)
class ChosenRenderer:
    """What is to draw.

    Attributes:
        settings: the user's, with a renderer, and with engine and precision where networks draw: nothing need
            be asked or timed again.
        label: what draws, as people call it: ``pechead on ONNX Runtime, int8``.
        lines: that say what draws, and why if nobody asked for it; for people.
    """

    settings: Settings
    label: str
    lines: tuple[str, ...] = ()


def choose_renderer(settings: Settings) -> ChosenRenderer:
    """The renderer that was asked for, or the best that this machine can draw in time.

    Offline there is time for the networks everywhere, and whoever asks for an engine or a precision asks for
    them.

    Raises:
        EngineError: the engine that was asked for can't run on this machine.
        ModelFileError: the networks' model is missing or damaged.
    """
    if settings.renderer not in ("auto", "pechead"):
        return ChosenRenderer(settings, settings.renderer)
    engine = network_engine(settings.engine, settings.precision)
    asked = settings.renderer == "pechead" or settings.engine != "auto" or settings.precision != "auto"
    if asked or settings.offline or not too_slow(engine):
        precision = engine.precision or "float32"
        drawn = replace(settings, renderer="pechead", engine=engine.name, precision=precision)
        return ChosenRenderer(drawn, f"pechead on {engine.label}", (str(engine),))
    return ChosenRenderer(replace(settings, renderer="geometric"), "geometric", (reason(engine),))


def too_slow(engine: ChosenEngine) -> bool:
    """Whether an engine's frames take longer than a call allows."""
    return engine.seconds is not None and engine.seconds > SLOWEST


def reason(engine: ChosenEngine) -> str:
    """Why geometry draws; for people."""
    assert engine.seconds is not None
    return (
        f"renderer: geometric (auto: the networks take {1e3 * engine.seconds:.0f} ms a frame here with "
        f"{engine.label}, more than {1e3 * SLOWEST:.0f}; --renderer pechead takes them all the same)"
    )
