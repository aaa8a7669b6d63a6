"""Small files of this user's, written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

FOLDER_VARIABLE = "PECHEAD_CONFIG"
"""Names another folder to keep things in."""


def folder() -> Path:
    """Where things are kept, whether or not it exists yet."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else user_config_path("pechead-live", appauthor=False)


def read(path: Path, version: int) -> dict[str, Any]:
    """The values of a file; none if there is no file.

    Args:
        path: of a file that ``write`` wrote.
        version: the only one that is understood.

    Raises:
        ValueError: it is damaged or of another version; the text says which.
        OSError: it can't be read.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ValueError("it is damaged") from error
    if not isinstance(values, dict):
        raise ValueError("it is damaged")
    if values.pop("version", None) != version:
        raise ValueError("it is of another version of this program")
    return values


def write(path: Path, version: int, values: Mapping[str, Any]) -> None:
    """Write values, and make the folder for them.

    Raises:
        OSError: there is no room or no permission.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"version": version, **values}, file, indent=1)
            file.write("\n")
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
