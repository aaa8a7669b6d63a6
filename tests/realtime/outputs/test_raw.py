"""Raw frames for another program."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.errors import OutputError
from pechead_live.outputs.raw import RawOutput

Draw = Callable[..., NDArray[np.uint8]]

SEND_ONE = """
import numpy as np
from pechead.errors import OutputError
from pechead_live.outputs.raw import RawOutput
try:
    with RawOutput((640, 480), 30.0) as output:
        for _ in range(10):
            output.send(np.full((480, 640, 3), 7, np.uint8), 0.0)
except OutputError as error:
    raise SystemExit(str(error))
"""


def test_frames_follow_each_other_without_gaps(numbered_picture: Draw) -> None:
    frames = [numbered_picture(number, (640, 480)) for number in range(3)]
    reader, writer = os.pipe()
    received: list[bytes] = []

    def read() -> None:
        with os.fdopen(reader, "rb") as stream:
            received.append(stream.read())

    thread = threading.Thread(target=read)
    thread.start()
    with RawOutput((640, 480), 30.0, writer) as output:
        for number, frame in enumerate(frames):
            output.send(frame[:, ::-1], number / 30)
    os.close(writer)  # closing the output leaves the descriptor to its owner
    thread.join()

    shown = np.frombuffer(received[0], np.uint8).reshape(3, 480, 640, 3)
    np.testing.assert_array_equal(shown, [frame[:, ::-1] for frame in frames])


def test_standard_output_is_the_default() -> None:
    done = subprocess.run([sys.executable, "-c", SEND_ONE], capture_output=True, check=True)

    assert done.stdout == b"\x07" * (10 * 640 * 480 * 3)


def test_a_reader_that_ends_ends_the_output_in_one_line() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SEND_ONE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=False
    ) as sender:
        assert sender.stdout is not None
        assert sender.stderr is not None
        sender.stdout.read(1000)
        sender.stdout.close()
        message = sender.stderr.read().decode()

    assert message.strip() == "the program that reads standard output has ended: start both again"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/full is Linux's")
def test_a_full_disk_is_reported_in_one_line() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", SEND_ONE], stdout=full, stderr=subprocess.PIPE, text=True
        )

    assert done.stderr.startswith("standard output can't be written (No space left on device): ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")
def test_a_terminal_is_spared() -> None:
    master, terminal = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", SEND_ONE], stdout=terminal, stderr=subprocess.PIPE, text=True
        )
    finally:
        os.close(terminal)
        os.close(master)

    assert done.stderr.startswith("raw frames would fill the terminal: pipe it into a program, such as ")


def test_no_standard_output_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)  # as in a Windows program without a console

    with pytest.raises(OutputError, match="there is no standard output"):
        RawOutput((640, 480), 30.0)
