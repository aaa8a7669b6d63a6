"""Where keys and, later, other remotes come together."""

import threading
from collections.abc import Callable, Mapping

from pechead_live.clock import Clock
from pechead_live.controls.commands import BY_KEY, BY_NAME, Command, Key, Kind
from pechead_live.controls.state import ControlState, describe, field_of, moved, put, switched, unzoomed

NOTICE_SECONDS = 3.0


class Controls:
    """Holds what has been set, and carries out what is done; every method may be called from any thread.

    Args:
        state: at the beginning.
        clock: says how long a notice is shown.
    """

    def __init__(self, state: ControlState, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._lock = threading.Lock()
        self._actions: dict[str, Callable[[float], None]] = {"reset-view": lambda _: self._reset_view()}
        self._notice = ""
        self._notice_ends = 0.0

    @property
    def state(self) -> ControlState:
        """What is set now."""
        return self._state

    @property
    def notice(self) -> str:
        """What was done last, for a few seconds; empty afterwards."""
        return self._notice if self._clock.now() < self._notice_ends else ""

    def on(self, actions: Mapping[str, Callable[[float], None]]) -> None:
        """Say what carries out actions, by the commands' names; they get the key's value."""
        self._actions.update(actions)

    def press(self, character: str) -> bool:
        """Do what a key stands for.

        Returns:
            whether it stands for anything.
        """
        command, key = BY_KEY.get(character.lower(), (None, None))
        if command is None or key is None:
            return False
        self._press(command, key)
        return True

    def do(self, name: str, value: float | bool | None = None) -> None:
        """Carry out a command.

        Args:
            name: of a command.
            value: on or off for a switch, None turns it over; a number for a number; what an action takes.

        Raises:
            KeyError: there is no such command.
        """
        command = BY_NAME[name]
        if command.kind is Kind.ACTION:
            self._act(command, 0.0 if value is None else float(value))
        elif command.kind is Kind.SWITCH:
            self._change(
                command, lambda state: switched(state, command, None if value is None else bool(value))
            )
        elif value is not None:
            self._change(command, lambda state: put(state, command, float(value)))

    def tell(self, text: str) -> None:
        """Show the user a notice for a few seconds."""
        self._notice, self._notice_ends = text, self._clock.now() + NOTICE_SECONDS

    def _press(self, command: Command, key: Key) -> None:
        if command.kind is Kind.ACTION:
            self._act(command, key.value)
        elif command.kind is Kind.SWITCH:
            self._change(command, lambda state: switched(state, command))
        else:
            self._change(command, lambda state: moved(state, command, key.value))

    def _act(self, command: Command, value: float) -> None:
        action = self._actions.get(command.name)
        if action is None:
            self.tell(f"{command.name} is not possible yet")
        else:
            action(value)

    def _change(self, command: Command, change: Callable[[ControlState], ControlState]) -> None:
        with self._lock:
            self._state = change(self._state)
        self.tell(describe(self._state, field_of(command)))

    def _reset_view(self) -> None:
        with self._lock:
            self._state = unzoomed(self._state)
        self.tell("all of the picture")
