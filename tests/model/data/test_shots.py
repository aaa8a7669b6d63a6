"""Finding the longest take of one face."""

import numpy as np
import pytest

from pechead.data.prepare_clip import RUN_STEP, choose_frames
from pechead.data.shots import Sighting, find_cuts, longest_take


def seen(time: float, x: float = 100.0, side: float = 60.0) -> Sighting:
    return Sighting(time, np.array([x, 50, x + side, 50 + side], np.float32))


def test_a_sudden_change_is_a_cut_and_shaking_is_none() -> None:
    times = [i / 25 for i in range(50)]
    calm, shaking = [1.0] * 50, [12.0] * 50
    calm[20], shaking[20] = 40.0, 40.0
    assert find_cuts(times, calm) == [20 / 25]
    assert find_cuts(times, shaking) == []


def test_longest_take_ends_at_a_cut() -> None:
    sightings = [seen(0.2 * i) for i in range(20)]
    take = longest_take(sightings, [1.5], 0.2)
    assert take == sightings[8:]


@pytest.mark.parametrize(("x", "side"), [(160.0, 60.0), (100.0, 120.0)])
def test_longest_take_ends_where_the_face_jumps_or_grows_at_once(x: float, side: float) -> None:
    sightings = [seen(0.2 * i) for i in range(10)] + [seen(0.2 * i, x, side) for i in range(10, 16)]
    assert longest_take(sightings, [], 0.2) == sightings[:10]


def test_moving_slowly_and_looking_away_briefly_go_on() -> None:
    sightings = [seen(0.2 * i, 100 + 8 * i) for i in range(20) if i not in (7, 8)]
    assert longest_take(sightings, [], 0.2) == sightings


def test_long_absence_ends_a_take_unless_looks_are_as_rare() -> None:
    sightings = [seen(2.0 * i) for i in range(6)]
    assert len(longest_take(sightings, [], 0.2)) == 1
    assert longest_take(sightings, [], 2.0) == sightings


def test_no_sighting_no_take() -> None:
    assert longest_take([], [], 0.2) == []


@pytest.mark.parametrize(("seconds", "rate"), [(3.0, 25.0), (8.0, 30.0), (200.0, 24.0), (20.0, 12.0)])
def test_chosen_frames_are_spread_and_come_in_runs(seconds: float, rate: float) -> None:
    times = np.arange(round(seconds * rate)) / rate
    chosen = choose_frames(times, 100)
    steps = np.diff(chosen)
    assert len(chosen) <= 100
    assert len(chosen) >= min(90, len(times) // 2)
    assert chosen[-1] - chosen[0] > 0.9 * seconds
    assert (steps > 0).all()
    assert np.mean(steps <= RUN_STEP + 1e-9) >= 0.75
