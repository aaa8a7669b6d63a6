"""The one-euro filter, one per group of what moves together.

Casiez, Roussel and Vogel, "1€ Filter: A Simple Speed-based Low-pass Filter for Noisy Input in Interactive
Systems", CHI 2012. An exponential low-pass

    x̂ᵢ = α xᵢ + (1 - α) x̂ᵢ₋₁,    α = 1 / (1 + τ / Tₑ),    τ = 1 / (2π f_c)

whose cutoff rises with the speed, f_c = f_min + β |dx̂|: slow movement is steadied, quick movement passes.
The speed is the difference of the new value to the last *filtered* one over Tₑ (the paper's Algorithm 1),
itself low-passed with a fixed cutoff.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES
from pechead_live.frames import Motion
from pechead_live.motion.rotations import rotation_matrix, rotation_vector

Values = NDArray[np.floating]


@dataclass(frozen=True)
class OneEuro:
    """Parameters of one filter.

    Attributes:
        minimum_cutoff: f_min, Hz: the lower, the steadier at rest.
        speed_gain: β, Hz per unit of speed (value per second): the higher, the less lag in movement.
        speed_cutoff: cutoff of the speed's own low-pass, Hz: the higher, the sooner a sudden movement passes.
    """

    minimum_cutoff: float
    speed_gain: float
    speed_cutoff: float

    def stretched(self, factor: float) -> "OneEuro":
        """The same filter with all its time constants ``factor`` times as long."""
        return replace(self, minimum_cutoff=self.minimum_cutoff / factor, speed_gain=self.speed_gain / factor)


@dataclass(frozen=True)
class Smoothing:
    """A one-euro filter per group, at the default strength of 0.5.

    Units: radians (rotation), centimetres (translation), natural logarithm (scale), blendshape weights. At 30
    frames a second, with the noise of a webcam in a dim room (0.15 degrees, 0.3 mm, 0.2 %, weights 0.012):

    ============  ===========================  =================================================
    group         frame-to-frame jitter left   lag in frames
    ============  ===========================  =================================================
    rotation      27 %                         0.4 at 20 degrees/s, 0.2 at 60, 1 in a slow sway
    translation   27 %                         0.3 at 5 cm/s
    scale         8 %                          2 at 10 %/s
    eyes          38 %                         0; a blink keeps 97 % of its depth
    brows         29 %
    mouth         50 %                         0.2 in 4.5 syllables/s, which keep 97 % of their depth
    ============  ===========================  =================================================
    """

    rotation: OneEuro = OneEuro(minimum_cutoff=1.5, speed_gain=20.0, speed_cutoff=2.0)
    translation: OneEuro = OneEuro(minimum_cutoff=1.5, speed_gain=2.0, speed_cutoff=2.0)
    scale: OneEuro = OneEuro(minimum_cutoff=0.5, speed_gain=8.0, speed_cutoff=1.0)
    eyes: OneEuro = OneEuro(minimum_cutoff=1.5, speed_gain=8.0, speed_cutoff=6.0)
    brows: OneEuro = OneEuro(minimum_cutoff=1.5, speed_gain=6.0, speed_cutoff=3.0)
    mouth: OneEuro = OneEuro(minimum_cutoff=2.0, speed_gain=15.0, speed_cutoff=6.0)


LONGEST_GAP = 0.4
"""Seconds without a value after which a filter starts afresh: what was before says nothing about now."""

EYES = np.array([i for i, name in enumerate(NAMES) if name.startswith("eye")])
BROWS = np.array([i for i, name in enumerate(NAMES) if name.startswith("brow")])
MOUTH = np.array([i for i, name in enumerate(NAMES) if not name.startswith(("eye", "brow"))])


def share_of_new(cutoff: Values | float, elapsed: float) -> Values:
    """α of an exponential low-pass: 1 / (1 + τ / Tₑ) with τ = 1 / (2π f_c).

    Args:
        cutoff: any shape, Hz.
        elapsed: seconds since the last value, more than 0.
    """
    turns = 2 * np.pi * np.asarray(cutoff) * elapsed
    return np.asarray(turns / (1 + turns))


class OneEuroFilter:
    """How far to follow a new value; the caller keeps the value itself, so that rotations work alike.

    Args:
        parameters: of the filter.
        together: True if the components are one quantity with one speed (a place, a rotation), False if each
            goes its own way (blendshape weights).
    """

    def __init__(self, parameters: OneEuro, together: bool) -> None:
        self._parameters = parameters
        self._together = together
        self._speed: Values = np.zeros(1)

    def follow(self, difference: Values, elapsed: float) -> Values:
        """The step to take from the last filtered value.

        Args:
            difference: (n,), the new value minus the last filtered one; for rotations in the tangent space
                there, where no angle ever wraps.
            elapsed: seconds since the last call, more than 0.

        Returns:
            (n,) the part of ``difference`` to follow.
        """
        p = self._parameters
        noticed = share_of_new(p.speed_cutoff, elapsed)
        self._speed = self._speed + noticed * (difference / elapsed - self._speed)
        pace = np.asarray(np.linalg.norm(self._speed)) if self._together else np.abs(self._speed)
        return share_of_new(p.minimum_cutoff + p.speed_gain * pace, elapsed) * difference


class MotionSmoother:
    """Filters a driver's motion, group by group.

    Args:
        strength: 0 = off, 0.5 = the parameters as they are, 1 = time constants twice as long.
        smoothing: parameters of the groups.
    """

    def __init__(self, strength: float = 0.5, smoothing: Smoothing | None = None) -> None:
        self._factor = 2 * strength
        self._smoothing = smoothing or Smoothing()
        self._last: Motion | None = None
        self._last_at = 0.0

    def restart(self) -> None:
        """Forget what was; the next motion passes as it is."""
        self._last = None

    def step(self, motion: Motion, at: float) -> Motion:
        """The filtered motion.

        Args:
            motion: as seen.
            at: its time in seconds. The same time again gives the last result again; after a gap of more than
                ``LONGEST_GAP``, or a step back in time, the motion passes as it is.
        """
        if self._factor == 0:
            return motion
        elapsed = at - self._last_at
        if self._last is None or not 0 <= elapsed <= LONGEST_GAP or motion.person != self._last.person:
            self._start()
            self._last = motion
        elif elapsed > 0:
            self._last = self._follow(self._last, motion, elapsed)
        self._last_at = at
        return self._last

    def _start(self) -> None:
        def new(parameters: OneEuro, together: bool) -> OneEuroFilter:
            return OneEuroFilter(parameters.stretched(self._factor), together)

        s = self._smoothing
        self._rotation = new(s.rotation, together=True)
        self._translation = new(s.translation, together=True)
        self._scale = new(s.scale, together=True)
        self._expression = [
            (EYES, new(s.eyes, False)),
            (BROWS, new(s.brows, False)),
            (MOUTH, new(s.mouth, False)),
        ]

    def _follow(self, last: Motion, motion: Motion, elapsed: float) -> Motion:
        turn = self._rotation.follow(rotation_vector(motion.rotation @ last.rotation.T), elapsed)
        # In centimetres, so that the filter does the same for a face near the camera and far from it.
        shift = self._translation.follow((motion.translation - last.translation) / last.scale, elapsed)
        growth = self._scale.follow(np.log([motion.scale / last.scale]), elapsed)
        expression = last.expression.copy()
        for group, one_euro in self._expression:
            expression[group] += one_euro.follow(motion.expression[group] - last.expression[group], elapsed)
        return Motion(
            rotation=np.asarray(rotation_matrix(turn) @ last.rotation, np.float32),
            translation=np.asarray(last.translation + shift * last.scale, np.float32),
            scale=float(last.scale * np.exp(growth[0])),
            expression=expression,
            person=motion.person,
        )
