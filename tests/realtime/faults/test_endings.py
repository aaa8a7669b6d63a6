"""However a live run ends, files are whole, nothing half-written is left, and one line says what happened."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

SIZE = "64x48"
FRAME_BYTES = 64 * 48 * 3

SEED = 5
LATEST = 5.0
"""Seconds after the start: from before the first import to well within the run, or its end."""


def live_demo(*words: str) -> list[str]:
    return [sys.executable, "-m", "pechead_live", "--demo", "--size", SIZE, *words]


def frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (number, moment)
        for number, moments in zip(
            (signal.SIGINT, signal.SIGTERM),
            np.sort(np.random.default_rng(SEED).uniform(0, LATEST, (2, 2)), axis=1),
            strict=True,
        )
        for moment in moments
    ],
)
def test_a_signal_at_any_moment_leaves_a_whole_file_or_none(
    tmp_path: Path, number: signal.Signals, moment: float
) -> None:
    out = tmp_path / "out.mp4"
    process = subprocess.Popen(
        live_demo("--duration", "3", "--output", str(out)), stderr=subprocess.PIPE, text=True
    )
    time.sleep(float(moment))
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode in (0, 130, -number)
    if process.returncode != -number:
        assert "Traceback" not in told
    if out.exists():
        assert frames_in(out) > 0
    assert set(os.listdir(tmp_path)) <= {"out.mp4"}


def test_an_output_that_vanishes_leaves_the_others_whole(tmp_path: Path) -> None:
    """Here: the program that reads standard output ends in the middle of the run."""
    out = tmp_path / "out.mp4"
    process = subprocess.Popen(
        live_demo("--duration", "3", "--output", "-", "--output", str(out)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert len(process.stdout.read(5 * FRAME_BYTES)) == 5 * FRAME_BYTES
    process.stdout.close()
    told = process.stderr.read().decode()
    assert process.wait(timeout=60) == 5
    assert "the program that reads standard output has ended" in told
    assert "the other outputs go on" in " ".join(told.split())
    assert "Traceback" not in told
    assert frames_in(out) > 15
    assert os.listdir(tmp_path) == ["out.mp4"]


FILL_THE_DISK = """
set -e
disk=$1; kept=$2; shift 2
mount -t tmpfs -o size=24m tmpfs "$disk"
"$@" --output "$disk/out.mp4" --output "$kept/other.mp4" 2> "$kept/told" &
until [ -e "$disk/out.mp4.part" ]; do sleep 0.05; done
head -c 9M /dev/zero > "$disk/filler"
code=0; wait $! || code=$?
cp "$disk"/out* "$kept/"
exit $code
"""


def test_a_recording_is_finished_before_its_disk_is_full_and_the_others_go_on(tmp_path: Path) -> None:
    """On a real small disk, in a mount namespace of its own."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rm", "true"], capture_output=True).returncode:
        pytest.skip("a small disk can't be mounted here")
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    disk.mkdir()
    kept.mkdir()
    words = [unshare, "-rm", "bash", "-c", FILL_THE_DISK, "fill", str(disk), str(kept)]
    result = subprocess.run([*words, *live_demo("--duration", "4")], timeout=120, capture_output=True)
    told = (kept / "told").read_text()
    assert result.returncode == 5, told
    assert "the disk is almost full" in told
    assert "Traceback" not in told
    assert frames_in(kept / "out.mp4") > 0
    assert frames_in(kept / "other.mp4") > frames_in(kept / "out.mp4")
    assert not list(kept.glob("*.part"))
