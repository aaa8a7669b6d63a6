"""The driving video's sound, carried over into the file that is written."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import av
from av.stream import Disposition

from pechead_live.outputs.file_formats import FileFormat

Packets: TypeAlias = "list[av.Packet[av.AudioStream]]"

logger = logging.getLogger(__name__)


class AudioTrack:
    """Copies the first sound track of a video, or converts it if the new file can't hold its codec.

    Times are shifted so that the driving video's first picture is at 0, as it is in the new file. What can't
    be read is left out with a warning: a video without some of its sound is better than none.

    Args:
        source: the driving video; this object closes it.
        sound: its track.
        container: the file that is written, before its header.
        file_format: its format.
    """

    def __init__(
        self,
        source: av.container.InputContainer,
        sound: av.AudioStream,
        container: av.container.OutputContainer,
        file_format: FileFormat,
    ) -> None:
        self._source = source
        self._sound = sound
        self._container = container
        self._origin = _first_picture(source)
        self._converts = not _can_copy(sound, container, file_format)
        if self._converts:
            self._track = _add_converting_track(container, file_format.audio_codec, sound)
            self._pieces = self._converted()
        else:
            self._track = container.add_stream_from_template(sound)
            self._pieces = self._copied()
        self._next: tuple[float, Packets] | None = None

    def write_until(self, seconds: float) -> None:
        """Write the sound that starts before a moment of the new file, to lie beside its pictures."""
        while (piece := self._next or next(self._pieces, None)) is not None:
            start, packets = self._next = piece
            if start >= seconds:
                return
            self._container.mux(packets)
            self._next = None

    def finish(self, seconds: float) -> None:
        """Write the rest, as far as there are pictures."""
        self.write_until(seconds)
        if self._converts:
            self._container.mux(self._track.encode(None))

    def close(self) -> None:
        """Close the driving video. Safe to call twice."""
        self._source.close()

    def _copied(self) -> Iterator[tuple[float, Packets]]:
        for packet in self._packets():
            if packet.pts is None or packet.dts is None:
                continue
            shift = round(self._origin / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            if packet.pts >= 0:
                packet.stream = self._track
                yield float(packet.pts * packet.time_base), [packet]

    def _converted(self) -> Iterator[tuple[float, Packets]]:
        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.FFmpegError as error:
                logger.warning("left out damaged sound of %s (%s)", self._source.name, error.strerror)
                continue
            for frame in frames:
                if frame.pts is None or frame.time_base is None:
                    continue
                frame.pts -= round(self._origin / frame.time_base)
                if frame.pts >= 0:
                    yield float(frame.pts * frame.time_base), self._track.encode(frame)

    def _packets(self) -> Iterator["av.Packet[av.AudioStream]"]:
        try:
            yield from self._source.demux(self._sound)
        except av.FFmpegError as error:
            logger.warning("the sound of %s ends early (%s)", self._source.name, error.strerror)


def open_audio_track(
    path: Path, container: av.container.OutputContainer, file_format: FileFormat
) -> AudioTrack | None:
    """Add a video's sound to a file about to be written.

    Returns:
        None if there is no sound or, with a warning, if it can't be read.
    """
    try:
        source = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        logger.warning("%s is opened for its sound in vain (%s)", path, error.strerror)
        return None
    try:
        sound = next(iter(source.streams.audio), None)
        if sound is not None and sound.codec_context is None:
            logger.warning("left out the sound of %s, its codec is unknown", path)
            sound = None
        track = None if sound is None else AudioTrack(source, sound, container, file_format)
    except BaseException:
        source.close()
        raise
    if track is None:
        source.close()
    return track


def _first_picture(source: av.container.InputContainer) -> float:
    """Seconds at which the driving video's first picture is shown."""
    for stream in source.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return float((stream.start_time or 0) * (stream.time_base or 0))
    return 0.0


def _can_copy(
    sound: av.AudioStream, container: av.container.OutputContainer, file_format: FileFormat
) -> bool:
    codec = sound.codec_context.codec.canonical_name
    if file_format.copied_audio is None:
        return codec in container.supported_codecs
    return codec in file_format.copied_audio


def _add_converting_track(
    container: av.container.OutputContainer, codec: str, sound: av.AudioStream
) -> av.AudioStream:
    # Opus knows this rate only, and every other codec has it.
    track = container.add_stream(codec, rate=48_000)
    assert isinstance(track, av.AudioStream)
    track.layout = "mono" if sound.codec_context.channels == 1 else "stereo"
    return track
