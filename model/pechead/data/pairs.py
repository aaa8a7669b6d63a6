"""Which frames of a clip become source and driving frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pechead.data.clip import Clip, FaceTrack

TURN_THAT_DOUBLES = 10.0
"""Degrees by which a clip's head turns at most that make its person twice as likely as one who keeps still.

Between two frames of a clip, they make a pair four times as likely as one of the same pose.
"""

CHANGE_THAT_DOUBLES = 0.4
"""By which a score of eyes, gaze or mouth differs between two frames, with the same effect on a pair: most
frames of a clip look ahead with eyes open."""

LONGEST_GAP = 0.2
"""Seconds between two frames that still count as one motion."""


@dataclass(frozen=True)
class Pair:
    """Indices of frames.

    Attributes:
        source: of the source.
        driving: (T,) of the driving frames, in order.
    """

    source: int
    driving: NDArray[np.intp]


def choose_pair(track: FaceTrack, frames: int, generator: Generator) -> Pair:
    """A source frame and a run of driving frames; pairs that differ in pose or expression are likelier.

    The probability of a source and the first driving frame is proportional to
    (1 + turn / 10 degrees + change / 0.4)², with the greatest change of a score of eyes, gaze or mouth.

    Args:
        track: at least two frames.
        frames: T, how many driving frames. Runs of neighbours are taken where there are any; a clip shorter
            than T frames ends with its last frame repeated.
    """
    count = len(track)
    starts = run_starts(track.times, frames)
    turned = track.turns[:, starts] / np.float32(TURN_THAT_DOUBLES)
    changed = track.expression_changes[:, starts] / np.float32(CHANGE_THAT_DOUBLES)
    weight = (1 + turned + changed) ** 2
    weight[starts, np.arange(len(starts))] = 0
    total = np.cumsum(weight.ravel(), dtype=np.float64)
    chosen = int(np.searchsorted(total, generator.random() * total[-1], side="right"))
    source, start = divmod(min(chosen, len(total) - 1), len(starts))
    return Pair(source, np.minimum(starts[start] + np.arange(frames), count - 1))


def run_starts(times: NDArray[np.float64], frames: int) -> NDArray[np.intp]:
    """Where runs of ``frames`` frames without a gap begin; if there is none, where any run fits."""
    count = len(times)
    if frames <= 1:
        return np.arange(count)
    fits = max(1, count - frames + 1)
    gap_after = np.concatenate([np.diff(times) > LONGEST_GAP, np.ones(1, bool)])
    gaps = np.concatenate([[0], np.cumsum(gap_after)])
    starts = np.arange(fits)
    whole = starts[gaps[np.minimum(starts + frames - 1, count - 1)] == gaps[starts]]
    return whole if len(whole) and count >= frames else starts


class ClipPool:
    """Clips to draw from: first the kind, then a person, then one of the person's clips.

    So that nobody counts more for having been filmed longer, only for turning further: most people hardly
    turn their heads while they are filmed.

    Args:
        clips: at least one. A clip of one frame is a still, a still of several frames an album.
        still_share, album_share: of the draws that are stills and albums, if there are such.
    """

    def __init__(self, clips: Sequence[Clip], still_share: float, album_share: float = 0.0) -> None:
        several = [clip for clip in clips if len(clip) > 1]
        self._moving = _People([clip for clip in several if clip.info.kind == "clip"])
        self._album = _People([clip for clip in several if clip.info.kind == "still"])
        self._still = _People([clip for clip in clips if len(clip) == 1])
        self._still_share, self._album_share = still_share, album_share

    @property
    def has_motion(self) -> bool:
        """Whether there is a moving clip."""
        return bool(self._moving)

    def draw(self, generator: Generator) -> Clip:
        """Any clip, still or album."""
        kind = generator.random() - self._still_share
        if self._still and (kind < 0 or not self._moving):
            return self._still.draw(generator)
        if self._album and 0 <= kind < self._album_share:
            return self._album.draw(generator)
        return self._moving.draw(generator)

    def draw_moving(self, generator: Generator) -> Clip:
        """A moving clip."""
        return self._moving.draw(generator)


class _People:
    """Clips by person, to draw from: a person first, those who turn far more often."""

    def __init__(self, clips: Sequence[Clip]) -> None:
        people: dict[str, list[Clip]] = {}
        for clip in sorted(clips, key=lambda clip: (clip.info.person, clip.info.key)):
            people.setdefault(clip.info.person, []).append(clip)
        self._clips = list(people.values())
        turns = np.array([max(clip.track.farthest_turn for clip in theirs) for theirs in self._clips])
        self._total = np.cumsum(1 + turns / TURN_THAT_DOUBLES)

    def __bool__(self) -> bool:
        return bool(self._clips)

    def draw(self, generator: Generator) -> Clip:
        chosen = int(np.searchsorted(self._total, generator.random() * self._total[-1], side="right"))
        clips = self._clips[min(chosen, len(self._clips) - 1)]
        return clips[int(generator.integers(len(clips)))]
