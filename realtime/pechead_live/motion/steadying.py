"""Steadying a file's motion: each frame takes a little of the one before and the one after it.

Looked at frame by frame, a face trembles by what the landmarker misses it by. A filter that only knows the
past steadies it and lags; a file also tells what comes next, so that nothing is late.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pechead_live.frames import DrivingMotion
from pechead_live.motion.blending import blend_motions

NEIGHBOURS = 0.3
"""Weight of both neighbours together. Of what changes its sign from frame to frame two fifths are left."""


def steadied(moments: Iterable[DrivingMotion]) -> Iterator[DrivingMotion]:
    """The same moments in order, each given out when the next one is known.

    Args:
        moments: of one driver. Where a neighbour has no face, or another person's, a moment stays as it is.
    """
    before: DrivingMotion | None = None
    now: DrivingMotion | None = None
    for after in moments:
        if now is not None:
            yield _steadied(before, now, after)
        before, now = now, after
    if now is not None:
        yield now


def _steadied(before: DrivingMotion | None, now: DrivingMotion, after: DrivingMotion) -> DrivingMotion:
    if before is None or before.motion is None or now.motion is None or after.motion is None:
        return now
    if not before.motion.person == now.motion.person == after.motion.person:
        return now
    around = blend_motions(before.motion, after.motion, 0.5)
    return replace(now, motion=blend_motions(now.motion, around, NEIGHBOURS))
