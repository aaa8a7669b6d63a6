"""Frames of a video, of a folder of pictures, or of a single picture, one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.data.errors import Rejected
from pechead.data.layouts import PICTURES, SourceFile

Image = NDArray[np.uint8]

PICTURES_PER_SECOND = 25.0
"""Rate of a folder of pictures, which does not say."""

USUAL_RATE = 30.0
LARGEST_STILL = 2048


@dataclass(frozen=True)
class TimedFrame:
    """A frame that is decoded but not yet converted.

    Attributes:
        time: seconds from the first frame.
        image: converts: (height, width, 3) uint8 RGB, upright, square pixels.
    """

    time: float
    image: Callable[[], Image]


@dataclass(frozen=True)
class Footage:
    """What can be watched from the start as often as needed.

    Attributes:
        frames_per_second: nominal; 0 for a still.
        seconds: about how long it is; 0 if it does not say.
        frames: starts from the beginning; ends without a word where the file is damaged.
    """

    frames_per_second: float
    seconds: float
    frames: Callable[[], Iterator[TimedFrame]]


def open_footage(source: SourceFile) -> Footage:
    """Look at a file's head.

    Raises:
        Rejected: it is missing or can't be read.
    """
    if not source.path.exists():
        raise Rejected("file is missing", "a list names it")
    if source.kind == "still":
        return Footage(0.0, 0.0, lambda: _pictures([source.path]))
    if source.path.is_dir():
        paths = sorted(path for path in source.path.iterdir() if path.suffix.lower() in PICTURES)
        return Footage(PICTURES_PER_SECOND, len(paths) / PICTURES_PER_SECOND, lambda: _pictures(paths))
    return _video(source.path)


def _pictures(paths: list[Path]) -> Iterator[TimedFrame]:
    for number, path in enumerate(paths):
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            if len(paths) == 1:
                raise Rejected("picture can't be read", _size(path))
            continue
        shrink = LARGEST_STILL / max(picture.shape)
        if shrink < 1:
            picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        image = np.asarray(picture, np.uint8)
        yield TimedFrame(number / PICTURES_PER_SECOND, lambda image=image: image)  # type: ignore[misc]


def _video(path: Path) -> Footage:
    try:
        with av.open(str(path)) as container:
            if not container.streams.video or container.format.name == "tty":
                raise Rejected("not a video", "no video track")
            stream = container.streams.video[0]
            rate = float(stream.average_rate or stream.guessed_rate or USUAL_RATE)
            seconds = (container.duration or 0) / av.time_base
    except (av.FFmpegError, OSError) as error:
        raise Rejected("not a video", f"{error.strerror or type(error).__name__}, {_size(path)}") from error
    return Footage(rate if 0 < rate <= 240 else USUAL_RATE, seconds, lambda: _video_frames(path, rate))


def _video_frames(path: Path, rate: float) -> Iterator[TimedFrame]:
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            aspect = float(stream.sample_aspect_ratio or 1)
            first, last = None, -1 / rate
            for frame in container.decode(stream):
                at = last + 1 / rate if frame.time is None else frame.time
                first = at if first is None else first
                last = max(at - first, last + 1e-3)
                yield TimedFrame(last, lambda frame=frame: _upright(frame, aspect))  # type: ignore[misc]
    except (av.FFmpegError, OSError):
        return


def _upright(frame: av.VideoFrame, aspect: float) -> Image:
    rgb = frame.reformat(width=max(1, round(frame.width * aspect)), format="rgb24").to_ndarray()
    return np.ascontiguousarray(np.rot90(rgb, round(frame.rotation / 90)), np.uint8)


def _size(path: Path) -> str:
    return f"{path.stat().st_size:,} bytes" if path.is_file() else "no such file"
