"""What happens in the guest, on real video devices; the results go to ``/out/results.json``.

``/dev/video0`` plays a webcam, ``/dev/video10`` is the virtual camera under test, ``/out`` the host's folder.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.end_to_end.guest import browser
from tests.end_to_end.guest.compare import compare, frames_of

from pechead_live.outputs.v4l2loopback import heal, query
from pechead_live.outputs.virtual_camera import VirtualCameraOutput

Picture = NDArray[np.uint8]

OUT = Path("/out")
WEBCAM, VIRTUAL = "/dev/video0", "/dev/video10"
SIZE = (640, 480)
FEED = f"ffmpeg -nostdin -v error -re -stream_loop -1 -i {OUT}/webcam.avi -pix_fmt yuyv422 -f v4l2 {WEBCAM}"
PATIENCE = 120.0


class Product:
    """pechead-live from the webcam into the virtual camera, until it is ended."""

    def __init__(self, name: str, *words: str) -> None:
        self.errors = OUT / f"{name}.err"
        output = f"virtual-camera:{VIRTUAL}"
        command = [sys.executable, "-m", "pechead_live", "--source", str(OUT / "me.png"), "--yes"]
        command += ["--renderer", "geometric"]
        command += ["--camera", WEBCAM, "--size", "640x480", "--output", output, *words]
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(command, stderr=errors)

    def end(self) -> tuple[int, float]:
        """Ask it to terminate; exit code and seconds that it took."""
        asked_at = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60), time.monotonic() - asked_at

    def said(self) -> str:
        """Everything on its standard error, on one line."""
        return " ".join(self.errors.read_text().split())

    def wait_to_say(self, text: str) -> float:
        """Seconds until it says something."""
        since = time.monotonic()
        wait(lambda: text in self.said())
        return time.monotonic() - since


def wait(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Until something is so."""
    ends_at = time.monotonic() + patience
    while not condition():
        if time.monotonic() > ends_at:
            raise TimeoutError(f"in vain for {patience:.0f} s")
        time.sleep(0.05)


def open_virtual() -> cv2.VideoCapture:
    """The virtual camera as a program with OpenCV sees it, once it is there."""
    capture = cv2.VideoCapture()
    wait(lambda: bool(capture.open(VIRTUAL, cv2.CAP_V4L2)))
    return capture


def read(capture: cv2.VideoCapture) -> Picture:
    there, picture = capture.read()
    if not there:
        raise OSError("the virtual camera gives no frame")
    return np.asarray(picture[..., ::-1], np.uint8)


def wait_to_move() -> None:
    """Until the virtual camera shows a moving avatar: the slate stands still."""
    capture = open_virtual()
    wait(lambda: difference(read(capture), read(capture)) > 0.1)
    capture.release()


def difference(left: Picture, right: Picture) -> float:
    return float(np.abs(left.astype(np.int16) - right).mean())


def read_by_everyone() -> dict[str, object]:
    """ffmpeg, OpenCV and Chromium read what is sent, which a lossless recording beside it tells."""
    recording = OUT / "sent.mkv"
    product = Product("readers", "--output", str(recording))
    wait_to_move()
    raw = Path("/tmp/ffmpeg.i420")
    command = f"ffmpeg -nostdin -v error -y -f v4l2 -i {VIRTUAL} -frames:v 10 -fps_mode passthrough"
    subprocess.run([*command.split(), "-f", "rawvideo", "-pix_fmt", "yuv420p", str(raw)], timeout=PATIENCE)
    width, height = SIZE
    stored = np.fromfile(raw, np.uint8).reshape(-1, height * 3 // 2, width)
    got = {"ffmpeg": [np.asarray(cv2.cvtColor(i420, cv2.COLOR_YUV2RGB_I420), np.uint8) for i420 in stored]}
    capture = open_virtual()
    got["opencv"] = [read(capture) for _ in range(10)]
    capture.release()
    chromium = browser.find()
    if chromium is not None:
        got["chromium"] = browser.pictures(chromium, SIZE, [WEBCAM, "/dev/video2"], OUT / "chromium.log")
    code, _ = product.end()
    sent = frames_of(recording)
    return {"exit code": code, "sent": len(sent)} | {
        name: compare(pictures, sent) for name, pictures in got.items()
    }


def start_stop_start() -> dict[str, object]:
    """Three runs after each other, each ended by SIGTERM."""
    runs = []
    for number in range(3):
        product = Product(f"start{number}")
        wait_to_move()
        code, seconds = product.end()
        state = query(VIRTUAL)
        runs.append({"exit code": code, "seconds to end": seconds, "device": state.value if state else None})
    return {"runs": runs}


def unplug() -> dict[str, object]:
    """The webcam's feed stops and comes back; the virtual camera goes on all the time."""
    product = Product("unplug")
    wait_to_move()
    # The only one in this guest; it was started by the guest's own start script.
    feeder = int(subprocess.check_output(["pgrep", "-o", "ffmpeg"]))
    os.kill(feeder, signal.SIGKILL)
    told_after = product.wait_to_say("plug it in again")
    capture = open_virtual()
    frames = [read(capture) for _ in range(30)]
    capture.release()
    heal(WEBCAM)  # ffmpeg, too, leaves a v4l2loopback 0.12 device stuck
    back_at = time.monotonic()
    subprocess.Popen(FEED.split())
    product.wait_to_say("is back")
    wait_to_move()
    recovered_after = time.monotonic() - back_at
    code, _ = product.end()
    return {
        "told after": told_after,
        "frames meanwhile": len(frames),
        "recovered after": recovered_after,
        "exit code": code,
    }


def added_latency(flips: int = 20) -> dict[str, object]:
    """From the hand-over of a frame of another colour until a reader of the virtual camera has it."""
    colours = [np.full((SIZE[1], SIZE[0], 3), colour, np.uint8) for colour in ((200, 30, 30), (30, 30, 200))]
    seen: list[tuple[float, bool]] = []
    ended = threading.Event()

    def watch() -> None:
        capture = open_virtual()
        while not ended.is_set():
            picture = read(capture)
            seen.append((time.monotonic(), bool(picture[240, 320, 0] > 128)))
        capture.release()

    delays = []
    with VirtualCameraOutput(SIZE, 30.0, VIRTUAL) as output:
        reader = threading.Thread(target=watch)
        reader.start()
        for number in range(flips):
            for beat in range(12):
                at = time.monotonic()
                output.send(colours[number % 2], 0.0)
                if beat == 0:
                    flipped_at = at
                time.sleep(1 / 30)
            arrived = [t for t, red in seen if t > flipped_at and red == (number % 2 == 0)]
            if number and arrived:
                delays.append((arrived[0] - flipped_at) * 1e3)
        ended.set()
        output.send(colours[0], 0.0)
        reader.join(15)
    return {"flips": len(delays), "median ms": float(np.median(delays)), "worst ms": float(max(delays))}


def whole_latency() -> dict[str, object]:
    """From a head that is suddenly elsewhere before the webcam to the avatar's head in a reader's hands.

    The webcam's colours never get through, so it is the avatar's movement that is waited for.
    """
    photo = cv2.imread(str(OUT / "me.png"))
    assert photo is not None
    centred = np.asarray(cv2.resize(photo, (SIZE[1], SIZE[1]))[..., ::-1], np.uint8)
    places = []
    for left in (40, 120):
        picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        picture[:, left : left + SIZE[1]] = centred
        places.append(picture)
    with suppress(subprocess.CalledProcessError):
        os.kill(int(subprocess.check_output(["pgrep", "-o", "ffmpeg"])), signal.SIGKILL)
    time.sleep(1)
    flips: list[float] = []
    seen: list[tuple[float, float]] = []
    ended = threading.Event()

    def show() -> None:
        with VirtualCameraOutput(SIZE, 30.0, WEBCAM) as webcam:
            beat = 0
            while not ended.is_set():
                if beat % 45 == 0:
                    flips.append(time.monotonic())
                webcam.send(places[beat // 45 % 2], 0.0)
                beat += 1
                time.sleep(1 / 30)

    shower = threading.Thread(target=show)
    shower.start()
    product = Product("latency", "--motion", "absolute", "--smooth", "0", "--crop", "whole")
    wait_to_move()
    capture = open_virtual()
    started_at, last = time.monotonic(), read(capture)
    while time.monotonic() < started_at + 24:
        picture = read(capture)
        seen.append((time.monotonic(), difference(picture, last)))
        last = picture
    capture.release()
    code, _ = product.end()
    ended.set()
    shower.join(15)
    threshold = max(change for _, change in seen) / 4
    delays = []
    for flipped_at in flips:
        moved = [at for at, change in seen if flipped_at < at < flipped_at + 1.2 and change > threshold]
        if moved:
            delays.append((moved[0] - flipped_at) * 1e3)
    age = re.search(r"frame age at virtual camera \S+ +\d+ +([\d.]+)", product.said())
    return {
        "exit code": code,
        "flips": len(delays),
        "median ms": float(np.median(delays)),
        "worst ms": float(max(delays)),
        "frame age p50 ms": float(age.group(1)) if age else None,
    }


SCENES: tuple[Callable[[], dict[str, object]], ...] = (
    read_by_everyone,
    start_stop_start,
    unplug,
    added_latency,
    whole_latency,
)


def main() -> None:
    """Play every scene; one that fails says how and doesn't keep the others from being played."""
    results: dict[str, object] = {}
    for scene in SCENES:
        try:
            results[scene.__name__] = scene()
        except Exception:
            results[scene.__name__] = {"failed": traceback.format_exc()}
        (OUT / "results.json").write_text(json.dumps(results, indent=1))
        with suppress(subprocess.CalledProcessError):
            # A product that a failed scene left running must not harm the next one.
            for found in subprocess.check_output(["pgrep", "-f", "m pechead_live"]).split():
                os.kill(int(found), signal.SIGKILL)


if __name__ == "__main__":
    main()
