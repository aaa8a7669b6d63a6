"""What the doctor makes of what it sees, and how it is told."""

import json

import pytest

from pechead.errors import CameraError, OutputError
from pechead_live.clock import ManualClock
from pechead_live.doctor.devices import judge_loopbacks
from pechead_live.doctor.examination import as_json, exit_code, lines, verdict
from pechead_live.doctor.finding import Finding, bad
from pechead_live.doctor.speed import ENOUGH, judge_speed
from pechead_live.outputs.v4l2loopback import Loopback, State
from pechead_live.pipeline.statistics import Statistics

GOOD = Finding("camera", "good", "0  Logitech")
OPTIONAL = Finding("runtime", "optional", "OpenVINO is not installed", "pip install openvino")
NO_CAMERA = bad("camera", CameraError("no camera was found", "plug one in"))
NO_OUTPUT = bad("virtual camera", OutputError("there is none", "make one"))


def loopback(state: State, number: int = 10) -> Loopback:
    return Loopback(f"/dev/video{number}", "PECHead AI avatar", state)


@pytest.mark.parametrize(
    ("findings", "code", "words"),
    [
        ([GOOD, OPTIONAL], 0, "ready: pechead-live --source me.png"),
        ([GOOD, NO_OUTPUT], OutputError.exit_code, "see virtual camera above"),
        ([OPTIONAL, NO_CAMERA, NO_OUTPUT], CameraError.exit_code, "see camera and virtual camera above"),
    ],
)
def test_the_exit_code_says_whether_the_main_job_can_run(
    findings: list[Finding], code: int, words: str
) -> None:
    assert exit_code(findings) == code
    assert words in verdict(findings)
    assert json.loads(as_json(findings, "1.0"))["exit_code"] == code


def test_what_is_missing_comes_with_what_to_do() -> None:
    assert lines(GOOD) == ["ok  camera: 0  Logitech"]
    assert lines(OPTIONAL) == ["--  runtime: OpenVINO is not installed", "      pip install openvino"]
    assert lines(NO_CAMERA) == ["!!  camera: no camera was found", "      plug one in"]


def test_programs_get_every_finding() -> None:
    told = json.loads(as_json([GOOD, NO_CAMERA], "1.0"))
    assert told["version"] == "1.0"
    assert [(finding["area"], finding["state"]) for finding in told["findings"]] == [
        ("camera", "good"),
        ("camera", "bad"),
    ]
    assert told["findings"][1]["remedy"] == "plug one in"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([State.FREE], ["good"]),
        ([State.STUCK], ["good"]),
        ([State.BUSY], ["bad"]),
        ([State.BUSY, State.FREE], ["good", "good"]),
    ],
)
def test_a_virtual_camera_is_good_if_frames_can_be_sent_to_one(
    states: list[State], expected: list[str]
) -> None:
    found = judge_loopbacks([loopback(state, i) for i, state in enumerate(states)])
    assert [finding.state for finding in found] == expected
    assert all("PECHead AI avatar" in finding.text for finding in found)


@pytest.mark.parametrize(("share", "state"), [(1.0, "good"), (0.5, "optional")])
def test_speed_is_judged_by_new_frames_a_second(share: float, state: str) -> None:
    clock = ManualClock()
    statistics = Statistics(clock)
    output = statistics.output("none")
    for number in range(150):
        clock.sleep(1 / 30)
        statistics.captured(number)
        if number < share * 150:
            output.handed_over_fresh(clock.now(), age=0.02)
        else:
            output.handed_over_again(clock.now())
    finding = judge_speed(statistics.summary(), "geometric")
    assert finding.state == state
    assert f"{30 * share:.0f} new frames a second" in finding.text
    assert (30 * share >= ENOUGH) == (state == "good")
