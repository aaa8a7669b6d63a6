"""Which files of a folder are clips and stills, and who is in them.

Known are our own ``manifest.csv``, VoxCeleb2 (``id00012/VIDEO/00001.mp4``), TalkingHead-1KH
(``VIDEO_0000_S0_E10_L0_T0_R9_B9.mp4``), CelebV-HQ (``VIDEO_0.mp4``) and VFHQ (a folder
``Clip+VIDEO+P0+C0+F10-20`` of pictures, or a video of that name). Where a data set does not say who is in a
clip, everybody in one video counts as one person: a split by person then also is one by video. Elsewhere the
folder that a file is in is the person, and at the top each file is a person of its own.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pechead.data.errors import DataError

Kind = Literal["clip", "still"]

VIDEOS = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".m4v"})
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
MANIFEST = "manifest.csv"
UNKNOWN = "unknown"

VIDEO_NAME = r"(?P<video>[A-Za-z0-9_-]{11})"
VOXCELEB_PERSON = re.compile(r"id\d{5}")
TALKING_HEAD = re.compile(VIDEO_NAME + r"_\d{4}_S\d+_E\d+_L\d+_T\d+_R\d+_B\d+")
CELEBV = re.compile(VIDEO_NAME + r"_\d+(_\d+)?")
VFHQ = re.compile(r"Clip\+(?P<video>.+)\+(?P<person>P\d+)\+C\d+(\+F[\d-]+)?")


@dataclass(frozen=True)
class SourceFile:
    """One clip or still as it was found.

    Attributes:
        path: a video, a picture, or a folder whose pictures are a clip's frames.
        name: the path in the data folder, with forward slashes.
        person: who is in it; data are split by this.
        kind: clip or still.
        tier: of the terms: ``A``, ``B`` or ``unknown``.
        licence: as the manifest states it.
        source: where it was taken from, as the manifest states it.
    """

    path: Path
    name: str
    person: str
    kind: Kind
    tier: str = UNKNOWN
    licence: str = UNKNOWN
    source: str = UNKNOWN

    @property
    def key(self) -> str:
        """A name for its sample: unique in the folder, of letters, digits, ``_`` and ``-``, no dot."""
        readable = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(self.name).with_suffix("").as_posix())
        return f"{readable[-80:]}-{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"


def find_sources(folder: Path) -> list[SourceFile]:
    """Everything usable in a folder, in a fixed order.

    Raises:
        DataError: no such folder, a damaged manifest, or nothing in it.
    """
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}", "check the path")
    manifest = folder / MANIFEST
    sources = list(_from_manifest(manifest) if manifest.is_file() else _from_files(folder))
    if not sources:
        raise DataError(
            f"no video or picture found in {folder}",
            f"name a folder with {', '.join(sorted(VIDEOS))} files, pictures, or a {MANIFEST}",
        )
    return sorted(sources, key=lambda source: source.name)


def _from_manifest(manifest: Path) -> Iterator[SourceFile]:
    with manifest.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            kind, name, person = row.get("kind"), row.get("file"), row.get("person")
            if kind not in ("clip", "still") or not name or not person:
                raise DataError(
                    f"line {number} of {manifest} has no kind (clip or still), file or person",
                    "give the manifest the columns kind,file,person[,tier,licence,source]",
                )
            yield SourceFile(
                manifest.parent / name,
                name,
                person,
                "clip" if kind == "clip" else "still",
                row.get("tier") or UNKNOWN,
                row.get("licence") or UNKNOWN,
                row.get("source") or UNKNOWN,
            )


def _from_files(folder: Path) -> Iterator[SourceFile]:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts):
            continue
        if path.is_dir():
            if VFHQ.fullmatch(path.name):
                yield SourceFile(path, relative.as_posix(), person_of(relative), "clip")
        elif path.suffix.lower() in VIDEOS:
            yield SourceFile(path, relative.as_posix(), person_of(relative), "clip")
        elif path.suffix.lower() in PICTURES and not VFHQ.fullmatch(path.parent.name):
            yield SourceFile(path, relative.as_posix(), person_of(relative), "still")


def person_of(relative: Path) -> str:
    """Who is in a file, from its path in the data folder."""
    for part in relative.parts[:-1]:
        if VOXCELEB_PERSON.fullmatch(part):
            return part
    name = relative.name if relative.suffix.lower() not in VIDEOS | PICTURES else relative.stem
    if match := VFHQ.fullmatch(name):
        return f"{match['video']}+{match['person']}"
    if match := TALKING_HEAD.fullmatch(name) or CELEBV.fullmatch(name):
        return match["video"]
    return relative.parent.as_posix() if relative.parent.parts else name
