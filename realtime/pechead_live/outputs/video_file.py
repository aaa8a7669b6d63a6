"""A video file as output."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from math import floor, inf
from pathlib import Path

import av
from av.codec.codec import UnknownCodecError

from pechead.errors import OutputError
from pechead_live.frames import Image
from pechead_live.outputs.audio_track import AudioTrack, open_audio_track
from pechead_live.outputs.base import Output
from pechead_live.outputs.file_formats import FileFormat, format_of
from pechead_live.outputs.stored_frames import StoredFrames
from pechead_live.outputs.unfinished_file import UnfinishedFile, cannot_write

DESCRIPTION = "AI avatar: a photo animated by pechead-live, not a recording of a person"
"""Stands in every file, for programs and people that look for synthetic pictures."""

ENCODING_THREADS = 2
"""More than one for files that are written as fast as it goes; live the other stages need the cores."""


ROOM_CHECK_SECONDS = 1.0
"""How often it is seen to that there is room left to finish the file, in its own time."""


class VideoFileOutput(Output):
    """Writes a file whose suffix says how: see ``file_formats``.

    Until ``close`` the file is named ``NAME.part``. ``abort``, a failed write, and ``close`` before the
    first frame leave nothing. A frame whose timestamp falls on the tick of the one before, or on an
    earlier one, takes its place. A run that is interrupted closes it while another thread may be sending.

    Args:
        path: the file; an existing one is replaced when the new one is whole.
        size: width and height in pixels of the frames.
        frames_per_second: nominal rate, and how long the last frame is shown; timestamps may be irregular.
        audio_from: a video whose sound is taken over, shifted so that its first picture is at 0 seconds.
        live: spend little processor time on a frame, and more space.

    Raises:
        OutputError: unknown suffix, or the file can't be written; live also from ``send``, with the file
            finished, when the disk is almost full.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        frames_per_second: float,
        audio_from: Path | None = None,
        live: bool = False,
    ) -> None:
        file_format = format_of(path, live)
        self.name = str(path)
        self.size = size
        self.frames_per_second = frames_per_second
        rate = Fraction(frames_per_second).limit_denominator(1001)
        self._frame_duration = 1 / rate
        self._tick = Fraction(1, file_format.ticks_per_second or rate)
        self._frames = StoredFrames(file_format, size)
        self._pending: tuple[int, av.VideoFrame] | None = None
        self._check_room_at = ROOM_CHECK_SECONDS if live else inf
        self._open = True
        # The encoder must not be closed while it works: that ends the whole process.
        self._in_use = threading.RLock()
        self._audio: AudioTrack | None = None
        self._file = UnfinishedFile(path)
        try:
            with self._writing():
                self._container = av.open(str(self._file.path), "w", format=file_format.container)
                self._container.metadata.update({"comment": DESCRIPTION, "description": DESCRIPTION})
                self._video = self._add_video(file_format, rate, threads=1 if live else ENCODING_THREADS)
                if audio_from is not None:
                    self._audio = open_audio_track(audio_from, self._container, file_format)
                self._container.start_encoding()
        except BaseException:
            self.abort()
            raise

    def send(self, image: Image, at: float) -> None:
        height, width = image.shape[:2]
        if (width, height) != self.size:
            raise ValueError(f"a frame has {width}x{height} pixels, expected {self.size[0]}x{self.size[1]}")
        tick = floor(at / self._tick + 0.5)
        with self._in_use, self._writing():
            if self._pending is not None:
                pending_tick, pending = self._pending
                tick = max(tick, pending_tick)
                if tick > pending_tick:
                    self._write(pending_tick, pending)
            self._pending = tick, self._frames.convert(image)
            self._finish_before_the_disk_is_full(at)

    def close(self) -> None:
        with self._in_use:
            if not self._open:
                return
            if self._pending is None:
                self.abort()
                return
            with self._writing():
                tick, frame = self._pending
                self._write(tick, frame)
                self._mux(None)
                if self._audio is not None:
                    self._audio.finish(float(tick * self._tick + self._frame_duration))
                self._container.close()
            self._open = False
            self._close_audio()
            self._file.finish()

    def abort(self) -> None:
        with self._in_use:
            if not self._open:
                return
            self._open = False
            self._close_audio()
            with suppress(av.FFmpegError, OSError, AttributeError):
                self._container.close()
            self._file.discard()

    def _add_video(self, file_format: FileFormat, rate: Fraction, threads: int) -> av.VideoStream:
        options = dict(file_format.options)
        video = self._container.add_stream(file_format.video_codec, rate=rate, options=options)
        assert isinstance(video, av.VideoStream)
        video.width, video.height = self._frames.stored_size
        video.pix_fmt = file_format.pixel_format
        video.codec_context.time_base = self._tick
        video.codec_context.thread_count = threads
        self._frames.describe_colours(video.codec_context)
        return video

    def _finish_before_the_disk_is_full(self, at: float) -> None:
        if at < self._check_room_at:
            return
        self._check_room_at = at + ROOM_CHECK_SECONDS
        if not self._file.has_room():
            self.close()
            raise OutputError(
                f"the disk is almost full, so {self.name} ends after {at:.0f} seconds",
                "make room, or choose another disk",
            )

    def _write(self, tick: int, frame: av.VideoFrame) -> None:
        if self._audio is not None:
            self._audio.write_until(float(tick * self._tick))
        frame.pts, frame.time_base = tick, self._tick
        self._mux(frame)

    def _mux(self, frame: av.VideoFrame | None) -> None:
        self._container.mux(self._video.encode(frame))

    def _close_audio(self) -> None:
        if self._audio is not None:
            self._audio.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turns what goes wrong with the disk into one clear error, and leaves no half-written file then."""
        if not self._open:
            raise OutputError(f"{self.name} is already closed", "open it again")
        try:
            yield
        except UnknownCodecError as error:
            self.abort()
            raise OutputError(f"PyAV has no encoder '{error}'", "reinstall it: pip install -U av") from error
        except (av.FFmpegError, OSError) as error:
            self.abort()
            raise cannot_write(Path(self.name), error) from error
