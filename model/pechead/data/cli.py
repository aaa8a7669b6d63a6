"""The ``pechead-data`` command."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from pechead.command import run_command
from pechead.data.prepare import PrepareResult, prepare_folder
from pechead.data.prepare_clip import PrepareSettings
from pechead.data.report import FILE_NAME, by_reason


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the command line without the program's name; that of the process if None.

    Returns:
        the exit code: 0, 2 for wrong usage, 130 if interrupted, otherwise that of the PecheadError.
    """
    console = Console(stderr=True, highlight=False)
    app = App(
        name="pechead-data",
        help="Make training data of videos and photos of faces.",
        suppress_keyboard_interrupt=False,
    )

    @app.command
    def prepare(
        folder: Path,
        *,
        output: Path,
        size: int = 256,
        most_frames: int = 100,
        smallest_face: float | None = None,
        processes: int | None = None,
        retry_rejected: Annotated[bool, Parameter(negative="")] = False,
        segmenter: Path | None = None,
    ) -> None:
        """Turn a folder of videos and photos into shards; start again to go on after an interruption.

        Parameters
        ----------
        folder
            Our layout (manifest.csv), VoxCeleb2, TalkingHead-1KH, CelebV-HQ, VFHQ, or a folder a person.
        output
            Where the shards go.
        size
            Width and height of the pictures in pixels: 256 or 512.
        most_frames
            Frames kept of a clip.
        smallest_face
            Pixels of the file on a face's longer side; 0.3 of the size if not given.
        processes
            How many work at the same time; one a core if not given.
        retry_rejected
            Look again at the files that earlier runs have rejected.
        segmenter
            MediaPipe's selfie_segmentation.tflite, to tell persons from backgrounds: training then puts them
            before other backgrounds as well.
        """
        settings = PrepareSettings(size=size, most_frames=most_frames, smallest_face=smallest_face)
        _prepare(console, folder, output, settings, processes, retry_rejected, segmenter)

    return run_command(app, console, arguments, "interrupted; start again to go on")


def _prepare(
    console: Console,
    folder: Path,
    output: Path,
    settings: PrepareSettings,
    processes: int | None,
    retry_rejected: bool,
    segmenter: Path | None,
) -> None:
    started_at = time.perf_counter()
    columns = (
        TextColumn("preparing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("preparing", total=None)
        result = prepare_folder(
            folder,
            output,
            settings,
            processes,
            retry_rejected,
            lambda done, total: progress.update(task, completed=done, total=total),
            segmenter,
        )
    for line in summary(result, output, time.perf_counter() - started_at):
        console.print(line, markup=False, soft_wrap=True)


def summary(result: PrepareResult, output: Path, seconds: float) -> list[str]:
    """What was made, in lines for the user."""
    new = result.clips - result.done_before
    lines = [
        f"{result.clips} of {result.files} files in {len(result.shards)} shards in {output} "
        f"({result.bytes / 1e6:.0f} MB), {new} of them new, {seconds:.0f} s"
    ]
    if result.rejections:
        reasons = ", ".join(f"{count} {reason}" for reason, count in by_reason(result.rejections))
        lines.append(f"rejected {len(result.rejections)}: {reasons}; see {output / FILE_NAME}")
    return lines
