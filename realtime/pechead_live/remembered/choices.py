"""What was set live, and which camera was used, for the next run."""

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pechead_live.controls.state import KEPT, ControlState, wrong_value
from pechead_live.remembered import files

FILE = "settings.json"
VERSION = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """What is kept.

    Attributes:
        controls: with what is kept of it; the rest as at the beginning.
        camera: what ``--camera`` would have to say for the webcam that was used last; None if none was.
    """

    controls: ControlState = field(default_factory=ControlState)
    camera: str | None = None


def load_choices(remembered_in: Path) -> Choices:
    """What was kept; what is missing or wrong is as at the beginning, and the latter is told in one line.

    Args:
        remembered_in: the folder.
    """
    path = remembered_in / FILE
    try:
        values = files.read(path, VERSION)
    except (ValueError, OSError) as error:
        log.warning("%s is left aside (%s): settings are as at the beginning", path, error)
        return Choices()
    wrong, right = [], {}
    for name, value in _kept_values(values).items():
        reason = wrong_value(name, value)
        if reason is None:
            right[name] = value
        else:
            wrong.append(f"{name} {reason}")
    camera = values.get("camera")
    if not (camera is None or isinstance(camera, str)):
        wrong.append("camera has to be a text")
        camera = None
    if wrong:
        log.warning("%s is left aside in part (%s)", path, ", ".join(wrong))
    return Choices(replace(ControlState(), **right), camera)


def save_choices(remembered_in: Path, choices: Choices) -> None:
    """Keep them; that it fails is told in one line, for nothing else depends on it."""
    values = {name: getattr(choices.controls, name) for name in KEPT}
    path = remembered_in / FILE
    try:
        files.write(path, VERSION, {"controls": values, "camera": choices.camera})
    except OSError as error:
        log.warning("%s can't be written (%s): settings are not kept", path, error.strerror)


def _kept_values(values: dict[str, Any]) -> dict[str, Any]:
    controls = values.get("controls", {})
    return {name: controls[name] for name in KEPT if name in controls} if isinstance(controls, dict) else {}
