"""Durations of a run of any length in bounded memory: percentiles of the whole run and of the recent past."""

import math
from collections import deque
from dataclasses import dataclass

SHORTEST = 1e-5
LONGEST = 1e3
STEP = 1.02
"""Each bin of the histogram is this factor wider than the one before: percentiles are exact to about 1 %."""

BINS = math.ceil(math.log(LONGEST / SHORTEST) / math.log(STEP)) + 1


@dataclass(frozen=True)
class Durations:
    """What is reported of many durations, all in seconds; zeros if there were none."""

    count: int
    mean: float
    p50: float
    p95: float
    maximum: float


NONE = Durations(0, 0.0, 0.0, 0.0, 0.0)


class DurationHistogram:
    """Durations of a whole run, from 10 microseconds to 1000 seconds, in some nine hundred counters."""

    def __init__(self) -> None:
        self._bins = [0] * BINS
        self._count = 0
        self._sum = 0.0
        self._maximum = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration; one out of range counts as the nearest in range, except for the maximum."""
        inside = min(max(seconds, SHORTEST), LONGEST)
        self._bins[int(math.log(inside / SHORTEST) / math.log(STEP))] += 1
        self._count += 1
        self._sum += seconds
        self._maximum = max(self._maximum, seconds)

    def summary(self) -> Durations:
        """The figures of everything counted so far; the maximum is exact."""
        if not self._count:
            return NONE
        mean = self._sum / self._count
        return Durations(self._count, mean, self._percentile(0.50), self._percentile(0.95), self._maximum)

    def _percentile(self, share: float) -> float:
        wanted = max(1, math.ceil(share * self._count))
        seen = 0
        for index, count in enumerate(self._bins):
            seen += count
            if seen >= wanted:
                return min(SHORTEST * math.pow(STEP, index + 0.5), self._maximum)
        return self._maximum


class RecentDurations:
    """The durations of the last few seconds.

    Args:
        window: how long a duration counts, in seconds.
    """

    def __init__(self, window: float) -> None:
        self._window = window
        self._entries: deque[tuple[float, float]] = deque()

    def add(self, at: float, seconds: float) -> None:
        """Count one duration that ended at ``at``, in seconds of a clock that never goes back."""
        self._entries.append((at, seconds))
        self._forget(at)

    def summary(self, now: float) -> Durations:
        """The exact figures of the last ``window`` seconds before ``now``."""
        self._forget(now)
        values = sorted(seconds for _, seconds in self._entries)
        if not values:
            return NONE

        def rank(share: float) -> float:
            return values[max(0, math.ceil(share * len(values)) - 1)]

        return Durations(len(values), sum(values) / len(values), rank(0.50), rank(0.95), values[-1])

    def _forget(self, now: float) -> None:
        while self._entries and self._entries[0][0] <= now - self._window:
            self._entries.popleft()
