"""A camera that was unplugged comes back by itself."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from pechead.errors import CameraError
from pechead_live.cameras.base import Camera
from pechead_live.cameras.reopening import ReopeningCamera, pause_before
from pechead_live.frames import DrivingMotion


class Device(Camera):
    """Gives some moments and is unplugged then; one that ends is a file."""

    frames_per_second = 30.0
    size = (0, 0)

    def __init__(self, name: str, moments: int, ends: bool = False) -> None:
        self.name = name
        self.ends = ends
        self.closed = False
        self._moments = moments
        self._read = 0

    def read(self) -> DrivingMotion | None:
        if self._read == self._moments:
            raise CameraError(f"{self.name} stopped", "plug it in")
        self._read += 1
        return DrivingMotion(self._read - 1, float(self._read), None)

    def close(self) -> None:
        self.closed = True


def opening(*results: Camera | CameraError) -> Callable[[], Camera]:
    """What each attempt to open gives, in turn."""
    following = iter(results)

    def open_next() -> Camera:
        result = next(following)
        if isinstance(result, CameraError):
            raise result
        return result

    return open_next


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """What the user is warned of."""
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("pechead_live.cameras.reopening")
    logger.addHandler(handler)
    yield said
    logger.removeHandler(handler)


def at_once(_: int) -> float:
    return 0.0


def test_it_is_opened_again_as_often_as_it_takes_and_goes_on_counting(
    warnings: list[str],
) -> None:
    first, busy = Device("Webcam", 2), CameraError("Webcam is busy", "wait")
    camera = ReopeningCamera(opening(first, busy, busy, Device("Webcam", 3)), at_once)
    frames = [camera.read() for _ in range(5)]
    assert [frame.sequence for frame in frames if frame] == [0, 1, 2, 3, 4]
    assert first.closed
    assert [said.partition(":")[0] for said in warnings] == ["Webcam stopped", "the camera Webcam is back"]


def test_a_camera_that_never_opened_is_an_error() -> None:
    with pytest.raises(CameraError, match="busy"):
        ReopeningCamera(opening(CameraError("it is busy", "wait")), at_once)


def test_a_damaged_file_is_not_opened_again() -> None:
    with pytest.raises(CameraError, match="mp4 stopped"):
        ReopeningCamera(opening(Device("talk.mp4", 0, ends=True)), at_once).read()


def test_closing_ends_the_wait_for_a_lost_camera() -> None:
    camera = ReopeningCamera(opening(Device("Webcam", 0)), lambda attempt: 60.0)  # noqa: ARG005
    threading.Timer(0.05, camera.close).start()
    assert camera.read() is None


def test_pauses_grow_to_a_limit() -> None:
    assert [pause_before(attempt) for attempt in range(6)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
