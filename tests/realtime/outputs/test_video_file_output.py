"""Writing a video file."""

import errno
import os
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.errors import OutputError
from pechead_live.outputs.file_formats import FORMATS
from pechead_live.outputs.video_file import DESCRIPTION, VideoFileOutput

Picture = NDArray[np.uint8]
Draw = Callable[..., Picture]

IRREGULAR = (0.0, 0.1, 0.15, 0.4, 0.5)
PATCHES = np.array(
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [226, 184, 160], [92, 58, 40]],
    np.uint8,
)


def read_video(path: Path) -> tuple[list[float], list[Picture]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [frame.time for frame in frames], [
        np.asarray(frame.to_ndarray(format="rgb24")) for frame in frames
    ]


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("size", [(96, 64), (101, 77), (1, 1)])
def test_matroska_gives_back_exactly_the_pixels_that_were_sent(
    tmp_path: Path, size: tuple[int, int], live: bool
) -> None:
    generator = np.random.default_rng(1)
    sent = [generator.integers(0, 256, (size[1], size[0], 3), np.uint8) for _ in range(4)]

    with VideoFileOutput(tmp_path / "out.mkv", size, 30.0, live=live) as output:
        for number, picture in enumerate(sent):
            output.send(picture, number / 30)

    np.testing.assert_array_equal(read_video(tmp_path / "out.mkv")[1], sent)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("suffix", [suffix for suffix in FORMATS if suffix != ".avi"])
def test_every_frame_keeps_its_own_time(
    tmp_path: Path, numbered_picture: Draw, number_of: Callable[[Picture], int], suffix: str, live: bool
) -> None:
    path = tmp_path / f"out{suffix}"

    with VideoFileOutput(path, (96, 64), 30.0, live=live) as output:
        for number, at in enumerate(IRREGULAR):
            output.send(numbered_picture(8 * number), at)

    times, pictures = read_video(path)
    assert times == pytest.approx(IRREGULAR)
    assert [round(number_of(picture) / 8) for picture in pictures] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_file_says_that_it_shows_an_avatar(
    tmp_path: Path, numbered_picture: Draw, suffix: str, live: bool
) -> None:
    path = tmp_path / f"out{suffix}"
    with VideoFileOutput(path, (96, 64), 30.0, live=live) as output:
        output.send(numbered_picture(1), 0.0)
    with av.open(str(path)) as container:
        tags = {name.lower(): text for name, text in container.metadata.items()}
    assert tags["comment"] == DESCRIPTION


def test_times_between_ticks_go_to_the_nearer_one(tmp_path: Path, numbered_picture: Draw) -> None:
    with VideoFileOutput(tmp_path / "out.mkv", (96, 64), 30.0) as output:
        for number in range(3):
            output.send(numbered_picture(number), number / 30)

    assert read_video(tmp_path / "out.mkv")[0] == pytest.approx([0.0, 0.033, 0.067])


def test_avi_has_one_frame_each_tick_of_its_rate(tmp_path: Path, numbered_picture: Draw) -> None:
    with VideoFileOutput(tmp_path / "out.avi", (96, 64), 25.0) as output:
        for number in range(5):
            output.send(numbered_picture(number), number / 25 + 0.003)

    assert read_video(tmp_path / "out.avi")[0] == pytest.approx([n / 25 for n in range(5)])


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("suffix", list(FORMATS))
def test_colours_survive_every_format(tmp_path: Path, suffix: str, live: bool) -> None:
    picture = np.repeat(np.repeat(PATCHES[None], 64, axis=0), 32, axis=1)
    path = tmp_path / f"out{suffix}"

    with VideoFileOutput(path, (32 * len(PATCHES), 64), 30.0, live=live) as output:
        for number in range(3):
            output.send(picture, number / 30)

    middles = read_video(path)[1][0][32, 16::32].astype(int)
    # Motion JPEG stores chroma more coarsely.
    np.testing.assert_allclose(middles, PATCHES.astype(int), atol=26 if suffix == ".avi" else 5)


def test_mp4_says_which_colours_it_holds(tmp_path: Path, numbered_picture: Draw) -> None:
    with VideoFileOutput(tmp_path / "out.mp4", (96, 64), 30.0) as output:
        output.send(numbered_picture(0), 0.0)

    with av.open(str(tmp_path / "out.mp4")) as container:
        codec = container.streams.video[0].codec_context
        bt709, limited = 1, 1
        assert (codec.colorspace, codec.color_primaries, codec.color_trc) == (bt709, bt709, bt709)
        assert codec.color_range == limited


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mov"])
def test_odd_sizes_get_their_last_column_and_row_twice(tmp_path: Path, suffix: str) -> None:
    picture = np.full((77, 101, 3), 40, np.uint8)
    picture[:, -1] = picture[-1, :] = 220
    path = tmp_path / f"out{suffix}"

    with VideoFileOutput(path, (101, 77), 30.0) as output:
        output.send(picture, 0.0)

    stored = read_video(path)[1][0].astype(int)
    assert stored.shape == (78, 102, 3)
    np.testing.assert_allclose(stored[:77, :101], picture, atol=12)
    np.testing.assert_allclose(stored[:, 101], 220, atol=12)
    np.testing.assert_allclose(stored[77, :], 220, atol=12)


def test_a_frame_of_the_same_or_an_earlier_time_replaces_the_last(
    tmp_path: Path, numbered_picture: Draw, number_of: Callable[[Picture], int]
) -> None:
    with VideoFileOutput(tmp_path / "out.mkv", (96, 64), 30.0) as output:
        for number, at in enumerate([0.0, 0.0, 0.1, 0.05, 0.2]):
            output.send(numbered_picture(number), at)

    times, pictures = read_video(tmp_path / "out.mkv")
    assert times == pytest.approx([0.0, 0.1, 0.2])
    assert [number_of(picture) for picture in pictures] == [1, 3, 4]


def test_a_picture_may_be_overwritten_after_it_was_sent(tmp_path: Path, numbered_picture: Draw) -> None:
    picture = numbered_picture(5).copy()

    with VideoFileOutput(tmp_path / "out.mkv", (96, 64), 30.0) as output:
        output.send(picture, 0.0)
        picture[:] = 0

    np.testing.assert_array_equal(read_video(tmp_path / "out.mkv")[1][0], numbered_picture(5))


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("suffix", list(FORMATS))
def test_the_last_frame_is_shown_as_long_as_the_rate_says(
    tmp_path: Path, numbered_picture: Draw, suffix: str, live: bool
) -> None:
    path = tmp_path / f"out{suffix}"
    with VideoFileOutput(path, (96, 64), 25.0, live=live) as output:
        for number, at in enumerate((0.0, 0.04, 0.08, 1.0)):
            output.send(numbered_picture(number), at)

    with av.open(str(path)) as container:
        assert container.duration == pytest.approx(1.04 * av.time_base, abs=0.002 * av.time_base)


def test_the_file_has_its_name_only_when_it_is_whole(tmp_path: Path, numbered_picture: Draw) -> None:
    path = tmp_path / "out.mkv"
    path.write_text("the old one")

    output = VideoFileOutput(path, (96, 64), 30.0)
    output.send(numbered_picture(0), 0.0)
    assert path.read_text() == "the old one"
    output.close()
    output.close()

    assert len(read_video(path)[0]) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_goes_on_pointing_at_the_file(tmp_path: Path, numbered_picture: Draw) -> None:
    (tmp_path / "videos").mkdir()
    link, target = tmp_path / "out.mkv", tmp_path / "videos" / "real.mkv"
    target.touch()
    link.symlink_to(target)

    with VideoFileOutput(link, (96, 64), 30.0) as output:
        output.send(numbered_picture(0), 0.0)

    assert link.is_symlink()
    assert len(read_video(target)[0]) == 1


def test_a_failed_run_leaves_what_was_there_before(tmp_path: Path, numbered_picture: Draw) -> None:
    path = tmp_path / "out.mp4"
    path.write_text("the old one")

    def fail() -> None:
        with VideoFileOutput(path, (96, 64), 30.0) as output:
            output.send(numbered_picture(0), 0.0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_that_was_interrupted_keeps_what_it_recorded(tmp_path: Path, numbered_picture: Draw) -> None:
    def be_interrupted() -> None:
        with VideoFileOutput(tmp_path / "out.mp4", (96, 64), 30.0) as output:
            output.send(numbered_picture(0), 0.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()
    assert len(read_video(tmp_path / "out.mp4")[0]) == 1


def test_a_file_that_is_closed_while_another_thread_sends_is_whole(tmp_path: Path) -> None:
    """A second Ctrl-C does that; an encoder closed at work takes the process with it."""
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    output = VideoFileOutput(tmp_path / "out.mp4", (640, 480), 30.0, live=True)
    sent_some, refused = threading.Event(), threading.Event()

    def send() -> None:
        try:
            for number in range(10_000):
                output.send(noise, number / 30)
                if number == 2:
                    sent_some.set()
        except OutputError:
            refused.set()

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    assert sent_some.wait(30)
    output.close()
    sender.join(30)
    assert refused.is_set()
    assert len(read_video(tmp_path / "out.mp4")[0]) >= 3


def test_without_any_frame_there_is_no_file(tmp_path: Path) -> None:
    with VideoFileOutput(tmp_path / "out.mp4", (96, 64), 30.0):
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_frame_of_another_size_is_a_mistake(tmp_path: Path, numbered_picture: Draw) -> None:
    with (
        VideoFileOutput(tmp_path / "out.mkv", (96, 64), 30.0) as output,
        pytest.raises(ValueError, match="a frame has 64x96 pixels, expected 96x64"),
    ):
        output.send(numbered_picture(0, (64, 96)), 0.0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("out", r"out has no suffix: end the name in one of \.mkv, \.mp4, "),
        ("out.jpg", r"out\.jpg has unknown kind of video '\.jpg': end the name in one of "),
        ("missing/out.mkv", r"there is no folder .*missing: make it first"),
        ("file.txt/out.mkv", r"there is no folder .*file\.txt: "),
        ("folder.mkv", r"folder\.mkv is a folder: add the name of a file in it"),
        ("protected.mkv", r"no permission to write .*protected\.mkv: "),
    ],
)
def test_targets_that_can_not_be_written_are_known_at_once(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file.txt").touch()
    (tmp_path / "folder.mkv").mkdir()
    (tmp_path / "protected.mkv").touch()
    (tmp_path / "protected.mkv").chmod(0o444)
    before = sorted(tmp_path.iterdir())
    if name == "protected.mkv" and sys.platform != "win32":
        if os.geteuid() == 0:
            pytest.skip("nothing is protected from root")

    with pytest.raises(OutputError, match=message):
        VideoFileOutput(tmp_path / name, (96, 64), 30.0)

    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these places are Linux's")
@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Path("/sys/out.mkv"), r"/sys/out\.mkv"),
        (Path("/proc/out.mkv"), r"/proc/out\.mkv"),
    ],
)
def test_folders_that_take_no_files_are_known_at_once(target: Path, message: str) -> None:
    with pytest.raises(OutputError, match=message):
        VideoFileOutput(target, (96, 64), 30.0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/full is Linux's")
def test_a_device_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "out.mkv").symlink_to("/dev/full")

    with pytest.raises(OutputError, match=r"out\.mkv is a device, not a file: choose another name"):
        VideoFileOutput(tmp_path / "out.mkv", (96, 64), 30.0)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX's")
@pytest.mark.parametrize("room", [0, 30_000])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_disk_that_fills_up_ends_the_run_and_leaves_nothing(tmp_path: Path, suffix: str, room: int) -> None:
    import resource

    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def record() -> None:
        with VideoFileOutput(tmp_path / f"out{suffix}", (96, 64), 30.0) as output:
            for number in range(60):
                output.send(np.roll(noise, number, axis=1), number / 30)

    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(OutputError) as caught:
            record()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert caught.value.remedy == "make room on the disk, or choose another one"
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []


def test_fractional_rates_are_kept(tmp_path: Path, numbered_picture: Draw) -> None:
    with VideoFileOutput(tmp_path / "out.mp4", (96, 64), 30000 / 1001) as output:
        for number in range(30):
            output.send(numbered_picture(number), number * 1001 / 30000)

    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].average_rate == Fraction(30000, 1001)
