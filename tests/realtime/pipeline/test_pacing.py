"""The pacing rule on a simulated clock: every output keeps its rate, and frames hardly wait."""

import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pechead_live.pipeline.pacing import (
    EARLY,
    GRACE,
    HOLD,
    Action,
    PacingState,
    catch_up,
    decide,
    sent,
    slot_seconds,
)

PERIOD = 1 / 30


@dataclass(frozen=True)
class Hand:
    """One hand-over: when, which arrival, and whether it was its first time."""

    at: float
    frame: int
    fresh: bool


def simulate(arrivals: list[float], until: float, period: float = PERIOD) -> list[Hand]:
    """What an output gets from frames that are ready at ``arrivals`` (ascending, in seconds)."""
    state = PacingState(period)
    hands: list[Hand] = []
    now, arrived, fresh = 0.0, 0, False
    while now < until:
        while arrived < len(arrivals) and arrivals[arrived] <= now:
            arrived, fresh = arrived + 1, True
        state = catch_up(state, now)
        decision = decide(state, arrivals[arrived - 1] if fresh else None, now)
        if decision.action is Action.WAIT:
            following = [arrivals[arrived]] if arrived < len(arrivals) else []
            if decision.ask_again_at is not None:
                assert decision.ask_again_at > now, "waiting must lead on"
                following.append(decision.ask_again_at)
            now = min(following, default=until)
            continue
        hands.append(Hand(now, arrived - 1, decision.action is Action.SEND_FRESH))
        state = sent(state, now)
        fresh = False
    return hands


def steady(
    rate: float, seconds: float, phase: float = 0.0, jitter: float = 0.0, seed: int = 0
) -> list[float]:
    """Arrivals at a rate, each up to ``jitter`` seconds early or late."""
    chance = random.Random(seed)
    times = (phase + i / rate + chance.uniform(-jitter, jitter) for i in range(int(seconds * rate)))
    return sorted(max(0.0, time) for time in times)


def delays(hands: list[Hand], arrivals: list[float]) -> list[float]:
    return [hand.at - arrivals[hand.frame] for hand in hands if hand.fresh]


def repeats(hands: list[Hand], arrivals: list[float]) -> int:
    """Repetitions while the camera was still delivering."""
    return sum(not hand.fresh and hand.at < arrivals[-1] for hand in hands)


def test_a_camera_of_the_same_rate_passes_undelayed_and_undoubled() -> None:
    arrivals = steady(30, 10)
    hands = simulate(arrivals, 10)
    assert [hand.frame for hand in hands] == list(range(300))
    assert max(delays(hands, arrivals)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_jitter_of_an_eighth_of_a_period_neither_doubles_nor_drops(seed: int) -> None:
    arrivals = steady(30, 20, phase=0.1, jitter=PERIOD / 8, seed=seed)
    hands = simulate(arrivals, 20.2)
    assert repeats(hands, arrivals) <= 1
    assert len({hand.frame for hand in hands}) >= len(arrivals) - 1


@pytest.mark.parametrize("phase", [i / 10 for i in range(10)])
def test_whatever_the_phase_a_camera_of_the_same_rate_loses_at_most_one_frame(phase: float) -> None:
    """The output has its own rhythm from a first frame (the slate) that came out of step with the camera."""
    arrivals = [0.0, *steady(30, 10, phase=(1 + phase) * PERIOD, jitter=PERIOD / 10)]
    hands = simulate(arrivals, 10.1)
    assert repeats(hands, arrivals) <= 1
    assert len({hand.frame for hand in hands}) >= len(arrivals) - 1
    assert max(delays(hands, arrivals)) <= HOLD * PERIOD


def test_25_fps_in_and_30_out_repeats_every_fifth_frame_and_delays_none() -> None:
    arrivals = steady(25, 10)
    hands = simulate(arrivals, 10)
    assert len(hands) == pytest.approx(300, abs=1)
    assert sum(hand.fresh for hand in hands) == 250
    assert max(delays(hands, arrivals)) == 0


@pytest.mark.parametrize("jitter", [0.0, PERIOD / 10])
def test_60_fps_in_and_30_out_shows_every_second_frame(jitter: float) -> None:
    arrivals = steady(60, 10, jitter=jitter)
    hands = simulate(arrivals, 10)
    assert len(hands) == pytest.approx(300, abs=2)
    assert repeats(hands, arrivals) <= 1
    assert max(delays(hands, arrivals)) <= HOLD * PERIOD


def test_a_camera_slightly_too_fast_loses_a_frame_a_beat_and_hardly_waits() -> None:
    arrivals = steady(30.3, 60)
    hands = simulate(arrivals, 60)
    waits = delays(hands, arrivals)
    assert len(hands) == pytest.approx(1800, abs=2)
    assert repeats(hands, arrivals) == 0
    assert max(waits) <= HOLD * PERIOD
    assert sum(waits) / len(waits) < PERIOD / 16


def test_a_camera_slightly_too_slow_has_a_frame_repeated_a_beat_and_never_waits() -> None:
    arrivals = steady(29.7, 60)
    hands = simulate(arrivals, 60)
    assert len(hands) == pytest.approx(1800, abs=2)
    assert repeats(hands, arrivals) == pytest.approx(18, abs=1)
    assert max(delays(hands, arrivals)) == 0


def test_while_the_camera_stalls_the_last_frame_is_repeated_at_the_full_rate() -> None:
    arrivals = [*steady(30, 1), *steady(30, 1, phase=4.013)]
    hands = simulate(arrivals, 5)
    stalled = [hand for hand in hands if 1.1 < hand.at < 4.0]
    assert {hand.frame for hand in stalled} == {29}
    assert len(stalled) == pytest.approx(2.9 * 30, abs=1)
    assert delays([hand for hand in hands if hand.frame == 30], arrivals) == [0]


def test_nothing_is_sent_before_the_first_frame() -> None:
    assert decide(PacingState(PERIOD), None, 5.0).action is Action.WAIT
    assert simulate([1.0], 1.01)[0].at == 1.0


def test_after_a_jump_of_the_clock_the_passed_slots_are_skipped_not_made_up_for() -> None:
    state = sent(PacingState(PERIOD), 0.0)
    awake = catch_up(state, 3600.0)
    assert decide(awake, None, 3600.0).action is Action.REPEAT
    assert decide(catch_up(sent(awake, 3600.0), 3600.0), None, 3600.0).action is Action.WAIT
    assert awake.missed == pytest.approx(3600 * 30, abs=2)


def test_an_output_that_was_held_up_shows_its_last_frame_as_long_but_a_sleep_takes_no_time() -> None:
    state = sent(PacingState(PERIOD), 0.0)
    assert slot_seconds(catch_up(state, 5.0)) == pytest.approx(5, abs=2 * PERIOD)
    assert slot_seconds(catch_up(state, 3600.0)) == pytest.approx(PERIOD)


def test_a_slot_that_is_only_late_is_not_skipped() -> None:
    state = sent(PacingState(PERIOD), 0.0)
    assert catch_up(state, 2.4 * PERIOD) == state


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.lists(st.floats(0.0, 0.2), min_size=1, max_size=100),
    rate=st.sampled_from([24.0, 25.0, 30.0, 60.0]),
)
def test_the_rate_is_kept_and_frames_stay_young_whatever_arrives(gaps: list[float], rate: float) -> None:
    period = 1 / rate
    arrivals = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    until = arrivals[-1] + 1.0
    hands = simulate(arrivals, until, period)
    times = [hand.at for hand in hands]
    slack = 1e-6

    for first in range(0, len(times), 7):
        for last in range(first + 1, len(times), 5):
            elapsed = times[last] - times[first]
            assert last - first <= elapsed / period + EARLY + GRACE + slack, "the rate is exceeded"

    gaps_out = [after - before for before, after in zip(times, [*times[1:], until], strict=True)]
    assert max(gaps_out) <= (1 + EARLY + GRACE) * period + slack, "the output starves"

    assert max(delays(hands, arrivals)) <= (1 + EARLY + GRACE) * period + slack, "a frame waits too long"

    frames = [hand.frame for hand in hands]
    assert frames == sorted(frames), "frames overtake each other"
    assert frames[-1] == len(arrivals) - 1, "the last frame is shown"
    shown_at = {hand.frame: hand.at for hand in reversed(hands)}
    for hand in hands:
        newest = max(i for i, time in enumerate(arrivals) if time <= hand.at)
        assert hand.frame == newest or shown_at[hand.frame] < arrivals[newest], (
            "an old frame in place of a newer"
        )
