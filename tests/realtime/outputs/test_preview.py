"""The preview window, in a process and on a display of its own: Qt ends a process whose display goes away."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pechead.errors import OutputError
from pechead_live.outputs.display import check_display, x_server_addresses
from pechead_live.outputs.preview import PreviewOutput, key_of

SHOW = """
import cv2, numpy as np
from pechead_live.outputs.preview import PreviewOutput
with PreviewOutput((320, 240), 30.0, title="first") as output:
    for number in range(3):
        output.send(np.full((240, 320, 3), (255, 0, 0), np.uint8), number / 30)
    print(output.needs_main_thread, output.closed_by_user, output.poll())
    cv2.destroyWindow("first")  # what a click on its cross does
    output.send(np.zeros((240, 320, 3), np.uint8), 1.0)
    print(output.closed_by_user)
    output.send(np.zeros((240, 320, 3), np.uint8), 1.1)
    print(output.closed_by_user, output.poll())
output.close()
"""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A display without a screen."""
    if not sys.platform.startswith("linux") or shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as answer:
        number = answer.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


def test_it_shows_frames_and_notices_when_the_user_closes_it(display: str) -> None:
    environment = {**os.environ, "DISPLAY": display}

    done = subprocess.run([sys.executable, "-c", SHOW], env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["True False None", "True", "True None"]


def test_it_opens_beside_a_file_that_is_named_first(display: str, tmp_path: Path) -> None:
    environment = {**os.environ, "DISPLAY": display}
    words = ["--demo", "--duration", "0.5", "--size", "320x240", "--output", "x.mp4", "--output", "preview"]

    done = subprocess.run(
        [sys.executable, "-m", "pechead_live", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.mp4").stat().st_size > 1000
    assert "preview window" in done.stderr


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (0x68, "h"),
        (0x1B, "\x1b"),
        (0x100068, "h"),  # with Num Lock, as GTK says it
        (-1, None),
        (0xFF63, None),  # Insert
        (0xFF51, None),  # the arrow to the left
        (0xFFE1, None),  # Shift alone
        (0x250000, None),  # the arrow to the left on Windows
        (0xF702, None),  # and on macOS
    ],
)
def test_only_keys_that_type_a_character_count(code: int, key: str | None) -> None:
    assert key_of(code) == key


def test_a_display_that_answers_is_accepted(display: str) -> None:
    check_display("linux", {"DISPLAY": display})


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the other systems always have a display")
def test_without_a_display_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)

    with pytest.raises(
        OutputError, match=r"^there is no display for the preview.*: run it in a desktop session"
    ):
        PreviewOutput((320, 240), 30.0)


def test_wayland_alone_is_not_enough_for_opencv() -> None:
    with pytest.raises(OutputError, match="Wayland only, without Xwayland"):
        check_display("linux", {"WAYLAND_DISPLAY": "wayland-0"})


@pytest.mark.skipif(sys.platform == "win32", reason="local sockets are POSIX's")
@pytest.mark.parametrize("name", [":4711", "nonsense", "127.0.0.1:4711"])
def test_a_display_that_does_not_answer_is_refused(name: str) -> None:
    with pytest.raises(OutputError, match=f"the display DISPLAY={name} doesn't answer"):
        check_display("linux", {"DISPLAY": name})


def test_a_forwarded_display_is_reached_through_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        accepting = threading.Thread(target=server.accept, daemon=True)
        accepting.start()
        check_display("linux", {"DISPLAY": f"127.0.0.1:{port - 6000}.0"})
        accepting.join(timeout=10)
        assert not accepting.is_alive()


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        (":0", ["\0/tmp/.X11-unix/X0", "/tmp/.X11-unix/X0"]),
        ("unix:1.0", ["\0/tmp/.X11-unix/X1", "/tmp/.X11-unix/X1"]),
        ("localhost:10.0", [("localhost", 6010)]),
        ("", []),
        (":", []),
    ],
)
def test_display_names_lead_to_their_server(name: str, addresses: list[object]) -> None:
    assert x_server_addresses(name) == addresses


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_always_have_a_display(platform: str) -> None:
    check_display(platform, {})
