"""Keys from the terminal that the program was started in."""

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

POLL = 0.1
"""Seconds between looks at whether the run has ended."""

READ_AT_ONCE = 64
"""Bytes; the characters of one key come together."""

_SEVERAL_CHARACTERS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\x1b])")
"""Arrows and function keys, and letters typed with Alt; Escape alone is the Escape key."""


@contextmanager
def keys_from_terminal(press: Callable[[str], object]) -> Iterator[None]:
    """Call ``press`` with every key that is typed while the block runs; nothing where stdin is no terminal.

    Keys count without Enter and are not shown; Ctrl-C goes on to work. The terminal is afterwards as it was.

    Args:
        press: gets one character, in a thread of its own.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        yield
        return
    ended = threading.Event()
    listen = _listen_windows if sys.platform == "win32" else _listen_posix
    listener = threading.Thread(target=listen, args=(press, ended), name="terminal keys", daemon=True)
    listener.start()
    try:
        yield
    finally:
        ended.set()
        listener.join(10 * POLL)


def keys_in(typed: str) -> list[str]:
    """The keys in what was read at once, without those that come as several characters, Escape first."""
    return list(_SEVERAL_CHARACTERS.sub("", typed))


def _listen_posix(press: Callable[[str], object], ended: threading.Event) -> None:
    if sys.platform != "win32":
        import select
        import termios
        import tty

        descriptor = sys.stdin.fileno()
        with suppress(OSError, termios.error):
            before = termios.tcgetattr(descriptor)
            raw: list[object] | None = None
            try:
                while not ended.is_set():
                    # A job in the background that touches its terminal is stopped by the shell.
                    if os.tcgetpgrp(descriptor) != os.getpgrp():
                        ended.wait(POLL)
                        continue
                    # Again each time: a shell sets it back when the program was suspended.
                    if raw is None or termios.tcgetattr(descriptor) != raw:
                        tty.setcbreak(descriptor, termios.TCSANOW)
                        raw = termios.tcgetattr(descriptor)
                    if not select.select([descriptor], [], [], POLL)[0]:
                        continue
                    typed = os.read(descriptor, READ_AT_ONCE)
                    if not typed:
                        return
                    for key in keys_in(typed.decode(errors="ignore")):
                        press(key)
            finally:
                if os.tcgetpgrp(descriptor) == os.getpgrp():
                    termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _listen_windows(press: Callable[[str], object], ended: threading.Event) -> None:
    if sys.platform == "win32":
        import msvcrt

        while not ended.wait(POLL):
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                if key in ("\x00", "\xe0"):
                    msvcrt.getwch()  # the second half of an arrow or function key
                else:
                    press(key)
