"""A file that appears under its name only when it is whole."""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from pechead.errors import OutputError

LEAST_FREE_BYTES = 16 * 2**20
"""With less room than this no file is begun, and one that is being written is finished."""


class UnfinishedFile:
    """A file being written beside its target, as ``NAME.part``.

    A link is followed, so that it goes on pointing at the file.

    Attributes:
        target: where the finished file will be.
        path: where it is written until then; exists and is empty.

    Raises:
        OutputError: the target can't be written.
    """

    def __init__(self, target: Path) -> None:
        check_target(target)
        self.target = target.resolve()
        self.path = self.target.with_name(f"{self.target.name}.part")
        try:
            self.path.open("wb").close()
        except OSError as error:
            raise cannot_write(target, error) from error

    def has_room(self) -> bool:
        """Whether its disk has room left to go on; True where that can't be found out."""
        try:
            return shutil.disk_usage(self.path.parent).free >= LEAST_FREE_BYTES
        except OSError:
            return True

    def finish(self) -> None:
        """Give the file its name, in place of what was there.

        Raises:
            OutputError: it can't be renamed, for instance since the old one is open on Windows.
        """
        try:
            os.replace(self.path, self.target)
        except OSError as error:
            raise OutputError(
                f"{self.target} can't be replaced ({error.strerror})",
                f"close programs that use it; the new file is {self.path}",
            ) from error

    def discard(self) -> None:
        """Remove what was written."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def check_target(target: Path) -> None:
    """Find out whether a file can be written, without touching anything.

    Raises:
        OutputError: the folder is missing, the name belongs to something else, or permission or room lack.
    """
    folder = target.resolve().parent
    if target.is_dir():
        raise OutputError(f"{target} is a folder", "add the name of a file in it")
    if target.exists() and not target.is_file():
        raise OutputError(f"{target} is a device, not a file", "choose another name")
    if not folder.is_dir():
        raise OutputError(f"there is no folder {folder}", "make it first, or choose another one")
    if not os.access(target if target.exists() else folder, os.W_OK):
        raise OutputError(f"no permission to write {target}", "choose another folder or name")
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise OutputError(
            f"only {free / 2**20:.0f} MB are free for {target}", "make room, or choose another disk"
        )


def cannot_write(target: Path, error: Exception) -> OutputError:
    """What a failed write means; takes the errors of Python and of FFmpeg."""
    reason = getattr(error, "strerror", None) or str(error)
    is_full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
    remedy = (
        "make room on the disk, or choose another one" if is_full else "choose another folder or kind of file"
    )
    return OutputError(f"{target} can't be written ({reason})", remedy)
