"""One thing that was looked at."""

from dataclasses import dataclass
from typing import Literal

from pechead.errors import PecheadError

State = Literal["good", "optional", "bad"]


@dataclass(frozen=True)
class Finding:
    """What was found.

    Attributes:
        area: ``camera``, ``virtual camera``, ``runtime`` and so on.
        state: ``good``; ``optional``: missing, but not needed for the main job; ``bad``: the main job, from a
            camera to a virtual camera, can't be done without it.
        text: what is there, or isn't.
        remedy: the command, or what else to do; empty if nothing needs to be done.
        exit_code: of the program, if it is bad.
    """

    area: str
    state: State
    text: str
    remedy: str = ""
    exit_code: int = 0


def bad(area: str, error: PecheadError) -> Finding:
    """What an error of the product says of the machine."""
    return Finding(area, "bad", error.happened, error.remedy, error.exit_code)
