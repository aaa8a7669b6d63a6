"""Sending to a virtual camera, with a backend of pyvirtualcam's own kind in place of a driver."""

from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np
import pytest
import pyvirtualcam
from numpy.typing import NDArray
from pyvirtualcam.camera import BACKENDS

from pechead.errors import OutputError
from pechead_live.outputs.slate import draw_slate
from pechead_live.outputs.virtual_camera import VirtualCameraOutput

Draw = Callable[..., NDArray[np.uint8]]
SIZE = (320, 180)


class Recorder:
    """A backend that keeps what it gets."""

    last: ClassVar["Recorder"]

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None) -> None:
        if device == "missing":
            raise RuntimeError("Device missing does not exist.")
        Recorder.last = self
        self.shape = (height, width, 3)
        self.announced = (fps, fourcc)
        self.wanted_device = device
        self.frames: list[NDArray[np.uint8]] = []
        self.is_closed = False

    def send(self, frame: NDArray[np.uint8]) -> None:
        if len(self.frames) == 3:
            raise RuntimeError("the driver went away")
        self.frames.append(frame.reshape(self.shape).copy())

    def close(self) -> None:
        self.is_closed = True

    def device(self) -> str:
        return self.wanted_device or "recorder"

    def native_fourcc(self) -> int | None:
        return None


@pytest.fixture
def backend() -> Iterator[str]:
    pyvirtualcam.register_backend("recorder", Recorder)
    yield "recorder"
    del BACKENDS["recorder"]


def test_a_slate_is_shown_from_the_first_moment_on(backend: str) -> None:
    with VirtualCameraOutput(SIZE, 30.0, backend=backend, slate_text="one moment"):
        np.testing.assert_array_equal(Recorder.last.frames, [draw_slate(SIZE, "one moment")])


def test_frames_arrive_as_rgb_at_the_announced_rate(backend: str, numbered_picture: Draw) -> None:
    picture = numbered_picture(3, SIZE)

    with VirtualCameraOutput(SIZE, 24.0, backend=backend) as output:
        output.send(picture, 0.0)
        output.send(picture[:, ::-1], 1 / 24)

    np.testing.assert_array_equal(Recorder.last.frames[1:], [picture, picture[:, ::-1]])
    assert Recorder.last.announced[0] == 24.0
    assert Recorder.last.is_closed


def test_it_is_known_by_its_device(backend: str) -> None:
    with VirtualCameraOutput(SIZE, backend=backend, device="/dev/video10") as output:
        assert output.name == "virtual camera /dev/video10"
        assert output.seen_by.endswith("as the camera in your meeting program")
        assert (output.size, output.frames_per_second, output.shows_slate) == (SIZE, 30.0, True)


def test_meeting_programs_get_the_size_that_they_expect(backend: str) -> None:
    with VirtualCameraOutput(backend=backend):
        assert Recorder.last.shape == (720, 1280, 3)


@pytest.mark.parametrize("size", [(641, 480), (640, 481), (8194, 480), (0, 0)])
def test_sizes_that_drivers_get_wrong_are_refused(backend: str, size: tuple[int, int]) -> None:
    with pytest.raises(
        OutputError, match=f"a virtual camera can't be {size[0]}x{size[1]}: use even numbers up to"
    ):
        VirtualCameraOutput(size, backend=backend)


def test_a_device_that_can_not_be_opened_is_explained(backend: str) -> None:
    with pytest.raises(
        OutputError,
        match=r"there is no missing: |missing can't be opened \(Device missing does not exist\.\): ",
    ):
        VirtualCameraOutput(SIZE, backend=backend, device="missing")


def test_a_driver_that_goes_away_is_reported(backend: str, numbered_picture: Draw) -> None:
    with VirtualCameraOutput(SIZE, backend=backend) as output:
        output.send(numbered_picture(0, SIZE), 0.0)
        output.send(numbered_picture(1, SIZE), 0.1)
        with pytest.raises(OutputError, match=r"virtual camera recorder stopped taking frames \(the driver"):
            output.send(numbered_picture(2, SIZE), 0.2)


def test_closing_twice_is_harmless(backend: str) -> None:
    output = VirtualCameraOutput(SIZE, backend=backend)
    output.close()
    output.close()

    assert Recorder.last.is_closed
