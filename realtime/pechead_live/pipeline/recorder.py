"""Recordings that are begun and ended while the avatar is live."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from pechead.errors import PecheadError
from pechead_live.outputs.base import Output

log = logging.getLogger(__name__)


class Recorder:
    """Feeds one file at a time from a running pipeline.

    Args:
        open_output: opens the file of a path.
        attach: feeds an output until what it returns is called; closes it, or aborts it after a failure.
        next_path: names the next file.
        tell: gets what to tell the user.
    """

    def __init__(
        self,
        open_output: Callable[[Path], Output],
        attach: Callable[[Output], Callable[[], None]],
        next_path: Callable[[], Path],
        tell: Callable[[str], None],
    ) -> None:
        self._open_output = open_output
        self._attach = attach
        self._next_path = next_path
        self._tell = tell
        self._lock = threading.Lock()
        self._end: Callable[[], None] | None = None
        self.written: list[Path] = []
        """What has been begun so far."""

    def toggle(self) -> None:
        """Begin a recording, or end the one that runs."""
        with self._lock:
            if self._end is not None:
                self._end()
                self._end = None
                self._tell(f"recorded {self.written[-1].name}")
                return
            path = self._next_path()
            try:
                self._end = self._attach(self._open_output(path))
            except PecheadError as error:
                log.warning("%s", error)
                return
            self.written.append(path)
            self._tell(f"recording {path.name}")
