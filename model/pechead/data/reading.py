"""Reading shards: from a folder or from addresses, whole clips only."""

import logging
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from webdataset.shardlists import expand_urls
from webdataset.tariterators import tarfile_samples

from pechead.data.clip import Clip, clip_from_members
from pechead.data.errors import DataError

log = logging.getLogger(__name__)


def shards_at(location: str | Path) -> list[str]:
    """The shards of a place, in a fixed order.

    Args:
        location: a folder, a tar file, or what WebDataset reads: an address such as
            ``https://store/shard-{000000..000041}.tar`` or ``pipe:aws s3 cp s3://... -``.

    Raises:
        DataError: there is none.
    """
    path = Path(location)
    if path.is_dir():
        shards = [str(shard) for shard in sorted(path.glob("*.tar"))]
    elif path.is_file() or ":" in str(location):
        shards = list(expand_urls(str(location)))
    else:
        shards = []
    if not shards:
        raise DataError(
            f"no shards in {location}", "make some with `pechead-data prepare FOLDER --output ...`"
        )
    return shards


def read_clips(shards: Sequence[str]) -> Iterator[Clip]:
    """Every whole clip of some shards in turn.

    A shard that is missing, damaged or cut short is logged in one line and costs the clips it no longer
    holds, nothing else.
    """
    opened = tarfile_samples(({"url": shard} for shard in shards), handler=_report)
    for members in opened:
        key, shard = members.pop("__key__"), members.pop("__url__")
        try:
            yield clip_from_members(members)
        except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
            log.warning("left out clip %s of %s: damaged or cut short (%s)", key, shard, _first_line(error))


def _report(error: Exception) -> bool:
    """Log what is wrong with a shard, once; True lets WebDataset go on."""
    if not isinstance(error, (tarfile.TarError, EOFError, OSError, ValueError)):
        return False
    # WebDataset reports an unreadable member first, and then, with the address, that the shard ends there.
    if len(error.args) > 1:
        log.warning("shard %s is damaged, cut short or unreadable (%s)", error.args[-1], _first_line(error))
    return True


def _first_line(error: Exception) -> str:
    text = str(error.args[0]) if error.args else ""
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
