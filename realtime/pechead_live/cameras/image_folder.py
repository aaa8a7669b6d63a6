"""A folder of images played as a camera."""

import re
from collections.abc import Iterator
from pathlib import Path

from pechead.errors import CameraError, PhotoError
from pechead_live.cameras.playback import Moment, RecordedCamera
from pechead_live.clock import Clock
from pechead_live.frames import CameraFrame, Image
from pechead_live.source.photo import load_photo

SUFFIXES = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")


class ImageFolderCamera(RecordedCamera):
    """The images of a folder in the order of their names.

    Numbers in names are counted as numbers: ``2.png`` comes before ``10.png``.
    The images need not have one size; ``size`` is the first one's.

    Args:
        folder: other files and folders in it are passed over.
        clock: None gives every image at once.
        frames_per_second: how fast the images follow each other.

    Raises:
        CameraError: the folder holds no image or its first one can't be read; from ``read``: another one
            can't.
    """

    def __init__(self, folder: Path, clock: Clock | None, frames_per_second: float = 25.0) -> None:
        paths = list_images(folder)
        if not paths:
            raise CameraError(f"no images in the folder {folder}", f"put {', '.join(SUFFIXES)} files there")
        height, width = _load(paths, 0).shape[:2]
        moments = _moments(paths, frames_per_second)
        super().__init__(folder.name or str(folder), (width, height), frames_per_second, moments, clock)


def list_images(folder: Path) -> list[Path]:
    """The image files of a folder in playing order.

    Raises:
        CameraError: the folder can't be read.
    """
    try:
        paths = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    except OSError as error:
        raise CameraError(
            f"the folder {folder} can't be read ({error.strerror})", "check its permissions"
        ) from error
    return sorted(paths, key=lambda path: natural_order(path.name))


def natural_order(name: str) -> list[tuple[int, str]]:
    """Sorting key that counts digits as numbers and ignores case."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part)
        for part in re.split(r"(\d+)", name.casefold())
        if part
    ]


def _moments(paths: list[Path], frames_per_second: float) -> Iterator[Moment]:
    for index in range(len(paths)):

        def make(sequence: int, captured_at: float, index: int = index) -> CameraFrame:
            return CameraFrame(sequence, captured_at, _load(paths, index))

        yield Moment(index / frames_per_second, 1 / frames_per_second, make)


def _load(paths: list[Path], index: int) -> Image:
    try:
        return load_photo(paths[index])
    except PhotoError as error:
        place = f"image {index + 1} of {len(paths)} in {paths[index].parent}"
        raise CameraError(f"{place}: {error.happened}", error.remedy) from error
