"""From what the user wrote to an output."""

from collections.abc import Callable
from pathlib import Path

from pechead.errors import OutputError
from pechead_live.frames import Image
from pechead_live.outputs.base import Output
from pechead_live.outputs.file_formats import format_of
from pechead_live.outputs.unfinished_file import check_target

# The kinds of output are imported where they are opened, since each brings a large library of its own.

VIRTUAL_CAMERA = "virtual-camera"
PREVIEW = "preview"
NONE = "none"
STANDARD_OUTPUT = "-"


def open_output(
    spec: str,
    size: tuple[int, int],
    frames_per_second: float,
    audio_from: Path | None = None,
    live: bool = False,
    decorate: Callable[[Image], Image] | None = None,
) -> Output:
    """Open where frames go.

    Args:
        spec: ``virtual-camera`` or ``virtual-camera:DEVICE``, ``preview``, ``none``, ``-`` for raw frames on
            standard output, or the path of a video file.
        size: width and height in pixels of the frames.
        frames_per_second: the output's rate.
        audio_from: a video whose sound a file takes over; other outputs have none.
        live: a file is written in real time, beside the work on the frames.
        decorate: makes of each frame what the preview shows; others never pass through it.

    Raises:
        OutputError: it is unknown or can't be opened.
    """
    kind, _, device = spec.partition(":")
    if kind == VIRTUAL_CAMERA:
        try:
            from pechead_live.outputs.virtual_camera import VirtualCameraOutput
        except ImportError as error:
            raise OutputError(
                f"pyvirtualcam can't be loaded ({error})", "pip install pyvirtualcam, or use another output"
            ) from error

        return VirtualCameraOutput(size, frames_per_second, device or None)
    if spec == PREVIEW:
        from pechead_live.outputs.preview import PreviewOutput

        return PreviewOutput(size, frames_per_second, decorate=decorate)
    if spec == NONE:
        from pechead_live.outputs.null import NullOutput

        return NullOutput(size, frames_per_second)
    if spec == STANDARD_OUTPUT:
        from pechead_live.outputs.raw import RawOutput

        return RawOutput(size, frames_per_second)
    check_output(spec)
    from pechead_live.outputs.video_file import VideoFileOutput

    return VideoFileOutput(Path(spec).expanduser(), size, frames_per_second, audio_from, live)


def is_watched(spec: str) -> bool:
    """Whether somebody looks at an output while it runs: a virtual camera or a window."""
    return spec == PREVIEW or spec.partition(":")[0] == VIRTUAL_CAMERA


def check_output(spec: str) -> None:
    """Find out what can be known before any work is done: the kind of file, its folder, the display.

    Raises:
        OutputError: the output is unknown or can't be opened.
    """
    if spec == PREVIEW:
        from pechead_live.outputs.display import check_display

        check_display()
    elif spec == STANDARD_OUTPUT:
        from pechead_live.outputs.raw import check_standard_output

        check_standard_output()
    elif spec != NONE and spec.partition(":")[0] != VIRTUAL_CAMERA:
        path = Path(spec).expanduser()
        if not path.suffix and len(path.parts) <= 1:
            raise OutputError(
                f"no output '{spec}'", f"use {VIRTUAL_CAMERA}, {PREVIEW}, {NONE}, - or a video file"
            )
        format_of(path)
        check_target(path)
