"""A webcam, through OpenCV."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.utils.logging import LOG_LEVEL_SILENT, setLogLevel

from pechead.errors import CameraError
from pechead_live.cameras.base import Camera
from pechead_live.cameras.names import CameraDevice
from pechead_live.clock import Clock
from pechead_live.frames import CameraFrame, Image

LONGEST_WAIT_TO_CLOSE = 1.0
"""Seconds that ``close`` waits for a read, which a stalled camera can block for 10; the read closes then."""

DAMAGED_IN_A_ROW = 30
"""So many pictures that can't be decoded, and the camera counts as gone."""

LONGEST_TRANSFER = 1.0
"""Seconds; a driver's timestamp that is older belongs to another clock than ours."""


@dataclass(frozen=True)
class WebcamSettings:
    """What the camera is asked for; it may choose something near.

    Attributes:
        size: width and height in pixels. A face needs few; more only cost decoding time.
        frames_per_second: the wanted rate.
    """

    size: tuple[int, int] = (640, 480)
    frames_per_second: float = 30.0


class Webcam(Camera):
    """Reads an opened device.

    ``captured_at`` is the driver's own timestamp where there is a usable one (Linux), or the moment at
    which the frame arrived, before it was decoded.

    Args:
        name: how messages speak of it.
        capture: opened; this object closes it.
        clock: the machine's monotonic clock.
        frames_per_second: the rate to assume if the device doesn't say.
    """

    ends = False

    def __init__(
        self, name: str, capture: cv2.VideoCapture, clock: Clock, frames_per_second: float = 30.0
    ) -> None:
        self.name = name
        self.size = (int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        self.frames_per_second = float(capture.get(cv2.CAP_PROP_FPS)) or frames_per_second
        self._capture = capture
        self._clock = clock
        self._has_driver_time = capture.getBackendName() == "V4L2"
        self._sequence = 0
        self._closed = False
        self._device_in_use = threading.Lock()

    def read(self) -> CameraFrame | None:
        with self._device_in_use:
            frame = None if self._closed else self._next_frame()
            if self._closed:
                self._capture.release()
                return None
        if frame is None:
            raise CameraError(
                f"the camera {self.name} stopped sending pictures after {self._sequence} frames",
                "plug it in again, or close other programs that use it",
            )
        self._sequence += 1
        return frame

    def close(self) -> None:
        self._closed = True
        if self._device_in_use.acquire(timeout=LONGEST_WAIT_TO_CLOSE):
            try:
                self._capture.release()
            finally:
                self._device_in_use.release()

    def _next_frame(self) -> CameraFrame | None:
        """The next picture that can be decoded; None if there is none."""
        for _ in range(DAMAGED_IN_A_ROW):
            if self._closed or not self._capture.grab():
                return None
            arrived_at = self._clock.now()
            driver_time = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 if self._has_driver_time else None
            image = self._decoded()
            if image is not None:
                return CameraFrame(self._sequence, capture_moment(driver_time, arrived_at), image)
            self._sequence += 1
        return None

    def _decoded(self) -> Image | None:
        """The picture that was grabbed last; None if it came damaged, as over a loose cable."""
        try:
            there, picture = self._capture.retrieve()
            return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8) if there else None
        except cv2.error:
            return None


def capture_moment(driver_time: float | None, arrived_at: float) -> float:
    """When a frame was taken (seconds): the driver's time if it can be of the same clock, or its arrival."""
    if driver_time is not None and arrived_at - LONGEST_TRANSFER <= driver_time <= arrived_at:
        return driver_time
    return arrived_at


def open_webcam(device: CameraDevice, clock: Clock, settings: WebcamSettings | None = None) -> Webcam:
    """Open a camera and make sure that it is free.

    Raises:
        CameraError: it is in use, not allowed, or sends nothing.
    """
    settings = settings or WebcamSettings()
    with _quiet_opencv():
        for parameters in _attempts(settings, device.backend):
            capture = cv2.VideoCapture(device.number, device.backend, parameters)
            if capture.isOpened():
                break
            capture.release()
        # Windows opens cameras that another program holds, and refuses the pictures only.
        if not capture.isOpened() or not capture.grab():
            capture.release()
            allowed = not device.path.startswith("/dev/") or os.access(device.path, os.R_OK | os.W_OK)
            raise cannot_open(f"{device.number} ({device.name})", allowed, sys.platform)
    return Webcam(device.name, capture, clock, settings.frames_per_second)


def cannot_open(camera: str, allowed: bool, platform: str) -> CameraError:
    """The reason why a camera that exists can't be opened.

    Args:
        camera: its number and name.
        allowed: whether this user may open the device file; True where there is none.
        platform: a ``sys.platform``.
    """
    if not allowed:
        return CameraError(
            f"no permission to open camera {camera}",
            "run 'sudo usermod -aG video $USER', then log out and in again",
        )
    settings = {
        "darwin": "allow your terminal under System Settings > Privacy & Security > Camera",
        "win32": "allow desktop apps under Settings > Privacy & security > Camera",
    }
    remedy = "close other programs that use it"
    if platform in settings:
        remedy = f"{remedy}, or {settings[platform]}"
    return CameraError(f"camera {camera} can't be opened or sends no pictures", remedy)


def _attempts(settings: WebcamSettings, backend: int) -> Iterator[list[int]]:
    """What to open the camera with, from the best on.

    All at once while opening, since DirectShow ignores a later change of the format. Motion JPEG first:
    without it USB 2 cameras fall to 5 to 10 frames a second at larger sizes. A camera that lacks it
    refuses to open.
    """
    width, height = settings.size
    wanted = [cv2.CAP_PROP_FRAME_WIDTH, width, cv2.CAP_PROP_FRAME_HEIGHT, height]
    wanted += [cv2.CAP_PROP_FPS, round(settings.frames_per_second)]
    if backend == cv2.CAP_V4L2:
        # The fewest that don't cost frames: one is being filled while we decode the other.
        wanted += [cv2.CAP_PROP_BUFFERSIZE, 2]
    motion_jpeg = [cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")]
    if backend != cv2.CAP_AVFOUNDATION:
        yield motion_jpeg + wanted
    yield wanted
    yield []


@contextmanager
def _quiet_opencv() -> Iterator[None]:
    """OpenCV writes warnings to the terminal about each way of opening that fails; we report the outcome."""
    level = setLogLevel(LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        setLogLevel(level)
