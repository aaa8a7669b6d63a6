"""Moving softly from one value to another."""

import math
from dataclasses import dataclass

import numpy as np

from pechead_live.frames import Motion
from pechead_live.motion.rotations import blend_rotations


def smoothstep(progress: float) -> float:
    """3p² - 2p³ of ``progress`` clipped to [0, 1]: starts and ends with zero speed."""
    p = min(max(progress, 0.0), 1.0)
    return p * p * (3 - 2 * p)


@dataclass(frozen=True)
class Passage:
    """Something that is switched on and off without a jump.

    Attributes:
        progress: 0 = off, 1 = on, in between on the way.
        at: when it was looked at last, in seconds; None before.
    """

    progress: float = 0.0
    at: float | None = None

    @property
    def amount(self) -> float:
        """0 to 1, starting and ending softly."""
        return smoothstep(self.progress)


def step_passage(passage: Passage, on: bool, now: float, seconds: float) -> Passage:
    """The passage at ``now``; all of the way takes ``seconds``."""
    elapsed = 0.0 if passage.at is None else now - passage.at
    step = elapsed / seconds if on else -elapsed / seconds
    return Passage(min(max(passage.progress + step, 0.0), 1.0), now)


def soft_limit(value: float, knee: float, limit: float) -> float:
    """``value`` unchanged up to ±``knee``, then bent smoothly so that it never passes ±``limit``.

    The slope is continuous: 1 at the knee, falling with a hyperbolic tangent to 0.

    Args:
        knee: where the bend begins, at least 0.
        limit: the value that is approached, more than ``knee``.
    """
    excess = abs(value) - knee
    if excess <= 0:
        return value
    room = limit - knee
    return math.copysign(knee + room * math.tanh(excess / room), value)


def blend_motions(a: Motion, b: Motion, amount: float) -> Motion:
    """The motion at ``amount`` (0 = a, 1 = b) between two; rotation on the shortest way, scale as a ratio."""
    return Motion(
        rotation=blend_rotations(a.rotation, b.rotation, amount),
        translation=np.asarray(a.translation + amount * (b.translation - a.translation), np.float32),
        scale=a.scale * (b.scale / a.scale) ** amount,
        expression=np.asarray(a.expression + amount * (b.expression - a.expression), np.float32),
        person=b.person,
    )
