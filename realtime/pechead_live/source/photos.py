"""Which photos the user named: single files, or all of a folder."""

from collections.abc import Sequence
from pathlib import Path

from pechead.errors import CameraError, PhotoError
from pechead_live.cameras.image_folder import SUFFIXES, list_images


def list_photos(named: Sequence[Path]) -> tuple[Path, ...]:
    """The photos in order, each once; a folder stands for its pictures in the order of their names.

    Args:
        named: files, whether or not they exist, and folders.

    Raises:
        PhotoError: a folder can't be read or holds no picture.
    """
    photos: dict[Path, None] = {}
    for path in (path.expanduser() for path in named):
        photos.update(dict.fromkeys(_in_folder(path) if path.is_dir() else [path]))
    return tuple(photos)


def _in_folder(folder: Path) -> list[Path]:
    try:
        found = list_images(folder)
    except CameraError as error:
        raise PhotoError(error.happened, error.remedy) from error
    if not found:
        raise PhotoError(f"no photos in the folder {folder}", f"put {', '.join(SUFFIXES)} files there")
    return found
