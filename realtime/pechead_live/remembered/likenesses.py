"""Asking once for every new photo whether the user may use this likeness."""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pechead.errors import SettingsError
from pechead_live.remembered import files

FILE = "likenesses.json"
VERSION = 1
MOST_NAMED = 3

log = logging.getLogger(__name__)


def confirm_likenesses(
    photos: Sequence[Path], agreed: bool, ask: Callable[[str], str] | None, remembered_in: Path
) -> None:
    """Make sure that the user may use the likenesses; what was confirmed once is not asked again.

    Photos are known by their content, of which a SHA-256 is kept and nothing else.

    Args:
        photos: files; those that can't be read are passed over, as nobody will see them either.
        agreed: ``--yes``: no question, and nothing is kept.
        ask: puts a question to the user and returns the answer; None where nobody can be asked.
        remembered_in: folder of the answers.

    Raises:
        SettingsError: the user didn't confirm, or nobody can be asked.
    """
    if agreed:
        return
    path = remembered_in / FILE
    known = _known(path)
    new = {digest: photo for digest, photo in _digests(photos).items() if digest not in known}
    if not new:
        return
    names = _names([photo.name for photo in new.values()])
    if ask is None:
        raise SettingsError(
            f"nobody has confirmed yet that the likeness in {names} may be used",
            "start once in a terminal and answer, or add --yes if it is your own or you have been allowed to",
        )
    answer = ask(f"New photo: {names}. Is it you, or have you been allowed to animate this person? [y/N] ")
    if answer.strip().casefold() not in ("y", "yes"):
        raise SettingsError(
            f"the likeness in {names} was not confirmed", "use a photo of yourself, or of someone who agrees"
        )
    try:
        files.write(path, VERSION, {"confirmed": sorted(known | new.keys())})
    except OSError as error:
        log.warning("%s can't be written (%s): the question will come again", path, error.strerror)


def _known(path: Path) -> set[str]:
    try:
        return {str(digest) for digest in files.read(path, VERSION).get("confirmed", [])}
    except (ValueError, TypeError, OSError) as error:
        log.warning("%s is left aside (%s): confirm your photos once more", path, error)
        return set()


def _digests(photos: Sequence[Path]) -> Mapping[str, Path]:
    digests = {}
    for photo in photos:
        with suppress(OSError):
            digests[hashlib.sha256(photo.read_bytes()).hexdigest()] = photo
    return digests


def _names(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    listed = [*names[:MOST_NAMED], f"{more} more"] if more > 0 else list(names)
    return " and ".join(filter(None, [", ".join(listed[:-1]), listed[-1]]))
