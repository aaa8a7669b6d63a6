"""Keys typed in the terminal that the program runs in."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pechead_live.controls.terminal import keys_in

if sys.platform == "win32":
    pytest.skip("terminals of this kind are POSIX's", allow_module_level=True)

import pty
import termios


@pytest.mark.parametrize(
    ("typed", "keys"), [("q", ["q"]), ("gg", ["g", "g"]), ("\x1b", ["\x1b"]), ("\x1b[A", []), ("\x1bOP", [])]
)
def test_arrows_and_function_keys_are_not_the_escape_key(typed: str, keys: list[str]) -> None:
    assert keys_in(typed) == keys


def test_a_run_is_controlled_and_ended_from_its_terminal_which_is_as_before_then(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    before = termios.tcgetattr(inside)

    def own_session() -> None:
        """One whose controlling terminal this is."""
        os.setsid()
        os.close(os.open(os.ttyname(inside), os.O_RDWR))

    words = ["--demo", "--size", "64x48", "--output", "none"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pechead_live", *words],
        stdin=inside,
        stdout=inside,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        preexec_fn=own_session,
    )
    ends_at = time.monotonic() + 120
    typed = iter(["?", "\x1b[A", "r", "r", "q"])
    while process.poll() is None and time.monotonic() < ends_at:
        listens = not termios.tcgetattr(inside)[3] & termios.ICANON
        if listens and (key := next(typed, "q")):
            os.write(terminal, key.encode())
        time.sleep(0.7)
    assert process.stderr is not None
    told = process.stderr.read().decode()
    assert process.wait(10) == 0, told
    assert "calibrate: take your next calm moment" in told, "the table of keys"
    assert termios.tcgetattr(inside) == before
    (recording,) = tmp_path.iterdir()
    assert f"wrote {recording}" in told
    os.close(terminal)
    os.close(inside)
