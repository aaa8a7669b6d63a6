"""A camera that is opened again when it was unplugged."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from pechead.errors import CameraError
from pechead_live.cameras.base import Camera
from pechead_live.frames import CameraFrame, DrivingMotion

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
"""Seconds between attempts; each pause is twice as long as the one before."""

log = logging.getLogger(__name__)


def pause_before(attempt: int) -> float:
    """Seconds to wait before an attempt to open the camera again, counted from 0."""
    return min(FIRST_PAUSE * 2.0**attempt, LONGEST_PAUSE)


class ReopeningCamera(Camera):
    """Reads a device; when it is gone, says so, and waits in ``read`` until it can be opened again.

    ``sequence`` goes on counting. A camera that ends by nature, a file, is never opened again.

    Args:
        open_camera: opens the device; called at once, and whenever it was lost.
        pause: seconds to wait before an attempt, see ``pause_before``.

    Raises:
        CameraError: it can't be opened in the first place.
    """

    def __init__(
        self, open_camera: Callable[[], Camera], pause: Callable[[int], float] = pause_before
    ) -> None:
        self._open_camera = open_camera
        self._pause = pause
        self._closed = threading.Event()
        self._offset = 0
        self._last_sequence = -1
        self._use(open_camera())

    def read(self) -> CameraFrame | DrivingMotion | None:
        while not self._closed.is_set():
            try:
                frame = self._camera.read()
            except Exception as error:
                if self.ends or self._closed.is_set():
                    raise
                log.warning("%s: plug it in again, or press Ctrl-C to end", _what_happened(self.name, error))
                self._camera.close()
                self._reopen()
                continue
            if frame is None:
                return None
            self._last_sequence = frame.sequence + self._offset
            return replace(frame, sequence=self._last_sequence)
        return None

    def close(self) -> None:
        self._closed.set()
        self._camera.close()

    def _reopen(self) -> None:
        attempt = 0
        while not self._closed.wait(self._pause(attempt)):
            try:
                camera = self._open_camera()
            except CameraError as error:
                log.debug("attempt %d: %s", attempt, error)
                attempt += 1
                continue
            self._use(camera)
            self._offset = self._last_sequence + 1
            if self._closed.is_set():
                camera.close()
            log.warning("the camera %s is back", self.name)
            return

    def _use(self, camera: Camera) -> None:
        self._camera = camera
        self.name, self.size, self.ends = camera.name, camera.size, camera.ends
        self.frames_per_second = camera.frames_per_second


def _what_happened(camera: str, error: Exception) -> str:
    if isinstance(error, CameraError):
        return error.happened
    return f"the camera {camera} can't be read ({type(error).__name__}: {error})"
