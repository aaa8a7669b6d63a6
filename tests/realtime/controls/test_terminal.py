"""Keys typed in the terminal that the program runs in."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pictures

from pechead_live.controls.terminal import keys_in
from pechead_live.demo.motion import demo_motion
from pechead_live.motion.recording import Recording, save_recording

if sys.platform == "win32":
    pytest.skip("terminals of this kind are POSIX's", allow_module_level=True)

import pty
import termios


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("q", "q"),
        ("gg", "gg"),
        ("\x1b", "\x1b"),
        ("\x1b[A", ""),
        ("\x1bOP", ""),
        ("\x1b[15~", ""),
        ("\x1b[1;5Cn\x1b[Ac", "nc"),
        ("\x1bn", ""),
        ("n\x1b", "n\x1b"),
    ],
)
def test_arrows_and_function_keys_are_not_the_escape_key(typed: str, keys: str) -> None:
    assert keys_in(typed) == list(keys)


class Terminal:
    """A terminal with the program in it: what it shows, and keys to type."""

    def __init__(self, words: list[str], folder: Path) -> None:
        self._end, self.inside = pty.openpty()
        self.before = termios.tcgetattr(self.inside)
        self.shown = ""
        self.program = subprocess.Popen(
            [sys.executable, "-m", "pechead_live", *words],
            stdin=self.inside,
            stdout=self.inside,
            stderr=self.inside,
            cwd=folder,
            env={**os.environ, "PECHEAD_CONFIG": str(folder / "kept"), "COLUMNS": "200"},
            preexec_fn=self._own_session,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _own_session(self) -> None:
        """One whose controlling terminal this is."""
        os.setsid()
        os.close(os.open(os.ttyname(self.inside), os.O_RDWR))

    def _read(self) -> None:
        with suppress(OSError):
            while text := os.read(self._end, 4096):
                self.shown += text.decode(errors="replace")

    def wait_for(self, text: str) -> None:
        ends_at = time.monotonic() + 120
        while text not in " ".join(self.shown.split()):
            assert self.program.poll() is None, self.shown
            assert time.monotonic() < ends_at, f"{text!r} never came: {self.shown}"
            time.sleep(0.02)

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def close(self) -> int:
        """Wait for the program's end."""
        code = self.program.wait(120)
        time.sleep(0.2)
        os.close(self._end)
        return code


def test_a_run_is_controlled_from_its_terminal_and_the_next_one_begins_where_it_ended(
    tmp_path: Path, portrait_photo: NDArray[np.uint8]
) -> None:
    pictures = (portrait_photo, portrait_photo[300:], portrait_photo[:, ::-1])
    for name, picture in zip(("anna", "nobody", "carl"), pictures, strict=True):
        Pictures.fromarray(picture).save(tmp_path / f"{name}.png")
    motion = demo_motion()
    times = np.concatenate([motion.times + 10 * turn for turn in range(60)])
    save_recording(tmp_path / "long.npz", Recording(times, [*motion.moments] * 60))
    words = ["--source", "anna.png", "nobody.png", "carl.png", "--camera", "long.npz"]
    words += ["--output", "none", "--size", "320x240"]

    terminal = Terminal(words, tmp_path)
    terminal.wait_for("New photo: anna.png, nobody.png and carl.png. Is it you")
    terminal.type("yes\n")
    terminal.wait_for("press ? for the keys")
    terminal.wait_for("fps in")
    terminal.wait_for("no face found in nobody.png")
    terminal.type("\x1b[A")  # an arrow, which begins like the Escape key
    terminal.type("n")
    terminal.wait_for("carl.png (3 of 3)")
    terminal.type("?")
    terminal.wait_for("calibrate: take your next calm moment")
    terminal.type("r")
    terminal.wait_for("recording pechead-")
    terminal.type("t")
    terminal.wait_for("mirror output on")
    terminal.type("r")
    terminal.wait_for("recorded pechead-")
    terminal.type("q")
    assert terminal.close() == 0, terminal.shown
    assert termios.tcgetattr(terminal.inside) == terminal.before
    (recording,) = tmp_path.glob("*.mp4")
    assert "wrote" in terminal.shown
    assert recording.stat().st_size > 1000

    again = Terminal([*words, "--duration", "0.3"], tmp_path)
    again.wait_for("set: mirror output on")
    assert again.close() == 0, again.shown
    assert "New photo" not in again.shown
