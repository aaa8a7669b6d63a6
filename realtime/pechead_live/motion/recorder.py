"""Recording the driver's motion while the avatar is live."""

from pathlib import Path
from types import TracebackType

import numpy as np

from pechead.errors import OutputError
from pechead_live.frames import DrivingMotion
from pechead_live.motion.recording import Recording, save_recording

LONGEST = 3600 * 30
"""Moments kept at most: an hour at 30 frames a second, about 100 MB of memory."""


class MotionRecorder:
    """Collects motions and writes them as one file when closed; a context manager.

    Args:
        path: the ``.npz`` file. Its folder is looked at now, so that nobody records for an hour in vain.
        longest: moments kept at most; later ones are left out and counted.

    Attributes:
        left_out: moments that came after the recording was full.

    Raises:
        OutputError: there is no such folder.
    """

    def __init__(self, path: Path, longest: int = LONGEST) -> None:
        if not path.parent.is_dir():
            raise OutputError(
                f"there is no folder {path.parent} for the motion recording", "make it, or choose another"
            )
        self.left_out = 0
        self._path = path
        self._longest = longest
        self._moments: list[DrivingMotion] = []
        self._closed = False

    def append(self, moment: DrivingMotion) -> None:
        """Add a moment; one that is not later than the last is passed over."""
        if self._moments and moment.captured_at <= self._moments[-1].captured_at:
            return
        if len(self._moments) < self._longest:
            self._moments.append(moment)
        else:
            self.left_out += 1

    def close(self) -> None:
        """Write the file. Safe to call twice; without any moment there is no file.

        Raises:
            OutputError: the file can't be written.
        """
        if self._closed:
            return
        self._closed = True
        if self._moments:
            times = np.array([moment.captured_at for moment in self._moments])
            save_recording(
                self._path, Recording(times - times[0], [moment.motion for moment in self._moments])
            )

    def __enter__(self) -> "MotionRecorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
