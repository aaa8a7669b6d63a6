"""Which camera a run opens: the one that is named, the one used last, or the first; and that one again."""

import logging

from pechead.errors import CameraError
from pechead_live.cameras.base import Camera
from pechead_live.cameras.open import open_camera
from pechead_live.clock import Clock
from pechead_live.settings import DEFAULT_CAMERA

log = logging.getLogger(__name__)


class CameraChoice:
    """Opens what drives the avatar.

    Args:
        named: by the user; None if nothing was.
        last_used: ``known_as`` of an earlier run; None if there is none.
        clock: see ``open_camera``.

    Attributes:
        known_as: what finds the opened webcam again, whatever its number is then; None before, and for files.
    """

    def __init__(self, named: str | None, last_used: str | None, clock: Clock) -> None:
        self._named = named
        self._last_used = last_used
        self._clock = clock
        self.known_as: str | None = None

    def open(self) -> Camera:
        """Open it; when a webcam was lost, only this one again, and not another in its place.

        Raises:
            CameraError: it can't be opened.
        """
        camera = self._first_time() if self.known_as is None else self._open(self.known_as)
        self.known_as = camera.known_as
        return camera

    def _first_time(self) -> Camera:
        if self._named is None and self._last_used is not None:
            try:
                return self._open(self._last_used)
            except CameraError as error:
                log.warning("the camera used last is not there (%s): taking the first one", error.happened)
        return self._open(self._named or DEFAULT_CAMERA)

    def _open(self, spec: str) -> Camera:
        return open_camera(spec, self._clock, realtime=True)
