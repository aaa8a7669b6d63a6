"""Writing shards: tar files of clips that appear whole or not at all.

Each finished clip first becomes a part, a tar file of its own in the folder ``parts``; when enough have come
together, they are joined to a shard. Both are written under a temporary name, flushed to the disk and then
renamed, so that whatever stops the program leaves whole files only. Which clips are done is read from the
files themselves; a list of keys beside each shard only spares reading it.
"""

import io
import os
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pechead.data.clip import Clip
from pechead.data.errors import DataError

PARTS = "parts"
UNFINISHED = ".unfinished"
MAKE_ROOM = "make room or name another folder, then start again: finished clips are not done again"


def write_part(folder: Path, clip: Clip) -> Path:
    """Keep a finished clip until its shard is full.

    Args:
        folder: the output folder.

    Raises:
        DataError: it can't be written, for instance because the disk is full; nothing is left behind.
    """
    path = folder / PARTS / f"{clip.info.key}.tar"
    _write_whole(path, [(clip.info.key, clip.members())])
    return path


def waiting_parts(folder: Path) -> list[Path]:
    """Finished clips that are in no shard yet, oldest name first; remains of unfinished files are removed."""
    for place in (folder, folder / PARTS):
        for remains in place.glob(f"*{UNFINISHED}*"):
            remains.unlink()
    return sorted((folder / PARTS).glob("*.tar"))


def join_parts(folder: Path, parts: Sequence[Path]) -> Path:
    """Make the next shard of some parts and remove them.

    Raises:
        DataError: it can't be written; the parts are still there.
    """
    numbers = [int(path.stem.rsplit("-", 1)[1]) for path in shards_in(folder)]
    path = folder / f"shard-{max(numbers, default=-1) + 1:06d}.tar"
    _write_whole(path, ((part.stem, _members(part)) for part in parts))
    _write_keys(path, [part.stem for part in parts])
    for part in parts:
        part.unlink()
    return path


def shards_in(folder: Path) -> list[Path]:
    """All shards of a folder in order."""
    return sorted(folder.glob("shard-*.tar"))


def finished_keys(folder: Path) -> set[str]:
    """Keys of all clips that are in shards.

    Raises:
        DataError: a shard is damaged.
    """
    keys: set[str] = set()
    for shard in shards_in(folder):
        listed = shard.with_suffix(".keys")
        if not listed.is_file():
            _write_keys(shard, _keys_in(shard))
        keys.update(listed.read_text(encoding="utf-8").split())
    return keys


def _keys_in(shard: Path) -> list[str]:
    try:
        with tarfile.open(shard, "r:") as tar:
            return [name.removesuffix(".json") for name in tar.getnames() if name.endswith(".json")]
    except (tarfile.TarError, OSError) as error:
        raise DataError(
            f"{shard} is damaged or cut short ({error})",
            "delete it and prepare again: its clips are done anew",
        ) from error


def _write_keys(shard: Path, keys: Sequence[str]) -> None:
    listed = shard.with_suffix(".keys")
    unfinished = listed.with_name(listed.name + UNFINISHED)
    try:
        unfinished.write_text("\n".join(keys) + "\n", encoding="utf-8")
        unfinished.replace(listed)
    except OSError as error:
        raise DataError(f"{listed} can't be written ({error.strerror or error})", MAKE_ROOM) from error


def _members(part: Path) -> dict[str, bytes]:
    with tarfile.open(part, "r:") as tar:
        return {
            member.name.removeprefix(part.stem + "."): file.read()
            for member in tar.getmembers()
            if (file := tar.extractfile(member)) is not None
        }


def _write_whole(path: Path, samples: Iterable[tuple[str, Mapping[str, bytes]]]) -> None:
    """Write a tar file under a temporary name that is this process's own, then rename it."""
    unfinished = path.with_name(f"{path.name}{UNFINISHED}{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
                for key, members in samples:
                    for suffix, data in members.items():
                        header = tarfile.TarInfo(f"{key}.{suffix}")
                        header.size = len(data)
                        tar.addfile(header, io.BytesIO(data))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException as error:
        with suppress(OSError):
            unfinished.unlink()
        if isinstance(error, OSError):
            raise DataError(f"{path} can't be written ({error.strerror or error})", MAKE_ROOM) from error
        raise
