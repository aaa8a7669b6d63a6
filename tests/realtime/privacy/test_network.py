"""Nothing is sent anywhere: no socket is opened, and without any network everything works."""

import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from pechead_live.frames import Image

RUN_AND_WATCH = """
import os, sys, threading
opened, ended = set(), threading.Event()

def audit(event, arguments):
    # Printing a warning may ask for the machine's own name; that leaves nothing.
    if event.startswith(("socket.connect", "socket.bind", "socket.send", "socket.getaddrinfo")):
        opened.add(f"{event} {arguments}")

def watch():
    # Sockets of native libraries, which no audit event tells of.
    while not ended.wait(0.02):
        for number in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []:
            try:
                target = os.readlink(f"/proc/self/fd/{number}")
            except OSError:
                continue
            if target.startswith("socket:") and int(number) > 2:
                opened.add(target)

sys.addaudithook(audit)
watcher = threading.Thread(target=watch)
watcher.start()
from pechead_live.cli import main
try:
    code = main(sys.argv[1:])
finally:
    ended.set()
    watcher.join()
print(*sorted(opened), sep="\\n")
sys.exit(code)
"""


@pytest.fixture
def words(tmp_path: Path, portrait_photo: Image) -> list[str]:
    """A live run with the face search: a photo, a film of it as camera, a file."""
    cv2.imwrite(str(tmp_path / "me.png"), cv2.cvtColor(portrait_photo, cv2.COLOR_RGB2BGR))
    folder = tmp_path / "camera"
    folder.mkdir()
    for number in range(25):
        moved = portrait_photo[number : number + 480, : 480 - number]
        cv2.imwrite(str(folder / f"{number}.png"), cv2.cvtColor(moved, cv2.COLOR_RGB2BGR))
    return [
        "--source", str(tmp_path / "me.png"), "--camera", str(folder), "--yes", "--size", "256x256",
        "--output", str(tmp_path / "out.mp4"),
    ]  # fmt: skip


def test_a_run_opens_no_socket(words: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", RUN_AND_WATCH, *words], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == ""


def test_the_watch_sees_a_socket_of_python_and_of_native_code() -> None:
    """The control."""
    script = RUN_AND_WATCH.replace(
        "from pechead_live.cli import main",
        "import socket, time\n"
        "def main(_):\n"
        "    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:\n"
        "        s.connect(('127.0.0.1', 9)); time.sleep(0.3)\n"
        "    return 0",
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60).stdout
    assert "socket.connect" in told
    assert "socket:[" in told


def test_everything_works_with_the_network_cut_off(words: list[str], tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True).returncode:
        pytest.skip("the network can't be cut off here")
    result = subprocess.run(
        [unshare, "-rn", sys.executable, "-m", "pechead_live", *words],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert "no face in 0 of them" in result.stderr
    assert (tmp_path / "out.mp4").stat().st_size > 1000
