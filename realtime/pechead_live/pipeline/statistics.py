"""What happened in a run: times of the stages, frame age, rates, drops by cause."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pechead_live.clock import Clock
from pechead_live.pipeline.durations import DurationHistogram, Durations, RecentDurations

RECENT = 10.0
"""How far back the recent figures reach, in seconds."""


@dataclass(frozen=True)
class StageSummary:
    """How long one stage worked on a frame."""

    name: str
    durations: Durations


@dataclass(frozen=True)
class DropSummary:
    """How many frames were dropped for one cause."""

    cause: str
    count: int


@dataclass(frozen=True)
class OutputSummary:
    """What one output got.

    Attributes:
        name: the output's own.
        fresh: frames handed over for the first time.
        repeated: times that the last frame was handed over again because no fresh one was there.
        not_due: fresh frames that newer ones overtook before the output was due.
        busy: fresh frames that newer ones replaced while the output was held up in handing one over.
        missed: frames that the output should have got while it was held up.
        frames_per_second: fresh and repeated ones, over the whole run.
        recent_frames_per_second: the same over the last ``RECENT`` seconds.
        age: from the camera's timestamp to the hand-over of a fresh frame, over the whole run.
        recent_age: the same over the last ``RECENT`` seconds.
    """

    name: str
    fresh: int
    repeated: int
    not_due: int
    busy: int
    missed: int
    frames_per_second: float
    recent_frames_per_second: float
    age: Durations
    recent_age: Durations


@dataclass(frozen=True)
class Summary:
    """A run so far.

    Attributes:
        captured: frames that came from the camera.
        captured_per_second: over the whole run.
        recent_captured_per_second: over the last ``RECENT`` seconds.
        announced_per_second: what the webcam says it gives; None for files.
        silent_for: seconds since the newest frame.
        searched: frames that were searched for a face.
        faceless: those of them in which none was found.
        face_seen: whether there was one in the newest frame; None before the first frame.
        first_frame_after: seconds from the program's start to the hand-over of the first avatar frame.
        stages: in the order in which a frame passes through them.
        drops: by cause.
        outputs: in the user's order.
    """

    captured: int
    captured_per_second: float
    recent_captured_per_second: float
    announced_per_second: float | None
    silent_for: float
    searched: int
    faceless: int
    face_seen: bool | None
    first_frame_after: float | None
    stages: tuple[StageSummary, ...]
    drops: tuple[DropSummary, ...]
    outputs: tuple[OutputSummary, ...]


class Rate:
    """Events a second, over a whole run and recently."""

    def __init__(self) -> None:
        self.count = 0
        self._first = 0.0
        self._last = 0.0
        self._recent = RecentDurations(RECENT)

    def silent_for(self, now: float) -> float:
        """Seconds since the last event; 0 before the first."""
        return now - self._last if self.count else 0.0

    def add(self, at: float) -> None:
        """Count one event at ``at``, in seconds of a clock that never goes back."""
        if self.count:
            self._recent.add(at, at - self._last)
        else:
            self._first = at
        self.count += 1
        self._last = at

    def overall(self) -> float:
        """Events a second from the first to the last one."""
        return (self.count - 1) / (self._last - self._first) if self._last > self._first else 0.0

    def recent(self, now: float) -> float:
        """Events a second over the last ``RECENT`` seconds."""
        gaps = self._recent.summary(now)
        return 1 / gaps.mean if gaps.mean else 0.0


class OutputStatistics:
    """Counts what one output gets. Written by the output's thread alone."""

    def __init__(self, name: str, lock: threading.Lock) -> None:
        self.name = name
        self.fresh = 0
        self.repeated = 0
        self.not_due = 0
        self.busy = 0
        self.missed = 0
        self.first_at: float | None = None
        self._lock = lock
        self._handed_over = Rate()
        self._age = DurationHistogram()
        self._recent_age = RecentDurations(RECENT)

    def handed_over_fresh(self, at: float, age: float | None) -> None:
        """A frame was handed over for the first time.

        Args:
            at: seconds on the run's clock.
            age: seconds since the camera's timestamp; None offline, where frames have no age.
        """
        with self._lock:
            self.fresh += 1
            if self.first_at is None:
                self.first_at = at
            self._handed_over.add(at)
            if age is not None:
                self._age.add(age)
                self._recent_age.add(at, age)

    def handed_over_again(self, at: float) -> None:
        """The last frame was handed over once more."""
        with self._lock:
            self.repeated += 1
            self._handed_over.add(at)

    def summary(self, now: float) -> OutputSummary:
        """Everything so far; the caller holds the lock."""
        return OutputSummary(
            name=self.name,
            fresh=self.fresh,
            repeated=self.repeated,
            not_due=self.not_due,
            busy=self.busy,
            missed=self.missed,
            frames_per_second=self._handed_over.overall(),
            recent_frames_per_second=self._handed_over.recent(now),
            age=self._age.summary(),
            recent_age=self._recent_age.summary(now),
        )


class Statistics:
    """Collects the figures of one run; every method may be called from any thread.

    Args:
        clock: the run's clock, the one that camera frames are stamped with.
        started_at: when the program started, on the same clock; from the construction of this object if None.
    """

    def __init__(self, clock: Clock, started_at: float | None = None) -> None:
        self._clock = clock
        self._started_at = clock.now() if started_at is None else started_at
        self._lock = threading.Lock()
        self._captured = Rate()
        self._announced: float | None = None
        self._last_sequence = -1
        self._searched = 0
        self._faceless = 0
        self._face_seen: bool | None = None
        self._stages: dict[str, DurationHistogram] = {}
        self._drops: list[tuple[str, Callable[[], int]]] = []
        self._outputs: list[OutputStatistics] = []

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Counts the time that the block takes as one frame's time in ``stage``."""
        before = self._clock.now()
        yield
        seconds = self._clock.now() - before
        with self._lock:
            self._stages.setdefault(stage, DurationHistogram()).add(seconds)

    def announced(self, frames_per_second: float | None) -> None:
        """What the webcam says it gives; None for a file, which can't be slow."""
        with self._lock:
            self._announced = frames_per_second

    def captured(self, sequence: int) -> None:
        """A frame came from the camera; gaps in ``sequence`` are frames that the camera skipped."""
        with self._lock:
            self._captured.add(self._clock.now())
            self._last_sequence = sequence

    def looked_for_face(self, found: bool) -> None:
        """A frame was searched for a face."""
        with self._lock:
            self._searched += 1
            self._faceless += not found
            self._face_seen = found

    def count_drops(self, cause: str, counter: Callable[[], int]) -> None:
        """Report ``counter()`` as the number of frames dropped for ``cause``."""
        with self._lock:
            self._drops.append((cause, counter))

    def output(self, name: str) -> OutputStatistics:
        """A new output's counters."""
        output = OutputStatistics(name, self._lock)
        with self._lock:
            self._outputs.append(output)
        return output

    def summary(self) -> Summary:
        """Everything so far."""
        now = self._clock.now()
        with self._lock:
            first = min((o.first_at for o in self._outputs if o.first_at is not None), default=None)
            return Summary(
                captured=self._captured.count,
                captured_per_second=self._captured.overall(),
                recent_captured_per_second=self._captured.recent(now),
                announced_per_second=self._announced,
                silent_for=self._captured.silent_for(now),
                searched=self._searched,
                faceless=self._faceless,
                face_seen=self._face_seen,
                first_frame_after=None if first is None else first - self._started_at,
                stages=tuple(StageSummary(name, times.summary()) for name, times in self._stages.items()),
                drops=(
                    DropSummary("capture still busy", self._last_sequence + 1 - self._captured.count),
                    *(DropSummary(cause, counter()) for cause, counter in self._drops),
                ),
                outputs=tuple(output.summary(now) for output in self._outputs),
            )
