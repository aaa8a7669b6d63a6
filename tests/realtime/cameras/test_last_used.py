"""Which camera is opened when none is named. Files stand in for webcams, as they are found by name too."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from pechead.errors import CameraError
from pechead_live.cameras.base import Camera
from pechead_live.cameras.last_used import CameraChoice
from pechead_live.clock import MonotonicClock


@pytest.fixture
def video(tmp_path: Path, make_video: Callable[..., Path]) -> str:
    return str(make_video(tmp_path / "camera.mkv", [0.0, 0.1]))


@pytest.fixture
def other(tmp_path: Path, make_video: Callable[..., Path]) -> str:
    return str(make_video(tmp_path / "other.mkv", [0.0, 0.1]))


def name_of(camera: Camera) -> str:
    with camera:
        return camera.name


def test_what_is_named_wins(video: str, other: str) -> None:
    assert name_of(CameraChoice(video, other, MonotonicClock()).open()) == "camera.mkv"


def test_else_the_one_used_last(other: str) -> None:
    choice = CameraChoice(None, other, MonotonicClock())
    assert name_of(choice.open()) == "other.mkv"
    assert choice.known_as is None, "a file is not remembered"


def test_one_that_is_gone_is_told_and_the_first_one_taken(caplog: pytest.LogCaptureFixture) -> None:
    choice = CameraChoice(None, "dead:beef", MonotonicClock())
    with suppress(CameraError):  # where there is none at all
        choice.open().close()
    assert "the camera used last is not there (no camera 'dead:beef'" in caplog.text


def test_a_webcam_that_was_lost_is_not_replaced_by_another_one(video: str, other: str) -> None:
    choice = CameraChoice(video, None, MonotonicClock())
    choice.open().close()
    choice.known_as = other
    assert name_of(choice.open()) == "other.mkv"
