"""When an output gets a frame: pure decisions on a state, with the time passed in.

An output's time is divided into slots, one a period, and every slot takes exactly one frame, so the average
rate is the output's own no matter what arrives. A fresh frame fills its slot the moment it is ready, from
half a period before the slot's time to half a period after; then the slot is filled with a repetition. Half
a period of tolerance on both sides lets the frames of a camera of the same rate through undelayed, whatever
their phase.

Two frames for one slot are one too many, and which of them is dropped decides the frame age: a frame that
comes a little before its slot opens is held until it opens; one that comes earlier than that gives way to
the next one, which will find the slot open and pass undelayed. So a camera that is a little too fast loses
one frame now and then, and no frame of a steady camera waits longer than ``HOLD`` of a period.
"""

from dataclasses import dataclass, replace
from enum import Enum

EARLY = 0.5
"""How long before its slot's time a fresh frame may be sent, in periods."""

GRACE = 0.5
"""How long after the slot's time a fresh frame is waited for before the last one is repeated, in periods."""

HOLD = 0.25
"""How long before its slot opens a fresh frame may come and still be held for it, in periods.

``EARLY + HOLD + GRACE`` is more than one period by what frames may jitter without a slot being repeated and
the next one having two frames to choose from: here a quarter of a period.
"""

ASLEEP = 10.0
"""Seconds without a chance to send from which on the machine must have been asleep."""


class Action(Enum):
    """What the output has to do now."""

    WAIT = "wait"
    SEND_FRESH = "send the fresh frame"
    REPEAT = "send the last frame again"


@dataclass(frozen=True)
class PacingState:
    """Which slot is the next one to fill.

    Attributes:
        period: seconds from slot to slot.
        slot: number of the next slot, from 0.
        due: the next slot's time on the output's clock, in seconds; None before the first frame.
        missed: how many slots passed unfilled because the output itself was held up.
    """

    period: float
    slot: int = 0
    due: float | None = None
    missed: int = 0


@dataclass(frozen=True)
class Decision:
    """What to do now, and when to ask again if nothing arrives before.

    Attributes:
        action: what to do.
        ask_again_at: seconds on the output's clock; None: when a frame arrives, or at once after sending.
    """

    action: Action
    ask_again_at: float | None = None


def decide(state: PacingState, fresh_since: float | None, now: float) -> Decision:
    """What the output has to do.

    Args:
        state: as ``sent`` and ``catch_up`` return it.
        fresh_since: when the newest frame that was not sent yet became ready; None if there is none.
        now: seconds on the output's clock.
    """
    if state.due is None:
        return Decision(Action.WAIT if fresh_since is None else Action.SEND_FRESH)
    opens = state.due - EARLY * state.period
    closes = state.due + GRACE * state.period
    if now >= closes:
        return Decision(Action.REPEAT if fresh_since is None else Action.SEND_FRESH)
    if fresh_since is None or fresh_since < opens - HOLD * state.period:
        return Decision(Action.WAIT, closes)
    return Decision(Action.SEND_FRESH) if now >= opens else Decision(Action.WAIT, opens)


def sent(state: PacingState, now: float) -> PacingState:
    """The state after a frame was sent at ``now``; the first one sets the time of slot 0."""
    due = now if state.due is None else state.due
    return replace(state, slot=state.slot + 1, due=due + state.period)


def catch_up(state: PacingState, now: float) -> PacingState:
    """The state with those slots skipped that have passed while nobody could fill them.

    A machine that was asleep, or an output that blocked, would otherwise be flooded with a repetition a slot.
    In the stream's own time a sleep takes none: nobody wants to watch it in a recording.
    """
    if state.due is None:
        return state
    behind = int((now - state.due) / state.period - GRACE)
    if behind < 1:
        return state
    due, missed = state.due + behind * state.period, state.missed + behind
    shown = behind if behind * state.period < ASLEEP else 0
    return replace(state, slot=state.slot + shown, due=due, missed=missed)


def slot_seconds(state: PacingState) -> float:
    """The next slot's time in the stream's own time: seconds since slot 0."""
    return state.slot * state.period
