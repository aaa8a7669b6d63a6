"""From what the user wrote to an output."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.errors import OutputError
from pechead_live.opening import open_outputs
from pechead_live.outputs.null import NullOutput
from pechead_live.outputs.open import check_output, is_watched, open_output
from pechead_live.outputs.v4l2loopback import list_loopbacks
from pechead_live.outputs.video_file import VideoFileOutput
from pechead_live.settings import Settings

SIZE = (96, 64)


def test_a_path_is_a_video_file(
    tmp_path: Path, numbered_picture: Callable[..., NDArray[np.uint8]], make_video: Callable[..., Path]
) -> None:
    driving = make_video(tmp_path / "driving.mkv", [0.0, 0.1], tone=("aac", 0.0, 0.2, 0.2))

    with open_output(str(tmp_path / "out.mp4"), SIZE, 10.0, audio_from=driving) as output:
        assert type(output) is VideoFileOutput
        assert (output.size, output.frames_per_second) == (SIZE, 10.0)
        output.send(numbered_picture(0), 0.0)

    assert (tmp_path / "out.mp4").stat().st_size > 0


def test_outputs_come_in_the_users_order_whatever_is_opened_first(tmp_path: Path) -> None:
    settings = Settings(output=("none", str(tmp_path / "x.mp4"), "none"))
    with ExitStack() as resources:
        outputs = open_outputs(settings, (64, 48), 30.0, resources)
        assert [isinstance(output, VideoFileOutput) for output in outputs] == [False, True, False]


@pytest.mark.parametrize(
    ("spec", "watched"),
    [("virtual-camera", True), ("virtual-camera:/dev/video10", True), ("preview", True), ("x.mp4", False)],
)
def test_cameras_and_windows_are_watched_while_they_wait(spec: str, watched: bool) -> None:
    assert is_watched(spec) is watched


def test_none_takes_frames_and_shows_nothing(numbered_picture: Callable[..., NDArray[np.uint8]]) -> None:
    with open_output("none", SIZE, 30.0) as output:
        assert type(output) is NullOutput
        assert (output.name, output.size, output.frames_per_second) == ("none", SIZE, 30.0)
        output.send(numbered_picture(0), 0.0)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("webcam", r"no output 'webcam': use virtual-camera, preview, none, - or a video file"),
        ("", r"no output '': use virtual-camera"),
        ("out.xyz", r"unknown kind of video '\.xyz'"),
        ("missing/out.mp4", r"there is no folder .*missing"),
    ],
)
def test_what_can_be_known_is_known_before_any_work(spec: str, message: str) -> None:
    with pytest.raises(OutputError, match=message):
        check_output(spec)
    with pytest.raises(OutputError, match=message):
        open_output(spec, SIZE, 30.0)


def test_checking_touches_nothing(tmp_path: Path) -> None:
    for spec in ("none", "virtual-camera", "virtual-camera:/dev/video10", str(tmp_path / "out.mp4")):
        check_output(spec)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(bool(list_loopbacks()), reason="this machine has a virtual camera")
@pytest.mark.parametrize("spec", ["virtual-camera", "virtual-camera:no such camera"])
def test_without_a_virtual_camera_the_message_says_how_to_get_one(spec: str) -> None:
    with pytest.raises(OutputError, match=r"there is no .*: .*(modprobe v4l2loopback|OBS)"):
        open_output(spec, (1280, 720), 30.0)
