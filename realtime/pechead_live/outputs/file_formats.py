"""What each suffix of a video file stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from pechead.errors import OutputError


@dataclass(frozen=True)
class FileFormat:
    """How frames and sound are stored; names are FFmpeg's.

    Attributes:
        container: the muxer.
        video_codec: the encoder.
        pixel_format: what the encoder gets.
        colour_matrix: ``709`` or ``601``, the ITU-R recommendation, for formats that store luma and chroma;
            None keeps RGB.
        full_range: whether luma uses all of 0 to 255, not 16 to 235.
        ticks_per_second: resolution of the timestamps; None: one tick a frame, whatever its time.
        audio_codec: what sound becomes that the container can't hold.
        copied_audio: codecs that are taken over as they are; None: whatever the container can hold.
        options: of the encoder.
    """

    container: str
    video_codec: str
    pixel_format: str
    colour_matrix: str | None
    full_range: bool
    ticks_per_second: int | None
    audio_codec: str
    copied_audio: frozenset[str] | None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_even_size(self) -> bool:
        """Whether one chroma sample stands for 2x2 pixels."""
        return "420" in self.pixel_format


_MATROSKA = FileFormat(
    container="matroska",
    video_codec="ffv1",
    pixel_format="bgr0",
    colour_matrix=None,
    full_range=True,
    ticks_per_second=1000,
    audio_codec="aac",
    copied_audio=None,
    options={"level": "3", "slicecrc": "1"},
)
# Without B frames: with them and irregular times FFmpeg writes too short a duration, and players stop early.
_H264 = MappingProxyType({"preset": "faster", "crf": "14", "bf": "0"})
_H264_LIVE = MappingProxyType({"preset": "superfast", "crf": "18", "bf": "0"})
_H264_LIVE_LOSSLESS = MappingProxyType({"preset": "ultrafast", "qp": "0", "bf": "0"})
_MP4 = FileFormat(
    container="mp4",
    video_codec="libx264",
    pixel_format="yuv420p",
    colour_matrix="709",
    full_range=False,
    ticks_per_second=90_000,
    audio_codec="aac",
    copied_audio=frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"}),
    options=_H264,
)
_MOV = FileFormat(
    container="mov",
    video_codec="libx264",
    pixel_format="yuv420p",
    colour_matrix="709",
    full_range=False,
    ticks_per_second=90_000,
    audio_codec="aac",
    copied_audio=frozenset({"aac", "mp3", "ac3", "alac", "pcm_s16le", "pcm_s24le"}),
    options=_H264,
)
_WEBM = FileFormat(
    container="webm",
    video_codec="libvpx-vp9",
    pixel_format="yuv420p",
    colour_matrix="709",
    full_range=False,
    ticks_per_second=1000,
    audio_codec="libopus",
    copied_audio=frozenset({"opus", "vorbis"}),
    options={"deadline": "realtime", "cpu-used": "6", "row-mt": "1", "crf": "20", "b": "0"},
)
_AVI = FileFormat(
    container="avi",
    video_codec="mjpeg",
    pixel_format="yuvj420p",
    colour_matrix="601",
    full_range=True,
    ticks_per_second=None,
    audio_codec="libmp3lame",
    copied_audio=frozenset({"mp3", "ac3", "pcm_s16le"}),
    options={"qmin": "2", "qmax": "3"},
)

FORMATS: Mapping[str, FileFormat] = MappingProxyType(
    {".mkv": _MATROSKA, ".mp4": _MP4, ".m4v": _MP4, ".mov": _MOV, ".webm": _WEBM, ".avi": _AVI}
)
"""By suffix. Matroska is lossless, for comparisons; MP4 is what plays everywhere."""

LIVE_FORMATS: Mapping[str, FileFormat] = MappingProxyType(
    {
        ".mkv": replace(
            _MATROSKA, video_codec="libx264rgb", pixel_format="rgb24", options=_H264_LIVE_LOSSLESS
        ),
        ".mp4": replace(_MP4, options=_H264_LIVE),
        ".m4v": replace(_MP4, options=_H264_LIVE),
        ".mov": replace(_MOV, options=_H264_LIVE),
        ".webm": replace(_WEBM, options={**_WEBM.options, "cpu-used": "8"}),
        ".avi": _AVI,
    }
)
"""The same kinds of file where the other stages need the processor at the same time: to encode a 1280x720
frame takes 6 to 8 ms of one core, in place of 11 (WebM), 20 (MP4) and 40 (Matroska, whose FFV1 is replaced by
lossless H.264)."""


def format_of(path: Path, live: bool = False) -> FileFormat:
    """The format that a file's suffix asks for.

    Args:
        path: the file.
        live: the one that costs little while it is written.

    Raises:
        OutputError: it has none, or one that isn't known.
    """
    file_format = (LIVE_FORMATS if live else FORMATS).get(path.suffix.lower())
    if file_format is None:
        kind = f"unknown kind of video '{path.suffix}'" if path.suffix else "no suffix"
        raise OutputError(f"{path} has {kind}", f"end the name in one of {', '.join(FORMATS)}")
    return file_format
