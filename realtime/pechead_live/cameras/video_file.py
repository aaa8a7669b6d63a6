"""A video file played as a camera."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.sidedata.sidedata import SideData
from av.sidedata.sidedata import Type as SideDataType
from av.stream import Disposition
from av.video.reformatter import VideoReformatter

from pechead.errors import CameraError
from pechead_live.cameras.orientation import Orientation
from pechead_live.cameras.playback import Moment, RecordedCamera
from pechead_live.clock import Clock
from pechead_live.frames import CameraFrame, Image

NOT_A_VIDEO = "use a whole video file, such as an .mp4, .mov, .mkv or .webm"
COPY_AGAIN = "copy or download it again"

PIXELS_FOR_ONE_THREAD = 1920 * 1080
"""Up to this size one thread decodes in time; more would only take the processor from the other stages."""

TRUNCATED_BY = 0.5
"""Seconds that may be missing at the end of a file that says its length before it counts as cut off."""


class VideoFileCamera(RecordedCamera):
    """Plays the first video track of a file.

    Pictures are turned upright and stretched to square pixels; transparency is ignored; pictures whose
    size changes on the way are scaled to the first one's. Frames without usable timestamps follow at the
    nominal rate.

    Args:
        path: a file of any format that FFmpeg reads.
        clock: plays in real time; None gives every frame at once, in order, stamped with its own time.

    Raises:
        CameraError: the file isn't a video, holds no frame, has an unknown codec or is damaged; from
            ``read``: it is damaged or cut off further on.
    """

    def __init__(self, path: Path, clock: Clock | None) -> None:
        self._container = _open(path)
        try:
            track = VideoTrack(path.name, self._container)
            frames = track.frames()
            first = next(frames)
            width, height = track.shown_size(first)
            moments = track.moments(chain([first], frames), (width, height))
        except BaseException:
            self._container.close()
            raise
        super().__init__(path.name, (width, height), track.frames_per_second, moments, clock)

    def _release(self) -> None:
        self._container.close()


class VideoTrack:
    """Decodes the first video track of an opened file.

    Args:
        name: how messages speak of the file.
        container: the opened file.

    Raises:
        CameraError: there is no video track, or its codec is unknown.
    """

    def __init__(self, name: str, container: av.container.InputContainer) -> None:
        if not container.streams or container.format.name == "tty":
            # FFmpeg shows text files as moving text; an .mp4 without a frame has no track at all.
            raise CameraError(f"{name} holds no video frame", NOT_A_VIDEO)
        pictures = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not pictures:
            raise CameraError(f"{name} has no video track, only {container.streams[0].type}", NOT_A_VIDEO)
        self._name = name
        self._container = container
        self._stream = pictures[0]
        codec = self._stream.codec_context
        if codec is None:
            raise CameraError(
                f"the codec of {name} is unknown", "convert it to H.264, for instance with ffmpeg"
            )
        codec.thread_count = 1 if codec.width * codec.height <= PIXELS_FOR_ONE_THREAD else 2
        self.frames_per_second = _plausible_rate(self._stream.average_rate, self._stream.guessed_rate)
        self._reformatter = VideoReformatter()

    def frames(self) -> Iterator[av.VideoFrame]:
        """All frames in the order in which they are shown; at least one.

        Raises:
            CameraError: there is none, or the file is damaged or cut off.
        """
        count = 0
        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.FFmpegError as error:
                raise self._damaged(count, error) from error
            yield from frames
            count += len(frames)
        if count == 0:
            raise CameraError(f"{self._name} holds no frame that can be decoded", NOT_A_VIDEO)

    def moments(self, frames: Iterator[av.VideoFrame], size: tuple[int, int]) -> Iterator[Moment]:
        """Frames with the times at which they are shown.

        Raises:
            CameraError: as ``frames``, or the file is shorter than it says.
        """
        usual = 1 / self.frames_per_second
        at, end, count = -usual, 0.0, 0
        for frame in frames:
            next_at = frame.time
            at = at + usual if next_at is None or (count and next_at <= at) else next_at
            duration = frame.duration * float(frame.time_base or 0) or usual

            def make(sequence: int, captured_at: float, frame: av.VideoFrame = frame) -> CameraFrame:
                return CameraFrame(sequence, captured_at, self._upright_rgb(frame, size))

            yield Moment(at, duration, make)
            end, count = at + duration, count + 1
        self._check_length(end, count)

    def shown_size(self, frame: av.VideoFrame) -> tuple[int, int]:
        """Width and height of a frame as it is shown: with square pixels, upright."""
        aspect = self._stream.sample_aspect_ratio or Fraction(1)
        return _orientation(frame).size(max(1, round(frame.width * aspect)), frame.height)

    def _upright_rgb(self, frame: av.VideoFrame, size: tuple[int, int]) -> Image:
        orientation = _orientation(frame)
        width, height = orientation.size(*size)
        rgb = self._reformatter.reformat(frame, width, height, "rgb24", threads=1)
        return np.ascontiguousarray(orientation.apply(np.asarray(rgb.to_ndarray(), np.uint8)))

    def _packets(self) -> Iterator["av.Packet[av.VideoStream]"]:
        try:
            yield from self._container.demux(self._stream)
        except av.error.EOFError:
            return
        except av.FFmpegError as error:
            raise self._damaged(None, error) from error

    def _check_length(self, end: float, count: int) -> None:
        """FFmpeg ends cut Matroska files without a word, but most say how long they are."""
        announced = _seconds(self._stream.metadata.get("DURATION", ""))
        if end < announced - TRUNCATED_BY:
            message = f"{self._name} is cut off after {end:.1f} of {announced:.1f} seconds ({count} frames)"
            raise CameraError(message, COPY_AGAIN)

    def _damaged(self, count: int | None, error: av.FFmpegError) -> CameraError:
        where = "" if count is None else f" after {count} frames"
        return CameraError(f"{self._name} is damaged or cut off{where} ({error.strerror})", COPY_AGAIN)


def _open(path: Path) -> av.container.InputContainer:
    try:
        return av.open(str(path))
    except av.error.EOFError as error:
        raise CameraError(f"{path.name} holds no video frame", NOT_A_VIDEO) from error
    except av.error.InvalidDataError as error:
        raise CameraError(
            f"{path.name} isn't a video, or is incomplete ({_bytes(path)})", NOT_A_VIDEO
        ) from error
    except OSError as error:
        raise CameraError(
            f"{path} can't be read ({error.strerror})", "check the file and its permissions"
        ) from error
    except av.FFmpegError as error:
        raise CameraError(f"{path.name} can't be played ({error.strerror})", NOT_A_VIDEO) from error


def _orientation(frame: av.VideoFrame) -> Orientation:
    side_data = cast(Iterable[SideData], frame.side_data)
    matrices = (bytes(data) for data in side_data if data.type is SideDataType.DISPLAYMATRIX)
    return next(map(Orientation.from_display_matrix, matrices), Orientation())


def _plausible_rate(*rates: Fraction | None) -> float:
    return next((float(rate) for rate in rates if rate and 0 < rate <= 240), 30.0)


def _seconds(duration: str) -> float:
    """``00:01:02.500000000`` as seconds; 0 for anything else."""
    try:
        hours, minutes, seconds = duration.split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    except ValueError:
        return 0.0


def _bytes(path: Path) -> str:
    size = path.stat().st_size
    return "empty" if size == 0 else f"{size:,} bytes"
