"""Small videos made on the spot, whose every frame tells its number."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
MakeVideo = Callable[..., Path]


@pytest.fixture(scope="session")
def numbered_picture() -> Callable[..., Picture]:
    """``numbered_picture(n, size=(96, 64))``: red and green above, grey ``4 * n`` below; n < 64."""

    def draw(number: int, size: tuple[int, int] = (96, 64)) -> Picture:
        width, height = size
        picture = np.full((height, width, 3), 4 * number, np.uint8)
        picture[: height // 2, : width // 2] = (255, 0, 0)
        picture[: height // 2, width // 2 :] = (0, 255, 0)
        return picture

    return draw


@pytest.fixture(scope="session")
def number_of() -> Callable[[Picture], int]:
    """The number of a ``numbered_picture`` that has been through any codec."""

    def read(picture: Picture) -> int:
        return round(float(picture[3 * len(picture) // 4 :].mean()) / 4)

    return read


@pytest.fixture(scope="session")
def make_video(numbered_picture: Callable[..., Picture]) -> MakeVideo:
    """``make_video(path, times)``: one numbered picture at each time; lossless unless told otherwise."""

    def make(
        path: Path,
        times: Sequence[float],
        *,
        size: tuple[int, int] = (96, 64),
        codec: str = "ffv1",
        pixel_format: str = "bgr0",
        rotation: int = 0,
        pixel_aspect: Fraction | None = None,
        tone: tuple[str, float, float, float] | None = None,
        container_options: dict[str, str] | None = None,
    ) -> Path:
        """``tone``: codec, and a tone's start, end and the whole sound's end in seconds of the file."""
        with av.open(str(path), "w", options=container_options or {}) as container:
            video = container.add_stream(codec, rate=30)
            assert isinstance(video, av.VideoStream)
            video.width, video.height = size
            video.pix_fmt = pixel_format
            video.codec_context.time_base = Fraction(1, 1000)
            if pixel_aspect is not None:
                video.codec_context.sample_aspect_ratio = pixel_aspect
            if rotation:
                video.set_display_rotation(rotation)
            if tone is not None:
                _write_tone(container, *tone)
            for number, at in enumerate(times):
                frame = av.VideoFrame.from_ndarray(numbered_picture(number, size), "rgb24")
                frame.pts, frame.time_base = round(1000 * at), Fraction(1, 1000)
                container.mux(video.encode(frame.reformat(format=pixel_format)))
            container.mux(video.encode(None))
        return path

    return make


def _write_tone(
    container: av.container.OutputContainer, codec: str, start: float, end: float, length: float
) -> None:
    rate = 48_000
    track = container.add_stream(codec, rate=rate)
    assert isinstance(track, av.AudioStream)
    track.layout = "mono"
    at = np.arange(round(length * rate)) / rate
    sound = np.where((at >= start) & (at < end), np.sin(2 * np.pi * 440 * at), 0.0)
    samples = (20_000 * sound).astype(np.int16)[None]
    for first in range(0, samples.shape[1], 1024):
        frame = av.AudioFrame.from_ndarray(samples[:, first : first + 1024], "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
        container.mux(track.encode(frame))
    container.mux(track.encode(None))
