"""What was rejected and why: a CSV file that grows line by line."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from pechead.data.errors import DataError

FILE_NAME = "rejected.csv"


@dataclass(frozen=True)
class Rejection:
    """One file that gave no clip.

    Attributes:
        key: the key its clip would have had.
        file: path in the data folder.
        reason: a few words, the same from file to file.
        details: the numbers behind it.
    """

    key: str
    file: str
    reason: str
    details: str


COLUMNS = tuple(field.name for field in fields(Rejection))


def read_rejections(folder: Path) -> list[Rejection]:
    """What earlier runs have rejected; a last line that was cut off is left out."""
    path = folder / FILE_NAME
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    rows = list(csv.reader(whole.splitlines()))[1:]
    return [Rejection(*row) for row in rows if len(row) == len(COLUMNS)]


def add_rejection(folder: Path, rejection: Rejection) -> None:
    """Append a line.

    Raises:
        DataError: it can't be written.
    """
    path = folder / FILE_NAME
    try:
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if file.tell() == 0:
                writer.writerow(COLUMNS)
            writer.writerow([" ".join(str(value).split()) for value in astuple(rejection)])
    except OSError as error:
        raise DataError(f"{path} can't be written ({error.strerror or error})", "make room") from error


def by_reason(rejections: Sequence[Rejection]) -> list[tuple[str, int]]:
    """How many files were rejected for each reason, most first."""
    return Counter(rejection.reason for rejection in rejections).most_common()
