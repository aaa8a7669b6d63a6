"""Which part of a video shows one face in one take."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.data.video import Image

THUMBNAIL = 32
CUT = 20.0
"""Mean difference of two neighbouring frames, of 255, that may be a cut ..."""

CUT_AGAINST_USUAL = 6.0
"""... if it is also so many times the video's usual one: shaking and flicker are no cuts."""

JUMP = 0.5
"""Face sides by which one face does not move from one look to the next."""

GROWTH = 1.6
ABSENCE = 1.0
"""Seconds without a face after which another part begins; longer only where looks are farther apart."""

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Sighting:
    """Where a face was seen.

    Attributes:
        time: seconds.
        box: (4,) float32, left, top, right, bottom in pixels of the frame.
    """

    time: float
    box: Array

    @property
    def centre(self) -> Array:
        """(2,) pixels."""
        return np.asarray((self.box[:2] + self.box[2:]) / 2, np.float32)

    @property
    def side(self) -> float:
        """The box's longer side in pixels."""
        return float((self.box[2:] - self.box[:2]).max())


def thumbnail(image: Image) -> Array:
    """(32, 32, 3) float32: all that finding cuts needs of a frame."""
    return np.asarray(cv2.resize(image, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA), np.float32)


def difference(one: Array, other: Array) -> float:
    """Mean absolute difference of two thumbnails, of 255."""
    return float(np.abs(one - other).mean())


def find_cuts(times: Sequence[float], differences: Sequence[float]) -> list[float]:
    """The times of the first frames after cuts.

    Args:
        times: (n,) seconds of all frames.
        differences: (n,) of each frame to the one before; the first is not looked at.
    """
    if len(times) < 2:
        return []
    usual = max(float(np.median(differences[1:])), 0.5)
    limit = max(CUT, CUT_AGAINST_USUAL * usual)
    return [at for at, change in zip(times[1:], differences[1:], strict=True) if change > limit]


def longest_take(sightings: Sequence[Sighting], cuts: Sequence[float], interval: float) -> list[Sighting]:
    """The longest run of sightings of what can be one face, without a cut, a jump or a long absence.

    Args:
        sightings: in order of time.
        cuts: times of the first frames after cuts.
        interval: seconds between two looks.
    """
    takes: list[list[Sighting]] = []
    absence = max(ABSENCE, 2.5 * interval)
    for sighting in sightings:
        if takes and _goes_on(takes[-1][-1], sighting, cuts, absence):
            takes[-1].append(sighting)
        else:
            takes.append([sighting])
    return max(takes, key=lambda take: (take[-1].time - take[0].time, len(take)), default=[])


def _goes_on(before: Sighting, now: Sighting, cuts: Sequence[float], absence: float) -> bool:
    if any(before.time < cut <= now.time for cut in cuts):
        return False
    side, other = sorted((before.side, now.side))
    moved = float(np.linalg.norm(now.centre - before.centre))
    return moved < JUMP * other and other < GROWTH * side and now.time - before.time < absence
