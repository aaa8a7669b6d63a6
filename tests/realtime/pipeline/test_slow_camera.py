"""A camera that gives less than it announces is told, with what can be done."""

import pytest

from pechead_live.clock import ManualClock
from pechead_live.pipeline.report import SILENCE, advice, overlay_lines, status_line
from pechead_live.pipeline.statistics import Statistics, Summary


def watched(rate: float, announced: float | None, frames: int = 90, silent: float = 0.0) -> Summary:
    """The figures of a camera with a steady rate."""
    clock = ManualClock()
    statistics = Statistics(clock)
    statistics.announced(announced)
    for number in range(frames):
        clock.sleep(1 / rate)
        statistics.captured(number)
    clock.sleep(silent)
    return statistics.summary()


@pytest.mark.parametrize(
    ("rate", "announced", "frames", "told"),
    [
        (12, 30, 90, True),
        (29, 30, 90, False),
        (12, None, 90, False),
        (12, 30, 20, False),
        (15, 15, 90, False),
    ],
)
def test_a_low_rate_is_explained_once_it_is_sure(
    rate: float, announced: float | None, frames: int, told: bool
) -> None:
    summary = watched(rate, announced, frames)
    assert ("more light" in status_line(summary)) == told
    lines = [line for line in advice(summary) if "more light" in line]
    assert len(lines) == told
    assert all("12.0 of the 30 frames" in line and "USB" in line for line in lines)


def test_a_camera_that_has_fallen_silent_is_told() -> None:
    assert "nothing from the camera for 4 s" in status_line(watched(30, 30, silent=4))
    assert "nothing" not in status_line(watched(30, 30, silent=SILENCE / 2))


def test_the_overlay_says_the_same_a_line_each() -> None:
    lines = overlay_lines(watched(12, 30))
    assert lines[0] == "12.0 of 30 fps in (more light?)"
    assert "0 dropped" in lines
