"""Motion recordings on disk: whole ones, and every kind of file that isn't one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pechead.errors import CameraError, OutputError
from pechead_live.frames import DrivingMotion, Motion
from pechead_live.motion.recorder import MotionRecorder
from pechead_live.motion.recording import Recording, load_recording, save_recording
from pechead_live.motion.rotations import angle_between

MakeMotion = Callable[..., Motion]


@pytest.fixture
def recording(make_motion: MakeMotion) -> Recording:
    moments: list[Motion | None] = [
        make_motion(yaw=i - 20, pitch=i / 3, x=0.01 * i, jawOpen=i / 50, eyeBlinkLeft=0.333)
        for i in range(40)
    ]
    moments[7] = None
    return Recording(np.arange(40) / 30, moments)


@pytest.fixture
def saved(recording: Recording, tmp_path: Path) -> Path:
    path = tmp_path / "me.npz"
    save_recording(path, recording)
    return path


def resave(path: Path, **changes: Any) -> None:
    with np.load(path) as file:
        arrays = dict(file)
    arrays.update(changes)
    np.savez_compressed(path, **{name: value for name, value in arrays.items() if value is not None})


def test_what_is_saved_is_loaded(recording: Recording, saved: Path) -> None:
    loaded = load_recording(saved)
    assert loaded.times == pytest.approx(recording.times, abs=1e-5)
    assert loaded.frames_per_second == pytest.approx(30, rel=1e-3)
    assert loaded.duration == pytest.approx(39 / 30, rel=1e-3)
    assert [moment is None for moment in loaded.moments] == [i == 7 for i in range(40)]
    for was, now in zip(recording.moments, loaded.moments, strict=True):
        if was is not None and now is not None:
            assert angle_between(was.rotation, now.rotation) < 1e-3
            assert now.translation == pytest.approx(was.translation)
            assert now.scale == pytest.approx(was.scale)
            assert now.expression == pytest.approx(was.expression, abs=5e-4)


def test_a_recording_is_small(saved: Path) -> None:
    assert saved.stat().st_size < 40 * 200


def test_half_written_files_are_never_left(recording: Recording, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="choose a folder"):
        save_recording(tmp_path / "missing" / "me.npz", recording)
    (tmp_path / "taken.npz").mkdir()
    with pytest.raises(OutputError):
        save_recording(tmp_path / "taken.npz", recording)
    assert [path.name for path in tmp_path.iterdir()] == ["taken.npz"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match=r"no motion recording .*nowhere\.npz"):
        load_recording(tmp_path / "nowhere.npz")


@pytest.mark.parametrize("content", [b"", b"not a recording at all", b"PK\x03\x04 cut off"])
def test_foreign_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file.npz").write_bytes(content)
    with pytest.raises(CameraError, match="motion recording"):
        load_recording(tmp_path / "file.npz")


def test_a_truncated_file_is_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    with pytest.raises(CameraError, match="damaged"):
        load_recording(saved)


def test_a_file_with_a_flipped_byte_is_refused(saved: Path) -> None:
    data = bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 0xFF
    saved.write_bytes(data)
    with pytest.raises(CameraError, match="damaged"):
        load_recording(saved)


def test_other_arrays_and_pickles_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.zeros(3))
    np.savez(tmp_path / "arrays.npz", times=np.zeros(3))
    np.savez(tmp_path / "pickled.npz", format=np.array([{"a": 1}], dtype=object))
    for name in ("array.npy", "arrays.npz", "pickled.npz"):
        with pytest.raises(CameraError, match="motion recording"):
            load_recording(tmp_path / name)


def test_another_version_says_so(saved: Path) -> None:
    resave(saved, version=np.array(99))
    with pytest.raises(CameraError, match="version 99, this program reads version 1"):
        load_recording(saved)


@pytest.mark.parametrize(
    "changes",
    [
        {"expression": None},
        {"version": None},
        {"version": np.array("one")},
        {"rotation": np.zeros((39, 3), np.float32)},
        {"translation": np.full((40, 2), np.nan, np.float32)},
        {"times": np.zeros(40, np.float32)},
        {"scale": np.zeros(40, np.float32)},
        {"names": np.array(["smile"] * 52)},
        {"seen": np.array(["yes"] * 40)},
    ],
)
def test_damaged_arrays_are_refused(saved: Path, changes: dict[str, Any]) -> None:
    resave(saved, **changes)
    with pytest.raises(CameraError, match="damaged"):
        load_recording(saved)


def test_every_message_is_one_line(saved: Path) -> None:
    resave(saved, rotation=np.zeros((1, 1)))
    with pytest.raises(CameraError) as caught:
        load_recording(saved)
    assert "\n" not in str(caught.value)


class TestRecorder:
    def test_it_writes_what_it_was_given_when_closed(self, tmp_path: Path, make_motion: MakeMotion) -> None:
        with MotionRecorder(tmp_path / "live.npz") as recorder:
            for i in range(5):
                recorder.append(DrivingMotion(i, 100 + i / 30, None if i == 2 else make_motion(yaw=i)))
            assert not (tmp_path / "live.npz").exists()
        loaded = load_recording(tmp_path / "live.npz")
        assert loaded.times[0] == 0
        assert [moment is None for moment in loaded.moments] == [False, False, True, False, False]

    def test_repeated_moments_are_kept_once(self, tmp_path: Path, make_motion: MakeMotion) -> None:
        with MotionRecorder(tmp_path / "live.npz") as recorder:
            for at in (1.0, 1.0, 1.1, 1.05, 1.2):
                recorder.append(DrivingMotion(0, at, make_motion()))
        assert load_recording(tmp_path / "live.npz").times == pytest.approx([0, 0.1, 0.2])

    def test_it_stops_growing(self, tmp_path: Path, make_motion: MakeMotion) -> None:
        with MotionRecorder(tmp_path / "live.npz", longest=10) as recorder:
            for i in range(25):
                recorder.append(DrivingMotion(i, float(i), make_motion()))
        assert recorder.left_out == 15
        assert len(load_recording(tmp_path / "live.npz").moments) == 10

    def test_nothing_recorded_leaves_no_file(self, tmp_path: Path) -> None:
        MotionRecorder(tmp_path / "live.npz").close()
        assert list(tmp_path.iterdir()) == []

    def test_closing_twice_writes_once(self, tmp_path: Path, make_motion: MakeMotion) -> None:
        recorder = MotionRecorder(tmp_path / "live.npz")
        recorder.append(DrivingMotion(0, 0.0, make_motion()))
        recorder.close()
        (tmp_path / "live.npz").unlink()
        recorder.close()
        assert list(tmp_path.iterdir()) == []

    def test_a_missing_folder_is_told_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="no folder"):
            MotionRecorder(tmp_path / "missing" / "live.npz")
