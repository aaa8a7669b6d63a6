"""What is counted, and how it is told."""

import pytest
from rich.console import Console

from pechead_live.clock import ManualClock
from pechead_live.pipeline.report import advice, count_lines, status_line, times_table
from pechead_live.pipeline.statistics import Statistics


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(100.0)


@pytest.fixture
def statistics(clock: ManualClock) -> Statistics:
    return Statistics(clock, started_at=98.5)


def run_for(statistics: Statistics, clock: ManualClock, seconds: int, rate: int, age: float) -> None:
    """A steady stretch: every camera frame reaches the output ``age`` seconds later."""
    output = statistics.output("out.mkv")
    for sequence in range(seconds * rate):
        statistics.captured(sequence)
        statistics.looked_for_face(found=True)
        output.handed_over_fresh(clock.now(), age)
        clock.sleep(1 / rate)


def test_rates_and_frame_age(statistics: Statistics, clock: ManualClock) -> None:
    run_for(statistics, clock, seconds=20, rate=25, age=0.030)
    summary = statistics.summary()
    assert summary.captured == 500
    assert summary.captured_per_second == pytest.approx(25)
    assert summary.recent_captured_per_second == pytest.approx(25)
    assert summary.silent_for == pytest.approx(0, abs=0.05)
    (output,) = summary.outputs
    assert output.frames_per_second == pytest.approx(25)
    assert output.age.p95 == pytest.approx(0.030, rel=0.011)
    assert output.recent_age.count == pytest.approx(250, abs=1)


def test_the_start_up_ends_with_the_first_fresh_frame(statistics: Statistics, clock: ManualClock) -> None:
    assert statistics.summary().first_frame_after is None
    run_for(statistics, clock, seconds=1, rate=10, age=0.02)
    assert statistics.summary().first_frame_after == pytest.approx(1.5)


def test_frames_that_the_camera_skipped_count_as_dropped(statistics: Statistics) -> None:
    for sequence in (0, 1, 4, 6):
        statistics.captured(sequence)
    assert [drop.count for drop in statistics.summary().drops] == [3]


def test_repetitions_have_no_age(statistics: Statistics, clock: ManualClock) -> None:
    output = statistics.output("out.mkv")
    output.handed_over_fresh(clock.now(), 0.02)
    clock.sleep(0.1)
    output.handed_over_again(clock.now())
    (summary,) = statistics.summary().outputs
    assert (summary.fresh, summary.repeated, summary.age.count) == (1, 1, 1)
    assert summary.frames_per_second == pytest.approx(10)


def test_a_stage_is_timed_without_the_time_between(statistics: Statistics, clock: ManualClock) -> None:
    for _ in range(3):
        with statistics.timed("render"):
            clock.sleep(0.008)
        clock.sleep(0.5)
    (stage,) = statistics.summary().stages
    assert (stage.name, stage.durations.count) == ("render", 3)
    assert stage.durations.maximum == pytest.approx(0.008)


def test_the_table_names_stages_age_drops_and_lost_faces(statistics: Statistics, clock: ManualClock) -> None:
    with statistics.timed("render"):
        clock.sleep(0.008)
    statistics.count_drops("as the renderer was busy", lambda: 7)
    statistics.looked_for_face(found=False)
    run_for(statistics, clock, seconds=1, rate=30, age=0.030)
    console = Console(width=100)
    with console.capture() as capture:
        console.print(times_table(statistics.summary()))
    text = capture.get()
    assert "render" in text
    assert " 8.0" in text
    assert "frame age at out.mkv" in text
    lines = count_lines(statistics.summary())
    assert "dropped before the outputs: 7 as the renderer was busy" in lines
    assert lines[0].endswith("no face in 1 of them")


def test_a_run_in_which_no_face_was_seen_is_followed_by_advice(
    statistics: Statistics, clock: ManualClock
) -> None:
    assert advice(statistics.summary()) == []
    for sequence in range(30):
        statistics.captured(sequence)
        statistics.looked_for_face(found=False)
        clock.sleep(1 / 30)
    (line,) = advice(statistics.summary())
    assert line.startswith("no face was seen by the camera")
    statistics.looked_for_face(found=True)
    assert advice(statistics.summary()) == []


@pytest.mark.parametrize(("dropped", "told"), [(2, False), (10, True)])
def test_a_computer_that_is_too_slow_is_told_of_with_its_slowest_stage(
    dropped: int, told: bool, statistics: Statistics, clock: ManualClock
) -> None:
    for stage, seconds in (("keypoints", 0.010), ("render", 0.070), ("compose", 0.002)):
        with statistics.timed(stage):
            clock.sleep(seconds)
    run_for(statistics, clock, seconds=1, rate=30, age=0.030)
    statistics.count_drops("as the renderer was busy", lambda: dropped)
    lines = advice(statistics.summary())
    assert bool(lines) == told
    if told:
        assert lines[0].startswith("33% of the camera's frames")
        assert "(render: 70 ms a frame)" in lines[0]
        assert lines[0].endswith("or --size, --renderer geometric")
        assert advice(statistics.summary(), "geometric")[0].endswith("or --size")


def test_the_status_line_tells_rates_age_and_lost_faces(statistics: Statistics, clock: ManualClock) -> None:
    assert status_line(statistics.summary()) == "waiting for the camera"
    run_for(statistics, clock, seconds=2, rate=30, age=0.030)
    assert status_line(statistics.summary()) == (
        "30.0 fps in | 30.0 fps out | frame age 30 ms, p95 30 ms | 0 dropped"
    )
    statistics.looked_for_face(found=False)
    assert status_line(statistics.summary()).endswith("no face")


def test_an_offline_run_tells_no_frame_age(statistics: Statistics, clock: ManualClock) -> None:
    statistics.output("out.mkv").handed_over_fresh(clock.now(), age=None)
    assert statistics.summary().outputs[0].age.count == 0
    assert "out.mkv: 0.0 fps, 1 fresh frames" in count_lines(statistics.summary())
