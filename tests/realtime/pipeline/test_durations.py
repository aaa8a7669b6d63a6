"""Percentiles of runs of any length, in bounded memory."""

import random

import pytest

from pechead_live.pipeline.durations import BINS, DurationHistogram, RecentDurations


def test_percentiles_are_exact_to_about_one_percent_over_the_whole_range() -> None:
    chance = random.Random(0)
    values = sorted(10 ** chance.uniform(-4.5, 2.5) for _ in range(20_000))
    histogram = DurationHistogram()
    for value in values:
        histogram.add(value)
    summary = histogram.summary()
    assert summary.count == 20_000
    assert summary.p50 == pytest.approx(values[9_999], rel=0.011)
    assert summary.p95 == pytest.approx(values[18_999], rel=0.011)
    assert summary.maximum == values[-1]
    assert summary.mean == pytest.approx(sum(values) / len(values))


@pytest.mark.parametrize("value", [0.0, 1e-9, 0.02, 5e4])
def test_a_single_duration_is_all_percentiles_and_those_out_of_range_are_not_lost(value: float) -> None:
    histogram = DurationHistogram()
    histogram.add(value)
    summary = histogram.summary()
    assert (summary.count, summary.maximum) == (1, value)
    assert summary.p50 == pytest.approx(min(value, 1e3), rel=0.011, abs=1e-5)


def test_no_durations_give_zeros() -> None:
    assert DurationHistogram().summary().p95 == 0
    assert RecentDurations(10).summary(now=0).count == 0


def test_the_histogram_has_a_fixed_number_of_counters() -> None:
    assert BINS < 1000


def test_recent_durations_forget_what_is_older_than_their_window() -> None:
    recent = RecentDurations(window=10)
    for second in range(100):
        recent.add(at=second, seconds=second / 1000)
    summary = recent.summary(now=99.5)
    assert summary.count == 10
    assert (summary.p50, summary.p95, summary.maximum) == (0.094, 0.099, 0.099)
    assert recent.summary(now=200).count == 0
