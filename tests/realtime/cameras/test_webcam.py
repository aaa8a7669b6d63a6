"""Reading a webcam.

A motion JPEG file that OpenCV plays stands in for the device, and its end for a cable that is pulled.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.errors import CameraError
from pechead_live.cameras.names import CameraDevice, backends
from pechead_live.cameras.webcam import Webcam, cannot_open, capture_moment, open_webcam
from pechead_live.clock import ManualClock


@pytest.fixture
def capture(tmp_path: Path, make_video: Callable[..., Path]) -> cv2.VideoCapture:
    path = make_video(
        tmp_path / "cam.avi", [n / 30 for n in range(3)], codec="mjpeg", pixel_format="yuvj444p"
    )
    return cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)


def test_frames_are_rgb_counted_and_stamped_when_they_arrive(
    capture: cv2.VideoCapture, number_of: Callable[[NDArray[np.uint8]], int]
) -> None:
    clock = ManualClock(start=100.0)

    with Webcam("C920", capture, clock) as camera:
        assert (camera.name, camera.size, camera.ends) == ("C920", (96, 64), False)
        for number in range(3):
            frame = camera.read()
            assert frame is not None
            assert (frame.sequence, frame.captured_at) == (number, 100.0 + number)
            assert number_of(frame.image) == number
            red, green, blue = frame.image[8, 8].astype(int)
            assert red > 200
            assert max(green, blue) < 60
            clock.sleep(1.0)


def test_a_camera_that_is_unplugged_says_so(capture: cv2.VideoCapture) -> None:
    with Webcam("C920", capture, ManualClock()) as camera:
        for _ in range(3):
            camera.read()
        with pytest.raises(
            CameraError, match=r"^the camera C920 stopped sending pictures after 3 frames: plug"
        ):
            camera.read()


class LooseCable:
    """An opened capture of which some pictures arrive damaged, in each of the ways that OpenCV tells it."""

    def __init__(self, capture: cv2.VideoCapture, damaged: set[int]) -> None:
        self._capture = capture
        self._damaged = damaged
        self._grabbed = -1

    def grab(self) -> bool:
        self._grabbed += 1
        return self._capture.grab()

    def retrieve(self) -> tuple[bool, NDArray[np.uint8] | None]:
        there, picture = self._capture.retrieve()
        if self._grabbed not in self._damaged:
            return there, np.asarray(picture, np.uint8)
        return [(False, None), (True, np.zeros((0, 0, 3), np.uint8)), (True, None)][self._grabbed % 3]

    def __getattr__(self, name: str) -> object:
        return getattr(self._capture, name)


def test_damaged_pictures_are_passed_over_and_counted(
    tmp_path: Path, make_video: Callable[..., Path], number_of: Callable[[NDArray[np.uint8]], int]
) -> None:
    times = [n / 30 for n in range(8)]
    path = make_video(tmp_path / "cam.avi", times, codec="mjpeg", pixel_format="yuvj444p")
    cable = LooseCable(cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), {1, 2, 3, 6})
    with Webcam("C920", cable, ManualClock()) as camera:  # type: ignore[arg-type]
        frames = [camera.read() for _ in range(4)]
        assert [frame and frame.sequence for frame in frames] == [0, 4, 5, 7]
        assert [number_of(frame.image) for frame in frames if frame] == [0, 4, 5, 7]


def test_a_camera_that_sends_damaged_pictures_only_counts_as_gone(
    tmp_path: Path, make_video: Callable[..., Path]
) -> None:
    times = [n / 30 for n in range(40)]
    path = make_video(tmp_path / "cam.avi", times, codec="mjpeg", pixel_format="yuvj444p")
    cable = LooseCable(cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), set(range(40)))
    with (
        Webcam("C920", cable, ManualClock()) as camera,  # type: ignore[arg-type]
        pytest.raises(CameraError, match="stopped sending pictures"),
    ):
        camera.read()


def test_a_closed_camera_gives_nothing_and_frees_the_device(capture: cv2.VideoCapture) -> None:
    camera = Webcam("C920", capture, ManualClock())

    camera.close()
    camera.close()

    assert not capture.isOpened()
    assert camera.read() is None


def test_the_drivers_time_counts_if_it_can_be_of_our_clock() -> None:
    assert capture_moment(99.97, arrived_at=100.0) == 99.97
    assert capture_moment(0.0, arrived_at=100.0) == 100.0
    assert capture_moment(100.5, arrived_at=100.0) == 100.0
    assert capture_moment(None, arrived_at=100.0) == 100.0


def test_a_camera_that_does_not_open_is_reported_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    device = CameraDevice(99, "Gone", "", backends(sys.platform)[0])

    with pytest.raises(CameraError, match=r"camera 99 \(Gone\) can't be opened"):
        open_webcam(device, ManualClock())
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("allowed", "platform", "remedy"),
    [
        (False, "linux", "sudo usermod -aG video"),
        (True, "linux", "close other programs that use it"),
        (True, "darwin", "System Settings > Privacy & Security > Camera"),
        (True, "win32", "Settings > Privacy & security > Camera"),
    ],
)
def test_the_remedy_is_the_operating_systems(allowed: bool, platform: str, remedy: str) -> None:
    assert remedy in cannot_open("0 (C920)", allowed, platform).remedy
