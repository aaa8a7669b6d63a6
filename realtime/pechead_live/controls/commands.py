"""The one table of commands: keys, help and documentation are made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

ESCAPE = "\x1b"


class Kind(Enum):
    """What a command takes."""

    ACTION = "nothing"
    SWITCH = "on or off"
    NUMBER = "a number"


@dataclass(frozen=True)
class Key:
    """A key that gives a command.

    Attributes:
        character: as the keyboard types it, in lower case; both count, since OpenCV's windows on Linux can't
            tell them apart, and Caps Lock must not put the keys out of action.
        value: what a key of an action hands over, or a key of a number adds to it.
    """

    character: str
    value: float = 0.0

    @property
    def name(self) -> str:
        """How people call it."""
        return "Esc" if self.character == ESCAPE else self.character


@dataclass(frozen=True)
class Command:
    """Something that the user can do.

    Attributes:
        name: for programs and people.
        keys: in the preview and in the terminal.
        help: what it does, in a few words.
        kind: what it takes.
        low, high: the range of a number.
    """

    name: str
    keys: tuple[Key, ...]
    help: str
    kind: Kind = Kind.ACTION
    low: float = 0.0
    high: float = 0.0

    @property
    def key_names(self) -> str:
        """Its keys for people, ``q, Esc`` or ``1 to 9``."""
        names = [key.name for key in self.keys]
        return f"{names[0]} to {names[-1]}" if len(names) > 4 else ", ".join(names)


def _switch(name: str, key: str, text: str) -> Command:
    return Command(name, (Key(key),), text, Kind.SWITCH)


def _number(name: str, keys: Mapping[str, float], low: float, high: float, text: str) -> Command:
    return Command(name, tuple(Key(key, step) for key, step in keys.items()), text, Kind.NUMBER, low, high)


COMMANDS = (
    Command("calibrate", (Key("c"),), "take your next calm moment as the new neutral"),
    Command("next-avatar", (Key("n", 1),), "the next photo"),
    Command("previous-avatar", (Key("p", -1),), "the photo before"),
    Command("avatar", tuple(Key(str(n), n) for n in range(1, 10)), "the first to ninth photo"),
    _switch("freeze", "f", "keep the picture as it is"),
    _switch("hide", "h", "show a slate in the avatar's place"),
    _switch("hold-frontal", "l", "the head faces the camera and stays, only the face moves"),
    _number("pose-gain", {"u": 0.1, "j": -0.1}, 0, 2, "more, less of your head's movement"),
    _number("expression-gain", {"i": 0.1, "k": -0.1}, 0, 2, "more, less of your expression"),
    _switch("mirror-output", "t", "left for right in what others see"),
    _switch("mirror-preview", "m", "left for right in the preview alone"),
    _number("zoom", {"+": 0.1, "=": 0.1, "-": -0.1}, 1, 4, "nearer, farther"),
    _number("pan-x", {"a": -0.1, "d": 0.1}, -1, 1, "the zoomed picture's left, right"),
    _number("pan-y", {"w": -0.1, "s": 0.1}, -1, 1, "the zoomed picture's upper, lower part"),
    Command("reset-view", (Key("0"),), "all of the picture, unzoomed"),
    _switch("overlay", "o", "rates, frame age, times and drops in the preview"),
    Command("record", (Key("r"),), "begin or end a recording, a file in the current folder"),
    Command("help", (Key("?"),), "show these keys in the terminal"),
    Command("quit", (Key("q"), Key(ESCAPE)), "end the run"),
)

BY_NAME: Mapping[str, Command] = MappingProxyType({command.name: command for command in COMMANDS})
BY_KEY: Mapping[str, tuple[Command, Key]] = MappingProxyType(
    {key.character: (command, key) for command in COMMANDS for key in command.keys}
)


def command_lines() -> list[str]:
    """The table for people, a line a command."""
    width = max(len(command.key_names) for command in COMMANDS)
    return [f"{command.key_names:{width}}  {command.name}: {command.help}" for command in COMMANDS]
