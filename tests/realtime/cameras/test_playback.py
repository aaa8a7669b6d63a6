"""A recording played on a machine that is slow, or too slow."""

from collections.abc import Iterator

import numpy as np

from pechead_live.cameras.playback import LONGEST_SKIP, Moment, RecordedCamera
from pechead_live.clock import ManualClock
from pechead_live.frames import CameraFrame

INTERVAL = 1 / 30


def moments(clock: ManualClock, count: int, decoding: float) -> Iterator[Moment]:
    """A recording at 30 a second, each of whose moments takes ``decoding`` seconds to get at."""
    for number in range(count):
        clock.sleep(decoding)
        yield Moment(
            number * INTERVAL,
            INTERVAL,
            lambda sequence, at: CameraFrame(sequence, at, np.zeros((1, 1, 3), np.uint8)),
        )


def play(clock: ManualClock, recording: Iterator[Moment]) -> tuple[list[int], list[float]]:
    """Sequences, and ages when they were handed over."""
    sequences, ages = [], []
    with RecordedCamera("recording", (1, 1), 30.0, recording, clock) as camera:
        while (frame := camera.read()) is not None:
            sequences.append(frame.sequence)
            ages.append(clock.now() - frame.captured_at)
    return sequences, ages


def test_decoding_that_is_fast_enough_costs_no_age() -> None:
    clock = ManualClock()

    sequences, ages = play(clock, moments(clock, 90, decoding=0.9 * INTERVAL))

    assert sequences == list(range(90))
    assert max(ages) < 1e-6


def test_after_a_hiccup_it_catches_up_by_skipping() -> None:
    clock = ManualClock()

    def hiccup() -> Iterator[Moment]:
        for number, moment in enumerate(moments(clock, 90, decoding=0.1 * INTERVAL)):
            if number == 30:
                clock.sleep(0.3)
            yield moment

    sequences, ages = play(clock, hiccup())

    assert sequences == [*range(30), *range(38, 90)]
    assert max(ages) < 2 * INTERVAL
    assert max(ages[32:]) < 1e-6
    assert clock.now() < 90 * INTERVAL + 0.02


def test_decoding_that_is_too_slow_plays_slower_but_never_ever_later() -> None:
    clock = ManualClock()

    sequences, ages = play(clock, moments(clock, 300, decoding=1.5 * INTERVAL))

    assert max(ages) < LONGEST_SKIP + 2 * INTERVAL
    assert len(sequences) > 100
    assert sequences[-1] == 299
