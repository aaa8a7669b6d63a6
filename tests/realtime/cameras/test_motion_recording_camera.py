"""A motion recording played as a camera."""

from pathlib import Path

import numpy as np
import pytest

from pechead.errors import CameraError
from pechead_live.cameras.motion_recording import MotionRecordingCamera
from pechead_live.clock import ManualClock
from pechead_live.frames import DrivingMotion, Motion
from pechead_live.motion.recording import Recording, save_recording

TIMES = (0.0, 0.04, 0.5, 0.54)


def motion(scale: float) -> Motion:
    return Motion(np.eye(3, dtype=np.float32), np.zeros(2, np.float32), scale, np.zeros(52, np.float32))


def read_all(camera: MotionRecordingCamera) -> list[DrivingMotion]:
    moments = []
    while (moment := camera.read()) is not None:
        assert isinstance(moment, DrivingMotion)
        moments.append(moment)
    return moments


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Four moments; in the second one no face is seen."""
    path = tmp_path / "me.npz"
    save_recording(path, Recording(np.array(TIMES), [motion(0.25), None, motion(0.5), motion(0.75)]))
    return path


def test_moments_come_in_order_with_their_times_and_gaps(recording: Path) -> None:
    with MotionRecordingCamera(recording, clock=None) as camera:
        moments = read_all(camera)

    assert (camera.name, camera.size, camera.ends) == ("me.npz", (0, 0), True)
    assert [moment.captured_at for moment in moments] == pytest.approx(TIMES)
    assert [moment.motion and moment.motion.scale for moment in moments] == [0.25, None, 0.5, 0.75]


def test_in_real_time_they_come_when_they_are_due(recording: Path) -> None:
    clock = ManualClock(start=10.0)

    with MotionRecordingCamera(recording, clock) as camera:
        moments = read_all(camera)

    assert [moment.captured_at for moment in moments] == pytest.approx([10.0 + at for at in TIMES])
    assert clock.now() == pytest.approx(10.54)


def test_a_late_reader_gets_the_moment_that_is_current(recording: Path) -> None:
    clock = ManualClock()

    with MotionRecordingCamera(recording, clock) as camera:
        sequences = []
        for wait in (0.3, 0.22, 0.0):  # at 0, at 0.3, at 0.52
            moment = camera.read()
            assert moment is not None
            sequences.append(moment.sequence)
            clock.sleep(wait)

    assert sequences == [0, 1, 2]


def test_another_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))

    with pytest.raises(CameraError, match=r"other.npz is not a motion recording"):
        MotionRecordingCamera(tmp_path / "other.npz", clock=None)
