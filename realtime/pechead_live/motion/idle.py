"""What an avatar does that nobody drives: it breathes, sways a little and blinks. A pure function of time."""

import math

import numpy as np

from pechead.face.pose import Pose, rotation_from_angles
from pechead_live.frames import DrivingFace
from pechead_live.motion.blending import smoothstep
from pechead_live.motion.retarget import SourceFace

BREATH_SECONDS = 4.2
BREATH_PITCH, BREATH_RISE = 0.35, 0.06
"""Degrees and centimetres: the head goes up and back a little with each breath."""

SWAY = ((1.1, 13.7, 0.0), (0.6, 7.3, 1.9))
"""Degrees of yaw, seconds of a period and phase; roll is half of it, a quarter of a turn later."""

BLINK_EVERY = 3.9
"""Seconds; each blink comes at another moment of its turn."""

SHUTTING, SHUT, OPENING = 0.08, 0.04, 0.16
"""Seconds."""

GOLDEN = (math.sqrt(5) - 1) / 2


def idle_face(source: SourceFace, now: float) -> DrivingFace:
    """The photo's face with the movements of somebody who just listens.

    Args:
        source: the photo's face.
        now: seconds.
    """
    own = source.fit
    breath = math.sin(2 * math.pi * now / BREATH_SECONDS)
    turned = rotation_from_angles(_sway(now, 0.0), BREATH_PITCH * breath, 0.5 * _sway(now, math.pi / 2))
    rise = np.array([0, -BREATH_RISE * breath * own.pose.scale, 0], np.float32)
    pose = Pose((turned @ own.pose.rotation).astype(np.float32), own.pose.translation + rise, own.pose.scale)
    wanted = source.openings * (1 - blink(now))
    return source.driven(pose, source.eyelids.opened_to(wanted, own.expression, source.openings))


def blink(now: float) -> float:
    """How far the eyes are shut at ``now`` (seconds): 0 = open as in the photo, 1 = shut."""
    turn = math.floor(now / BLINK_EVERY)
    free = BLINK_EVERY - SHUTTING - SHUT - OPENING
    # Multiples of the golden ratio never repeat and never bunch.
    since = now - turn * BLINK_EVERY - free * (turn * GOLDEN % 1)
    if since < 0:
        return 0.0
    return smoothstep(since / SHUTTING) * (1 - smoothstep((since - SHUTTING - SHUT) / OPENING))


def _sway(now: float, later: float) -> float:
    return sum(
        degrees * math.sin(2 * math.pi * now / seconds + phase + later) for degrees, seconds, phase in SWAY
    )
