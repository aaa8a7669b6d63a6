"""Preparing a whole folder: many processes, resumable, shards as they fill."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pechead.data.errors import DataError, Rejected
from pechead.data.layouts import SourceFile, find_sources
from pechead.data.mattes import PersonSegmenter
from pechead.data.prepare_clip import PrepareSettings, prepare_clip
from pechead.data.report import Rejection, add_rejection, read_rejections
from pechead.data.shards import finished_keys, join_parts, shards_in, waiting_parts, write_part
from pechead.landmarker.locate import find_model_file

if TYPE_CHECKING:
    from pechead.face.model import FaceModel
    from pechead.landmarker.detector import FaceDetector

SHARD_BYTES = 256 * 2**20
SHARD_CLIPS = 512
AHEAD = 4
"""Files a worker is given in advance; more would only make an interruption slower."""


@dataclass(frozen=True)
class PrepareResult:
    """What a folder has become.

    Attributes:
        files: clips and stills found in the data folder.
        clips: of them in shards, those of earlier runs included.
        done_before: clips that earlier runs had finished.
        rejections: of all runs.
        shards: the shard files.
    """

    files: int
    clips: int
    done_before: int
    rejections: list[Rejection]
    shards: list[Path]

    @property
    def bytes(self) -> int:
        """Size of all shards."""
        return sum(shard.stat().st_size for shard in self.shards)


def prepare_folder(
    folder: Path,
    output: Path,
    settings: PrepareSettings,
    processes: int | None = None,
    retry_rejected: bool = False,
    progress: Callable[[int, int], None] | None = None,
    segmenter: Path | None = None,
) -> PrepareResult:
    """Turn every clip and still of a folder into shards; go on where an earlier run has stopped.

    Args:
        folder: in one of the layouts of ``pechead.data.layouts``.
        output: made if it doesn't exist; one folder of shards belongs to one data folder and one size.
        settings: sizes and limits.
        processes: how many work at the same time; one a core if None.
        retry_rejected: look again at what earlier runs have rejected.
        progress: called with the number of files dealt with and that of all files.
        segmenter: file of the model that tells person from background; None: no mattes.

    Raises:
        DataError: the data folder can't be read, the output can't be written, or it belongs to another size.
        ModelFileError: the landmarker's model can't be found.
    """
    sources = find_sources(folder)
    _own(output, settings)
    if retry_rejected:
        (output / "rejected.csv").unlink(missing_ok=True)
    finished = finished_keys(output)
    for part in waiting_parts(output):
        # A run that stopped between joining parts and removing them leaves both.
        if part.stem in finished:
            part.unlink()
    parts = waiting_parts(output)
    before = finished | {part.stem for part in parts}
    skipped = before | {rejection.key for rejection in read_rejections(output)}
    todo = [source for source in sources if source.key not in skipped]
    done = len(sources) - len(todo)
    show = progress or (lambda *_: None)
    show(done, len(sources))
    for rejection in _work(todo, output, settings, processes or os.cpu_count() or 1, segmenter):
        if rejection is not None:
            add_rejection(output, rejection)
        done += 1
        show(done, len(sources))
        _join_full(output)
    rest = waiting_parts(output)
    if rest:
        join_parts(output, rest)
    return PrepareResult(
        len(sources), len(finished_keys(output)), len(before), read_rejections(output), shards_in(output)
    )


def _own(output: Path, settings: PrepareSettings) -> None:
    """Make the folder, and refuse one with pictures of another size."""
    note = output / "size.txt"
    try:
        output.mkdir(parents=True, exist_ok=True)
        if not note.is_file():
            note.write_text(f"{settings.size}\n", encoding="utf-8")
        size = note.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise DataError(
            f"{output} can't be written ({error.strerror or error})", "choose a folder that you may write to"
        ) from error
    if size != str(settings.size):
        raise DataError(
            f"{output} holds shards of {size} pixels, not {settings.size}", "name another --output folder"
        )


def _join_full(output: Path) -> None:
    parts = waiting_parts_now(output)
    if len(parts) >= SHARD_CLIPS or sum(part.stat().st_size for part in parts) >= SHARD_BYTES:
        join_parts(output, parts)


def waiting_parts_now(output: Path) -> list[Path]:
    """Whole parts while workers are writing others."""
    return sorted((output / "parts").glob("*.tar"))


def _work(
    todo: list[SourceFile],
    output: Path,
    settings: PrepareSettings,
    processes: int,
    segmenter: Path | None,
) -> Iterator[Rejection | None]:
    """Prepare files in parallel; yields once a file, its rejection or None."""
    if not todo:
        return
    # Here, so that a missing model is an error of its own and not just a dead worker.
    find_model_file()
    if segmenter is not None:
        PersonSegmenter(segmenter)
    context = multiprocessing.get_context("spawn")
    waiting = iter(todo)
    with _pool(min(processes, len(todo)), context, segmenter) as pool:
        running: set[Future[Rejection | None]] = set()
        try:
            while True:
                while len(running) < processes * AHEAD and (source := next(waiting, None)):
                    running.add(pool.submit(_prepare_one, source, output, settings))
                if not running:
                    return
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        except BrokenProcessPool as error:
            raise DataError(
                "a worker process has died, perhaps for want of memory",
                "start again with fewer --processes: finished clips are not done again",
            ) from error


@contextmanager
def _pool(
    processes: int, context: multiprocessing.context.SpawnContext, segmenter: Path | None
) -> Iterator[ProcessPoolExecutor]:
    """Workers that are not waited for longer than their present file when something goes wrong."""
    pool = ProcessPoolExecutor(
        processes, mp_context=context, initializer=_set_up_worker, initargs=(segmenter,)
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@dataclass
class _Tools:
    """What a worker process keeps from file to file."""

    detector: "FaceDetector"
    model: "FaceModel"
    segmenter: PersonSegmenter | None


_tools: list[_Tools] = []


def _set_up_worker(segmenter: Path | None) -> None:
    import cv2

    from pechead.face.model import FaceModel
    from pechead.landmarker.detector import FaceDetector

    cv2.setNumThreads(1)
    found = None if segmenter is None else PersonSegmenter(segmenter)
    _tools.append(_Tools(FaceDetector("image"), FaceModel.load(), found))


def _prepare_one(source: SourceFile, output: Path, settings: PrepareSettings) -> Rejection | None:
    tools = _tools[0]
    try:
        clip = prepare_clip(source, settings, tools.detector, tools.model, tools.segmenter)
    except Rejected as rejected:
        return Rejection(source.key, source.name, rejected.reason, rejected.details)
    write_part(output, clip)
    return None
