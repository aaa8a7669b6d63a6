"""A recording played as if it were a camera.

Videos, image folders and motion recordings differ in what they hold, not in when it is shown. In real
time each moment is made ready first and handed over when it is due, so that decoding doesn't count as
frame age; moments whose time has passed are skipped, so that a slow reader always gets the newest.
Offline every moment comes at once and in order.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pechead_live.cameras.base import Camera
from pechead_live.clock import Clock
from pechead_live.frames import CameraFrame, DrivingMotion

LONGEST_SKIP = 0.1
"""Seconds for which late moments are skipped in one go. A machine that still lags behind then, since it can't
decode in time, plays the recording slower from there on instead of ever later."""

LONGEST_NAP = 0.1
"""Seconds between looks at whether the camera was closed while it waits."""


@dataclass(frozen=True)
class Moment:
    """One picture, or one motion, of a recording.

    Attributes:
        at: when it is due, in seconds of the recording's own time; later than the moment before.
        duration: seconds for which it is the newest one.
        make: builds the item from its ``sequence`` and ``captured_at``; called for those that are shown only.
    """

    at: float
    duration: float
    make: Callable[[int, float], CameraFrame | DrivingMotion]


def is_over(moment: Moment, position: float) -> bool:
    """Whether another moment has taken its place at a position in the recording (seconds)."""
    return position >= moment.at + moment.duration


class RecordedCamera(Camera):
    """Plays moments; the base of all cameras that come from files.

    ``sequence`` counts the moments of the recording, skipped ones too, so that gaps show what was dropped.
    In real time ``captured_at`` is the moment when the picture was due, offline the recording's own time.

    Args:
        name: how messages speak of it.
        size: width and height of the pictures in pixels.
        frames_per_second: nominal rate.
        moments: the recording; may raise CameraError while it goes on.
        clock: plays in real time against this clock; None gives every moment at once.
    """

    ends = True

    def __init__(
        self,
        name: str,
        size: tuple[int, int],
        frames_per_second: float,
        moments: Iterator[Moment],
        clock: Clock | None,
    ) -> None:
        self.name = name
        self.size = size
        self.frames_per_second = frames_per_second
        self._moments = enumerate(moments)
        self._clock = clock
        self._upcoming: tuple[int, Moment] | None = None
        self._started: float | None = None
        self._closed = False
        # Held while the file is being read, so that it is never closed under the decoder.
        self._file_in_use = threading.Lock()

    def read(self) -> CameraFrame | DrivingMotion | None:
        with self._file_in_use:
            if self._closed:
                return None
            numbered = self._next_offline() if self._clock is None else self._next_in_real_time(self._clock)
            if numbered is None:
                return None
            sequence, moment = numbered
            item = moment.make(sequence, (self._started or 0.0) + moment.at)
        if self._clock is not None:
            self._wait_until(item.captured_at, self._clock)
        return None if self._closed else item

    def close(self) -> None:
        self._closed = True
        with self._file_in_use:
            self._release()

    def _release(self) -> None:
        """Close the file; called with nobody reading, possibly more than once."""

    def _next_offline(self) -> tuple[int, Moment] | None:
        return next(self._moments, None)

    def _next_in_real_time(self, clock: Clock) -> tuple[int, Moment] | None:
        current = self._upcoming or next(self._moments, None)
        self._upcoming = None
        if current is None:
            return None
        now = clock.now()
        if self._started is None:
            self._started = now - current[1].at
        give_up_at = now + LONGEST_SKIP
        while is_over(current[1], now - self._started) and not self._closed:
            if now >= give_up_at:
                self._started = now - current[1].at
                break
            following = next(self._moments, None)
            if following is None:
                break
            if following[1].at > clock.now() - self._started:
                self._upcoming = following
                break
            current = following
            now = clock.now()
        return current

    def _wait_until(self, due: float, clock: Clock) -> None:
        while not self._closed and (remaining := due - clock.now()) > 0:
            clock.sleep(min(remaining, LONGEST_NAP))
