"""What live controls have set. Pure: a command gives a new state."""

from dataclasses import dataclass, fields, replace
from typing import Any

from pechead_live.compositor.view import View
from pechead_live.controls.commands import BY_NAME, Command, Kind

KEPT = (
    "pose_gain", "expression_gain", "mirror_output", "mirror_preview", "zoom", "pan_x", "pan_y", "overlay",
)  # fmt: skip
"""What is remembered for the next run."""


@dataclass(frozen=True)
class ControlState:
    """One field a command that sets something; the commands' table explains them."""

    freeze: bool = False
    hide: bool = False
    hold_frontal: bool = False
    pose_gain: float = 1.0
    expression_gain: float = 1.0
    mirror_output: bool = False
    mirror_preview: bool = False
    zoom: float = 1.0
    pan_x: float = 0.0
    pan_y: float = 0.0
    overlay: bool = False

    @property
    def view(self) -> View:
        """How outputs see the picture."""
        return View(self.zoom, self.pan_x, self.pan_y, self.mirror_output)


def field_of(command: Command) -> str:
    """The field that a command sets."""
    return command.name.replace("-", "_")


def switched(state: ControlState, command: Command, on: bool | None = None) -> ControlState:
    """The state with a switch on or off; None: the other way round."""
    name = field_of(command)
    return replace(state, **{name: not getattr(state, name) if on is None else on})


def moved(state: ControlState, command: Command, step: float) -> ControlState:
    """The state with a number larger by ``step``, within its range."""
    return put(state, command, getattr(state, field_of(command)) + step)


def put(state: ControlState, command: Command, value: float) -> ControlState:
    """The state with a number at ``value``, or at the end of its range."""
    within = round(min(max(value, command.low), command.high), 3)
    changed: dict[str, Any] = {field_of(command): within}
    return replace(state, **changed)


def unzoomed(state: ControlState) -> ControlState:
    """The state with all of the picture in view."""
    fresh = ControlState()
    return replace(state, zoom=fresh.zoom, pan_x=fresh.pan_x, pan_y=fresh.pan_y)


def wrong_value(name: str, value: Any) -> str | None:
    """What is wrong with a field's value; None if nothing is.

    Args:
        name: of a field of ``ControlState``.
        value: from a file that anybody may have edited.
    """
    command = BY_NAME[name.replace("_", "-")]
    if command.kind is Kind.SWITCH:
        return None if isinstance(value, bool) else "has to be true or false"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "has to be a number"
    if not command.low <= value <= command.high:
        return f"has to be from {command.low:g} to {command.high:g}"
    return None


def described(state: ControlState) -> list[str]:
    """What differs from the beginning, for people: ``mirror output on``, ``zoom 1.5``."""
    fresh = ControlState()
    return [
        describe(state, field.name)
        for field in fields(state)
        if getattr(state, field.name) != getattr(fresh, field.name)
    ]


def describe(state: ControlState, name: str) -> str:
    """One field for people."""
    value = getattr(state, name)
    shown = ("on" if value else "off") if isinstance(value, bool) else f"{value:.1f}"
    return f"{name.replace('_', ' ')} {shown}"
