"""Raw frames on standard output, for another program to read."""

import os
import sys
from contextlib import suppress

import numpy as np

from pechead.errors import OutputError
from pechead_live.frames import Image
from pechead_live.outputs.base import Output

READER = "pipe it into a program, such as '| ffplay -f rawvideo -pixel_format rgb24 -video_size 1280x720 -'"


class RawOutput(Output):
    """Writes rgb24 frames, rows from the top, without any header or padding.

    Args:
        size: width and height in pixels.
        frames_per_second: rate that the pacing keeps; the reader has to be told.
        descriptor: where to write; None is standard output, which nothing else may write to then. It is
            duplicated, so that closing this output leaves it open.

    Raises:
        OutputError: standard output is a terminal or is closed.
    """

    name = "standard output"

    def __init__(
        self, size: tuple[int, int], frames_per_second: float, descriptor: int | None = None
    ) -> None:
        self.size = size
        self.frames_per_second = frames_per_second
        if descriptor is None:
            check_standard_output()
            descriptor = sys.stdout.fileno()
        # Unbuffered: nothing is left to be written, and to fail, when the interpreter ends.
        self._stream = os.fdopen(os.dup(descriptor), "wb", buffering=0)

    def send(self, image: Image, at: float) -> None:  # noqa: ARG002
        rest = np.ascontiguousarray(image).data.cast("B")
        try:
            while rest:
                rest = rest[self._stream.write(rest) or 0 :]
        except BrokenPipeError as error:
            raise OutputError(
                "the program that reads standard output has ended", "start both again"
            ) from error
        except OSError as error:
            raise OutputError(
                f"standard output can't be written ({error.strerror})", "check where it is redirected to"
            ) from error

    def close(self) -> None:
        with suppress(OSError):
            self._stream.close()


def check_standard_output() -> None:
    """Find out whether standard output can take pictures.

    Raises:
        OutputError: it is a terminal or is closed.
    """
    try:
        is_terminal = os.isatty(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError) as error:
        raise OutputError("there is no standard output", READER) from error
    if is_terminal:
        raise OutputError("raw frames would fill the terminal", READER)
