"""A folder of images played as a camera."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pechead.errors import CameraError
from pechead_live.cameras.image_folder import ImageFolderCamera
from pechead_live.clock import ManualClock
from pechead_live.frames import CameraFrame

Draw = Callable[..., NDArray[np.uint8]]
SIZE = (160, 120)


@pytest.fixture
def folder(tmp_path: Path, numbered_picture: Draw) -> Path:
    """Images 1 to 12 without leading zeros, and things that are not images."""
    for number in range(1, 13):
        Image.fromarray(numbered_picture(number, SIZE)).save(tmp_path / f"Image{number}.png")
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "more.png").mkdir()
    return tmp_path


def test_images_follow_in_the_order_of_their_numbers(folder: Path, numbered_picture: Draw) -> None:
    with ImageFolderCamera(folder, clock=None) as camera:
        assert (camera.size, camera.frames_per_second, camera.ends) == (SIZE, 25.0, True)
        for index in range(12):
            frame = camera.read()
            assert isinstance(frame, CameraFrame)
            assert frame.sequence == index
            assert frame.captured_at == pytest.approx(index / 25)
            np.testing.assert_array_equal(frame.image, numbered_picture(index + 1, SIZE))
        assert camera.read() is None


def test_in_real_time_they_change_at_their_rate(folder: Path) -> None:
    clock = ManualClock(start=5.0)

    with ImageFolderCamera(folder, clock, frames_per_second=10.0) as camera:
        times = []
        while (frame := camera.read()) is not None:
            times.append(frame.captured_at)

    assert times == pytest.approx([5.0 + index / 10 for index in range(12)])
    assert clock.now() == pytest.approx(6.1)


def test_an_unreadable_image_is_named_with_its_place(folder: Path) -> None:
    (folder / "Image3.png").write_bytes((folder / "Image2.png").read_bytes()[:200])

    with ImageFolderCamera(folder, clock=None) as camera:
        camera.read()
        camera.read()
        with pytest.raises(CameraError, match=r"^image 3 of 12 in .*: Image3.png is damaged"):
            camera.read()


def test_an_unreadable_first_image_is_known_at_once(folder: Path) -> None:
    (folder / "Image1.png").write_text("no picture")

    with pytest.raises(CameraError, match=r"^image 1 of 12 in .*: Image1.png is not a picture"):
        ImageFolderCamera(folder, clock=None)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()

    with pytest.raises(CameraError, match=r"no images in the folder .*: put .*\.jpg.* files there"):
        ImageFolderCamera(tmp_path, clock=None)
