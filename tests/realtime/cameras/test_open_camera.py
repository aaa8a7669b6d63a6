"""From what the user wrote to a camera."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pechead.errors import CameraError, SettingsError
from pechead_live.cameras.image_folder import ImageFolderCamera
from pechead_live.cameras.motion_recording import MotionRecordingCamera
from pechead_live.cameras.open import open_camera
from pechead_live.cameras.video_file import VideoFileCamera
from pechead_live.clock import ManualClock
from pechead_live.motion.recording import Recording, save_recording


@pytest.mark.parametrize("realtime", [False, True])
def test_files_and_folders_are_told_apart(
    tmp_path: Path,
    make_video: Callable[..., Path],
    numbered_picture: Callable[..., NDArray[np.uint8]],
    realtime: bool,
) -> None:
    make_video(tmp_path / "video.mkv", [0.0, 0.5])
    (tmp_path / "2").mkdir()
    for number in range(2):
        Image.fromarray(numbered_picture(number, (128, 128))).save(tmp_path / "2" / f"{number}.png")
    save_recording(tmp_path / "motion.npz", Recording(np.array([0.0, 0.5]), [None, None]))
    kinds = {"video.mkv": VideoFileCamera, "2": ImageFolderCamera, "motion.npz": MotionRecordingCamera}

    for name, kind in kinds.items():
        clock = ManualClock(start=7.0)
        with open_camera(str(tmp_path / name), clock, realtime) as camera:
            assert type(camera) is kind
            frame = camera.read()
        assert frame is not None
        assert frame.captured_at == (7.0 if realtime else 0.0)


@pytest.mark.parametrize("spec", ["missing.mp4", "missing/folder", "/nowhere/motion.npz"])
def test_a_missing_file_is_called_missing(spec: str) -> None:
    with pytest.raises(CameraError, match=f"^there is no file or folder '{spec}': check the path"):
        open_camera(spec, ManualClock(), realtime=True)


@pytest.mark.parametrize("spec", ["93", "No Such Camera", "USB2.0 HD UVC WebCam without match", ""])
def test_anything_else_is_looked_for_among_the_cameras(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "93").mkdir()  # a bare number means a camera, whatever lies around
    monkeypatch.chdir(tmp_path)

    with pytest.raises(CameraError, match=f"^no camera '{spec}'"):
        open_camera(spec, ManualClock(), realtime=True)


def test_a_webcam_can_not_be_read_offline() -> None:
    with pytest.raises(SettingsError, match="camera '0' can't be read offline: leave out --offline"):
        open_camera("0", ManualClock(), realtime=False)
