"""The driving video's sound in the file that is written."""

import logging
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead_live.outputs.video_file import VideoFileOutput

MakeVideo = Callable[..., Path]
Draw = Callable[..., NDArray[np.uint8]]

RATE = 25.0


@pytest.fixture
def write_beside(numbered_picture: Draw) -> Callable[[Path, Path, int], None]:
    """``write_beside(path, driving, n)``: n pictures at 25 a second, with the driving video's sound."""

    def write(path: Path, driving: Path, count: int) -> None:
        with VideoFileOutput(path, (96, 64), RATE, audio_from=driving) as output:
            for number in range(count):
                output.send(numbered_picture(number % 60), number / RATE)

    return write


def sound_of(path: Path) -> tuple[str, float, float, float]:
    """Codec, and when the loud part starts, ends, and everything ends, in seconds after the first picture."""
    with av.open(str(path)) as container:
        picture = next(container.decode(video=0)).time or 0.0
    with av.open(str(path)) as container:
        track = container.streams.audio[0]
        codec = track.codec_context.codec.canonical_name
        rate = track.codec_context.sample_rate
        resampler = av.AudioResampler("flt", "mono", rate)
        pieces = [
            (frame.time or 0.0, resampled.to_ndarray()[0])
            for frame in container.decode(track)
            for resampled in resampler.resample(frame)
        ]
    times = np.concatenate([start + np.arange(len(samples)) / rate for start, samples in pieces]) - picture
    loud = times[np.abs(np.concatenate([samples for _, samples in pieces])) > 0.2]
    return codec, float(loud[0]), float(loud[-1]), float(times[-1])


@pytest.mark.parametrize(
    ("driving", "codec", "suffix", "kept_as"),
    [
        ("v.mkv", "aac", ".mp4", "aac"),
        ("v.mkv", "aac", ".mkv", "aac"),
        ("v.mkv", "libopus", ".webm", "opus"),
        ("v.mkv", "libopus", ".mkv", "opus"),
        ("v.mkv", "pcm_s16le", ".mkv", "pcm_s16le"),
        ("v.avi", "libmp3lame", ".mp4", "mp3"),
        ("v.mkv", "flac", ".mp4", "flac"),
        # what the new file can't hold, or players can't play in it, is converted
        ("v.mkv", "pcm_s16le", ".mp4", "aac"),
        ("v.mkv", "flac", ".mov", "aac"),
        ("v.mkv", "aac", ".webm", "opus"),
        ("v.mkv", "libopus", ".avi", "mp3"),
    ],
)
def test_sound_is_copied_or_converted_and_stays_where_it_was(
    tmp_path: Path,
    make_video: MakeVideo,
    write_beside: Callable[[Path, Path, int], None],
    driving: str,
    codec: str,
    suffix: str,
    kept_as: str,
) -> None:
    times = [n / RATE for n in range(50)]
    source = make_video(tmp_path / driving, times, tone=(codec, 0.5, 1.2, 2.0))
    path = tmp_path / f"out{suffix}"

    write_beside(path, source, 50)

    kept, start, end, length = sound_of(path)
    assert kept == kept_as
    assert (start, end) == pytest.approx((0.5, 1.2), abs=0.06)
    assert length == pytest.approx(2.0, abs=0.1)


def test_copied_sound_is_the_same_to_the_bit(
    tmp_path: Path, make_video: MakeVideo, write_beside: Callable[[Path, Path, int], None]
) -> None:
    times = [n / RATE for n in range(50)]
    source = make_video(tmp_path / "v.mkv", times, tone=("pcm_s16le", 0.5, 1.2, 2.0))

    write_beside(tmp_path / "out.mkv", source, 50)

    samples = []
    for path in (source, tmp_path / "out.mkv"):
        with av.open(str(path)) as container:
            samples.append(b"".join(bytes(packet) for packet in container.demux(audio=0)))
    assert samples[0] == samples[1] != b""


@pytest.mark.parametrize(("suffix", "codec"), [(".mkv", "libopus"), (".webm", "pcm_s16le")])
def test_a_driving_video_whose_pictures_start_late_stays_in_step(
    tmp_path: Path,
    make_video: MakeVideo,
    write_beside: Callable[[Path, Path, int], None],
    suffix: str,
    codec: str,
) -> None:
    times = [0.4 + n / RATE for n in range(40)]
    source = make_video(tmp_path / "v.mkv", times, tone=(codec, 0.9, 1.4, 2.0))
    path = tmp_path / f"out{suffix}"

    write_beside(path, source, 40)

    assert sound_of(path)[1:3] == pytest.approx((0.5, 1.0), abs=0.06)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).time == 0.0


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_sound_ends_with_the_pictures(
    tmp_path: Path, make_video: MakeVideo, write_beside: Callable[[Path, Path, int], None], suffix: str
) -> None:
    times = [n / RATE for n in range(50)]
    source = make_video(tmp_path / "v.mkv", times, tone=("pcm_s16le", 0.1, 2.0, 2.0))
    path = tmp_path / f"out{suffix}"

    write_beside(path, source, 20)

    assert sound_of(path)[3] == pytest.approx(0.8, abs=0.1)


def test_sound_lies_beside_its_pictures_in_the_file(
    tmp_path: Path, make_video: MakeVideo, numbered_picture: Draw
) -> None:
    source = make_video(tmp_path / "v.mkv", [0.0, 15.0], tone=("pcm_s16le", 0.0, 15.0, 15.0))

    with VideoFileOutput(tmp_path / "out.mkv", (96, 64), 4.0, audio_from=source) as output:
        for number in range(60):
            output.send(numbered_picture(number), number / 4)

    with av.open(str(tmp_path / "out.mkv")) as container:
        times = [
            float(packet.pts * packet.time_base) for packet in container.demux() if packet.pts is not None
        ]
    assert max(np.maximum.accumulate(times) - times) < 0.5


def test_a_silent_driving_video_gives_a_silent_file(
    tmp_path: Path, make_video: MakeVideo, write_beside: Callable[[Path, Path, int], None]
) -> None:
    source = make_video(tmp_path / "v.mkv", [0.0, 0.04])

    write_beside(tmp_path / "out.mp4", source, 2)

    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_sound_that_can_not_be_read_is_left_out_with_a_warning(
    tmp_path: Path,
    make_video: MakeVideo,
    write_beside: Callable[[Path, Path, int], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = make_video(tmp_path / "v.mkv", [0.0, 0.04], tone=("aac", 0.0, 1.0, 1.0))
    source.write_bytes(source.read_bytes().replace(b"A_AAC", b"A_ZZZ"))

    with caplog.at_level(logging.WARNING):
        write_beside(tmp_path / "out.mp4", source, 2)

    assert "left out the sound of" in caplog.text
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert len(list(container.decode(video=0))) == 2
