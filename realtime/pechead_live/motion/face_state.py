"""What the avatar does while no face is seen: hold still a moment, come to rest, and wake up again.

A pure state machine; the time is passed in. Seconds throughout.
"""

from dataclasses import dataclass, replace
from enum import Enum

from pechead_live.motion.blending import smoothstep


class Phase(Enum):
    """Where the avatar stands between the driver's motion and the photo's own."""

    REST = "rest"
    """No face: the photo's own pose and expression."""
    TRACKING = "tracking"
    """A face is seen and followed."""
    HOLD = "hold"
    """The face was just lost: the last motion is kept, for it mostly comes back at once."""
    EASE_OUT = "ease out"
    """The face stays away: on the way to the photo's own pose and expression."""
    EASE_IN = "ease in"
    """The face is back: on the way to the driver's motion."""


@dataclass(frozen=True)
class FaceTiming:
    """How long each passage takes.

    Attributes:
        hold: the last motion is kept this long after the face was last seen.
        ease_out: from the last motion to the photo's own pose and expression.
        ease_in: from there to the driver's motion when the face is back, in full length; shorter if the
            avatar had not come to rest.
    """

    hold: float = 0.5
    ease_out: float = 1.0
    ease_in: float = 0.3


@dataclass(frozen=True)
class FaceState:
    """State of the machine.

    Attributes:
        phase: see ``Phase``.
        since: when the phase began.
        seen_at: when a face was last seen; None before the first.
        start: presence (see below) when the phase began.
        presence: how much of the driver's motion shows, 1 = all of it, 0 = the photo's own pose and
            expression.
    """

    phase: Phase = Phase.REST
    since: float = 0.0
    seen_at: float | None = None
    start: float = 0.0
    presence: float = 0.0


def step_face_state(state: FaceState, seen: bool, now: float, timing: FaceTiming) -> FaceState:
    """The state at ``now``, when a face is ``seen`` or not.

    The very first face is followed at once: there is no earlier picture to come from.
    """
    return _seen(state, now, timing) if seen else _missing(state, now, timing)


def _seen(state: FaceState, now: float, timing: FaceTiming) -> FaceState:
    tracking = FaceState(Phase.TRACKING, now, now, 1.0, 1.0)
    if state.seen_at is None:
        return tracking
    if state.phase is Phase.TRACKING:
        return replace(state, seen_at=now)
    if state.phase is not Phase.EASE_IN:
        if state.presence >= 1:
            return tracking
        return FaceState(Phase.EASE_IN, now, now, state.presence, state.presence)
    duration = timing.ease_in * (1 - state.start)
    progress = (now - state.since) / duration if duration > 0 else 1.0
    if progress >= 1:
        return tracking
    return replace(state, seen_at=now, presence=state.start + (1 - state.start) * smoothstep(progress))


def _missing(state: FaceState, now: float, timing: FaceTiming) -> FaceState:
    if state.seen_at is None or state.phase is Phase.REST:
        return state
    lost_for = now - state.seen_at
    if lost_for < timing.hold:
        if state.phase is Phase.HOLD:
            return state
        return FaceState(Phase.HOLD, now, state.seen_at, state.presence, state.presence)
    start = state.start if state.phase is Phase.EASE_OUT else state.presence
    # Counted from the end of the hold, not from this step: a slow loop eases no later than a fast one.
    progress = (lost_for - timing.hold) / timing.ease_out if timing.ease_out > 0 else 1.0
    if progress >= 1:
        return FaceState(Phase.REST, now, state.seen_at, 0.0, 0.0)
    since = state.seen_at + timing.hold
    return FaceState(Phase.EASE_OUT, since, state.seen_at, start, start * (1 - smoothstep(progress)))
