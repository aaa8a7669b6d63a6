"""A video file played as a camera."""

import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.errors import CameraError
from pechead_live.cameras.video_file import VideoFileCamera, VideoTrack
from pechead_live.clock import ManualClock, MonotonicClock
from pechead_live.frames import CameraFrame

Picture = NDArray[np.uint8]
MakeVideo = Callable[..., Path]

IRREGULAR = (0.0, 0.1, 0.15, 0.4, 0.5)


def read_all(camera: VideoFileCamera) -> list[CameraFrame]:
    frames = []
    while (frame := camera.read()) is not None:
        assert isinstance(frame, CameraFrame)
        frames.append(frame)
    return frames


def is_red(pixel: NDArray[np.uint8]) -> bool:
    red, green, blue = (int(channel) for channel in pixel)
    return red > 200 and max(green, blue) < 90


def test_offline_gives_every_frame_in_order_with_its_own_time(
    tmp_path: Path, make_video: MakeVideo, numbered_picture: Callable[..., Picture]
) -> None:
    path = make_video(tmp_path / "v.mkv", IRREGULAR)

    with VideoFileCamera(path, clock=None) as camera:
        frames = read_all(camera)

    assert [frame.captured_at for frame in frames] == pytest.approx(IRREGULAR)
    assert [frame.sequence for frame in frames] == [0, 1, 2, 3, 4]
    for frame in frames:
        np.testing.assert_array_equal(frame.image, numbered_picture(frame.sequence))


def test_it_says_its_name_size_and_rate_and_that_it_ends(tmp_path: Path, make_video: MakeVideo) -> None:
    path = make_video(tmp_path / "me.mkv", [n / 25 for n in range(5)], size=(101, 77))

    with VideoFileCamera(path, clock=None) as camera:
        assert (camera.name, camera.size, camera.ends) == ("me.mkv", (101, 77), True)
        assert camera.frames_per_second == pytest.approx(30)  # as the file announces
        assert read_all(camera)[0].image.shape == (77, 101, 3)


def test_in_real_time_every_frame_comes_when_it_is_due(tmp_path: Path, make_video: MakeVideo) -> None:
    path = make_video(tmp_path / "v.mkv", IRREGULAR)
    clock = ManualClock(start=1000.0)

    with VideoFileCamera(path, clock) as camera:
        for number, at in enumerate(IRREGULAR):
            frame = camera.read()
            assert isinstance(frame, CameraFrame)
            assert frame.sequence == number
            assert frame.captured_at == pytest.approx(1000.0 + at)
            assert clock.now() == pytest.approx(1000.0 + at)
        assert camera.read() is None


def test_a_slow_reader_gets_the_newest_frame_and_sees_what_was_dropped(
    tmp_path: Path, make_video: MakeVideo, number_of: Callable[[Picture], int]
) -> None:
    path = make_video(tmp_path / "v.mkv", [n / 10 for n in range(10)])
    clock = ManualClock()
    numbers = []

    with VideoFileCamera(path, clock) as camera:
        while (frame := camera.read()) is not None:
            assert isinstance(frame, CameraFrame)
            assert clock.now() - frame.captured_at < 0.1
            assert number_of(frame.image) == frame.sequence
            numbers.append(frame.sequence)
            clock.sleep(0.25)

    assert numbers == [0, 2, 5, 7, 9]


def test_a_frame_that_stays_long_is_current_as_long_as_it_stays(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    path = make_video(tmp_path / "v.mkv", [0.0, 0.1, 0.9])
    clock = ManualClock()

    with VideoFileCamera(path, clock) as camera:
        camera.read()
        clock.sleep(0.7)
        late, last = camera.read(), camera.read()

    assert [frame and frame.sequence for frame in (late, last)] == [1, 2]
    assert clock.now() == pytest.approx(0.9)


def test_a_reader_that_comes_after_the_end_gets_the_last_frame_once(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    path = make_video(tmp_path / "v.mkv", [n / 10 for n in range(5)])
    clock = ManualClock()

    with VideoFileCamera(path, clock) as camera:
        camera.read()
        clock.sleep(60.0)
        last = camera.read()
        assert last is not None
        assert last.sequence == 4
        assert camera.read() is None


@pytest.mark.parametrize(
    ("rotation", "size", "red_corner"),
    [(90, (64, 96), (-1, 0)), (180, (96, 64), (-1, -1)), (-90, (64, 96), (0, -1))],
)
def test_phone_videos_are_turned_upright(
    tmp_path: Path,
    make_video: MakeVideo,
    rotation: int,
    size: tuple[int, int],
    red_corner: tuple[int, int],
) -> None:
    path = make_video(tmp_path / "v.mp4", [0.0], codec="libx264", pixel_format="yuv444p", rotation=rotation)

    with VideoFileCamera(path, clock=None) as camera:
        image = read_all(camera)[0].image

    assert camera.size == size
    assert image.shape == (size[1], size[0], 3)
    assert is_red(image[red_corner])


def test_pictures_with_oblong_pixels_are_stretched(tmp_path: Path, make_video: MakeVideo) -> None:
    path = make_video(
        tmp_path / "v.mp4",
        [0.0],
        size=(64, 64),
        codec="libx264",
        pixel_format="yuv420p",
        pixel_aspect=Fraction(3, 2),
    )

    with VideoFileCamera(path, clock=None) as camera:
        assert camera.size == (96, 64)
        assert read_all(camera)[0].image.shape == (64, 96, 3)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("alpha.mov", "qtrle", "argb"),
        ("palette.gif", "gif", "rgb8"),
        ("deep.mkv", "ffv1", "gbrp16le"),
        ("phone.mp4", "libx264", "yuv420p"),
        ("browser.webm", "libvpx-vp9", "yuv420p"),
    ],
)
def test_any_pixel_format_becomes_8_bit_rgb(
    tmp_path: Path,
    make_video: MakeVideo,
    number_of: Callable[[Picture], int],
    name: str,
    codec: str,
    pixel_format: str,
) -> None:
    path = make_video(tmp_path / name, [n / 10 for n in range(3)], codec=codec, pixel_format=pixel_format)

    with VideoFileCamera(path, clock=None) as camera:
        frames = read_all(camera)

    assert [number_of(frame.image) for frame in frames] == [0, 1, 2]
    assert all(frame.image.dtype == np.uint8 and frame.image.shape == (64, 96, 3) for frame in frames)
    assert is_red(frames[0].image[8, 8])
    assert is_red(frames[0].image[8, -8, [1, 0, 2]])  # green


def test_frames_without_timestamps_follow_at_the_nominal_rate(tmp_path: Path, make_video: MakeVideo) -> None:
    path = make_video(
        tmp_path / "v.h264", [n / 30 for n in range(5)], codec="libx264", pixel_format="yuv420p"
    )

    with VideoFileCamera(path, clock=None) as camera:
        times = [frame.captured_at for frame in read_all(camera)]
        interval = 1 / camera.frames_per_second

    assert times == pytest.approx([n * interval for n in range(5)])


def test_times_that_stand_still_or_go_back_are_mended(tmp_path: Path, make_video: MakeVideo) -> None:
    path = make_video(tmp_path / "v.mkv", [0.0])
    ticks = [0, 100, 100, 50, None, 1000]
    with av.open(str(path)) as container:
        frames = []
        for tick in ticks:
            frame = av.VideoFrame(96, 64, "rgb24")
            frame.pts, frame.time_base = tick, Fraction(1, 1000)
            frames.append(frame)

        times = [moment.at for moment in VideoTrack("v", container).moments(iter(frames), (96, 64))]

    assert times == pytest.approx([0.0, 0.1, 0.1 + 1 / 30, 0.1 + 2 / 30, 0.1 + 3 / 30, 1.0])


def test_closing_ends_a_wait_for_the_next_frame(tmp_path: Path, make_video: MakeVideo) -> None:
    path = make_video(tmp_path / "v.mkv", [0.0, 3600.0])
    camera = VideoFileCamera(path, MonotonicClock())
    camera.read()
    answers: list[object] = []
    reader = threading.Thread(target=lambda: answers.append(camera.read()), daemon=True)
    reader.start()

    camera.close()
    reader.join(timeout=10)

    assert answers == [None]
    camera.close()
    assert camera.read() is None


def playable(path: Path, make_video: MakeVideo, *, index_first: bool = True) -> bytes:
    options = {"movflags": "faststart"} if index_first and path.suffix == ".mp4" else {}
    times = [n / 30 for n in range(60)]
    make_video(path, times, codec="libx264", pixel_format="yuv420p", container_options=options)
    return path.read_bytes()


def write_without_frames(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()


def write_sound_only(path: Path) -> None:
    with av.open(str(path), "w") as container:
        track = container.add_stream("libmp3lame", rate=48_000)
        assert isinstance(track, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), "s16", "mono")
        frame.sample_rate = 48_000
        container.mux(track.encode(frame))
        container.mux(track.encode(None))


def test_unusable_files_are_refused_in_one_line(tmp_path: Path, make_video: MakeVideo) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "letter.mp4").write_text("Dear reader, " * 1000)
    (tmp_path / "letter.txt").write_text("Dear reader, " * 1000)
    whole = playable(tmp_path / "whole.mp4", make_video, index_first=False)
    (tmp_path / "no-index.mp4").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "unknown.mp4").write_bytes(whole.replace(b"avc1", b"zzzz"))
    write_sound_only(tmp_path / "song.mp3")
    write_without_frames(tmp_path / "none.mp4")
    write_without_frames(tmp_path / "none.mkv")
    expected = {
        "empty.mp4": "empty.mp4 isn't a video, or is incomplete (empty): ",
        "letter.mp4": "letter.mp4 isn't a video, or is incomplete (13,000 bytes): ",
        "letter.txt": "letter.txt holds no video frame: ",
        "no-index.mp4": f"no-index.mp4 isn't a video, or is incomplete ({len(whole) // 2:,} bytes): ",
        "unknown.mp4": "the codec of unknown.mp4 is unknown: convert it to H.264",
        "song.mp3": "song.mp3 has no video track, only audio: ",
        "none.mp4": "none.mp4 holds no video frame: ",
        "none.mkv": "none.mkv holds no video frame: ",
    }
    for name, message in expected.items():
        with pytest.raises(CameraError) as caught:
            VideoFileCamera(tmp_path / name, clock=None)
        assert str(caught.value).startswith(message), name
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("clock", [None, ManualClock()], ids=["offline", "in real time"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_file_that_is_cut_off_plays_until_there_and_says_so(
    tmp_path: Path, make_video: MakeVideo, suffix: str, clock: ManualClock | None
) -> None:
    whole = playable(tmp_path / f"whole{suffix}", make_video)
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: len(whole) * 2 // 3])

    with VideoFileCamera(path, clock) as camera:
        assert camera.read() is not None
        with pytest.raises(CameraError, match=rf"^cut{suffix} .*cut off after .* frames.*: copy or download"):
            read_all(camera)
