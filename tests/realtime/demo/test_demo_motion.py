"""The demo's motion: calm at first, then talking, blinking and turning, at a human pace, without a seam."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.blendshapes import index
from pechead.face.pose import angles
from pechead_live.demo.author import main
from pechead_live.demo.motion import MOTION_FILE, demo_motion
from pechead_live.frames import Motion
from pechead_live.motion.recording import load_recording
from pechead_live.motion.rotations import angle_between

FPS = 30


@pytest.fixture(scope="module")
def moments() -> list[Motion]:
    return [moment for moment in demo_motion().moments if moment is not None]


def course(moments: list[Motion], name: str) -> NDArray[np.float64]:
    return np.array([moment.expression[index(name)] for moment in moments], np.float64)


def head(moments: list[Motion]) -> NDArray[np.float64]:
    """(n, 3) yaw, pitch and roll in degrees."""
    turned = [angles(moment.rotation) for moment in moments]
    return np.array([(a.yaw, a.pitch, a.roll) for a in turned])


def test_it_is_ten_seconds_in_a_small_file(moments: list[Motion]) -> None:
    recording = demo_motion()
    assert len(moments) == len(recording.times) == 10 * FPS
    assert recording.frames_per_second == pytest.approx(FPS, rel=1e-3)
    assert MOTION_FILE.stat().st_size < 50_000


def test_the_shipped_file_is_what_the_script_writes(
    moments: list[Motion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["author", str(tmp_path / "motion.npz")])
    main()
    for shipped, written in zip(moments, load_recording(tmp_path / "motion.npz").moments, strict=True):
        assert written is not None
        assert angle_between(shipped.rotation, written.rotation) < 0.01
        assert shipped.translation == pytest.approx(written.translation, abs=1e-5)
        assert shipped.expression == pytest.approx(written.expression, abs=1e-3)


def test_it_begins_with_a_calm_frontal_second(moments: list[Motion]) -> None:
    first = moments[: int(1.3 * FPS)]
    assert np.abs(head(first)).max() < 5
    assert max(course(first, "jawOpen")) < 0.05
    assert max(course(first, "eyeBlinkLeft")) < 0.2


def test_it_loops_without_a_seam(moments: list[Motion]) -> None:
    seam = angle_between(moments[-1].rotation, moments[0].rotation)
    assert seam < 0.5
    assert np.abs(moments[-1].expression - moments[0].expression).max() < 0.03
    assert moments[-1].translation == pytest.approx(moments[0].translation, abs=0.003)


def test_the_head_turns_both_ways_nods_and_tilts(moments: list[Motion]) -> None:
    yaw, pitch, roll = head(moments).T
    assert 18 < yaw.max() < 27
    assert 18 < -yaw.min() < 27
    assert pitch.min() < -5
    assert np.abs(roll).max() > 6


def test_the_head_moves_at_a_human_pace(moments: list[Motion]) -> None:
    speed = np.abs(np.diff(head(moments), axis=0)).max() * FPS
    assert 30 < speed < 120  # degrees per second


def test_eyes_lead_the_head(moments: list[Motion]) -> None:
    start = int(3.3 * FPS)
    eyes = course(moments, "eyeLookOutLeft")[start:]
    yaw = head(moments)[start:, 0]
    eyes_first = int(np.argmax(eyes > 0.4))
    head_first = int(np.argmax(yaw > 8))
    assert 2 <= head_first - eyes_first <= 15


def blinks(moments: list[Motion]) -> list[int]:
    """Frames in which the eyes are most shut."""
    lids = course(moments, "eyeBlinkLeft")
    return [i for i in range(1, len(lids) - 1) if lids[i] > 0.5 and lids[i - 1] < lids[i] >= lids[i + 1]]


def test_blinks_are_quick_and_come_at_uneven_intervals(moments: list[Motion]) -> None:
    peaks = blinks(moments)
    assert 4 <= len(peaks) <= 8
    assert np.std(np.diff(peaks)) > 0.2 * FPS
    lids = course(moments, "eyeBlinkLeft")
    for peak in peaks:
        opened = np.flatnonzero(lids[peak:] < 0.3)[0]
        shut = np.flatnonzero(lids[peak::-1] < 0.3)[0]
        assert shut <= opened <= 6


def test_the_mouth_speaks_in_syllables_with_pauses(moments: list[Motion]) -> None:
    jaw = course(moments, "jawOpen")
    openings = [i for i in range(1, len(jaw) - 1) if jaw[i] > 0.12 and jaw[i - 1] < jaw[i] >= jaw[i + 1]]
    speaking = np.convolve(jaw > 0.05, np.ones(9), "same") > 0
    assert 2.5 < len(openings) / (speaking.sum() / FPS) < 6
    assert 0.3 < speaking.mean() < 0.75
    assert 0.2 < jaw.max() < 0.45


def test_the_lips_take_many_shapes(moments: list[Motion]) -> None:
    for name, least in (
        ("mouthPucker", 0.3),
        ("mouthPressLeft", 0.15),
        ("mouthSmileLeft", 0.5),
        ("mouthFunnel", 0.08),
    ):
        assert course(moments, name).max() > least, name


def test_no_two_sides_do_quite_the_same(moments: list[Motion]) -> None:
    for name in ("mouthSmile", "browOuterUp", "eyeBlink"):
        left, right = course(moments, name + "Left"), course(moments, name + "Right")
        assert 0.01 < np.abs(left - right).max() < 0.3, name


def test_weights_stay_in_their_range(moments: list[Motion]) -> None:
    weights = np.array([moment.expression for moment in moments])
    assert weights.min() >= 0
    assert weights.max() <= 1
