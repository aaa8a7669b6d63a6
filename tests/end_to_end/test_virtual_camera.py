"""The command on real video devices, in a guest kernel that has them: see docs/development.md.

One boot plays all scenes (``guest/session.py``); each test looks at what one of them came to.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import pytest

from pechead_live.cli import main
from pechead_live.frames import Image

SCRIPT, CACHE = "PECHEAD_VCAM_SCRIPT", "VCAM_DIR"
ROOT = Path(__file__).parents[2]
SECONDS = 900

Results = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, portrait_photo: Image) -> Results:
    script, cache = os.environ.get(SCRIPT), os.environ.get(CACHE)
    if not script or not cache:
        pytest.skip(f"{SCRIPT} and {CACHE} don't name a guest with video devices")
    if not (Path(cache) / "uml" / "ready").is_file():
        pytest.skip(f"the guest in {CACHE} has not been built")
    if ROOT.is_relative_to("/tmp"):
        pytest.skip("the guest doesn't see checkouts below /tmp")
    out = tmp_path_factory.mktemp("guest")
    cv2.imwrite(str(out / "me.png"), cv2.cvtColor(portrait_photo, cv2.COLOR_RGB2BGR))
    webcam = out / "webcam.mp4"
    words = ["--demo", "--offline", "--no-badge", "--size", "640x480", "--output", str(webcam)]
    assert main(words) == 0
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PECHEAD_CONFIG": "/tmp/config",
        "VCAM_ENV": "PYTHONPATH PECHEAD_CONFIG",
    }
    session = [sys.executable, "-m", "tests.end_to_end.guest.session"]
    subprocess.run(
        ["bash", script, "run", "-o", str(out), "-t", str(SECONDS), "-w", str(webcam), "--", *session],
        env=environment,
        cwd=ROOT,
        timeout=SECONDS + 60,
        check=True,
    )
    told: Results = json.loads((out / "results.json").read_text())
    print(json.dumps(told, indent=1))  # noqa: T201 - shown by pytest -s: these are the figures to report
    return told


def scene(results: Results, name: str) -> Mapping[str, Any]:
    assert "failed" not in results[name], results[name]["failed"]
    return results[name]


@pytest.mark.parametrize("reader", ["ffmpeg", "opencv", "chromium"])
def test_readers_get_the_frames_that_were_sent_in_order(results: Results, reader: str) -> None:
    told = scene(results, "read_by_everyone")
    if reader not in told:
        pytest.skip(f"there is no {reader} here")
    assert told[reader]["read"] >= 3
    # A reader slower than the writer gets a torn frame now and then.
    assert told[reader]["right"] >= 0.6 * told[reader]["read"]
    assert told[reader]["ordered"]


def test_it_can_be_started_again_and_a_request_to_end_leaves_the_device_free(results: Results) -> None:
    runs = scene(results, "start_stop_start")["runs"]
    assert [(run["exit code"], run["device"]) for run in runs] == [(0, "free")] * 3


def test_an_unplugged_webcam_is_told_and_comes_back_while_the_virtual_camera_goes_on(
    results: Results,
) -> None:
    told = scene(results, "unplug")
    assert told["frames meanwhile"] == 30
    assert told["exit code"] == 0


def test_a_reader_sees_what_happens(results: Results) -> None:
    assert scene(results, "added_latency")["flips"] > 10
    assert scene(results, "whole_latency")["flips"] > 5
