"""Everything that the doctor looks at, and how it is told."""

import json
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from pechead.errors import PecheadError
from pechead_live.clock import Clock
from pechead_live.doctor.devices import (
    find_cameras,
    find_display,
    find_graphics_cards,
    find_virtual_cameras,
)
from pechead_live.doctor.finding import Finding
from pechead_live.doctor.software import find_model_files, find_runtimes
from pechead_live.doctor.speed import measure_speed

SIGNS = {"good": "ok", "optional": "--", "bad": "!!"}


def examine(clock: Clock) -> Iterator[Finding]:
    """Look at everything, one after the other; a look that fails is a finding itself.

    Args:
        clock: the machine's own.
    """
    looks: tuple[tuple[str, Callable[[], Finding | Sequence[Finding]]], ...] = (
        ("camera", lambda: find_cameras(clock)),
        ("virtual camera", find_virtual_cameras),
        ("display", find_display),
        ("graphics card", find_graphics_cards),
        ("runtime", find_runtimes),
        ("model file", find_model_files),
        ("speed", lambda: measure_speed(clock)),
    )
    for area, look in looks:
        found = _looked(area, look)
        yield from [found] if isinstance(found, Finding) else found


def _looked(area: str, look: Callable[[], Finding | Sequence[Finding]]) -> Finding | Sequence[Finding]:
    try:
        return look()
    except Exception as error:
        text = f"can't be looked at ({type(error).__name__}: {error})"
        return Finding(area, "bad", text, "run again with --verbose and report it", PecheadError.exit_code)


def exit_code(findings: Sequence[Finding]) -> int:
    """0 if the main job can be done, else that of the first thing it lacks."""
    return next((finding.exit_code for finding in findings if finding.state == "bad"), 0)


def verdict(findings: Sequence[Finding]) -> str:
    """The last line: what can be done."""
    lacking = list(dict.fromkeys(finding.area for finding in findings if finding.state == "bad"))
    if not lacking:
        return "ready: pechead-live --source me.png"
    return f"not ready for a call, see {' and '.join(lacking)} above; pechead-live --demo needs neither"


def lines(finding: Finding) -> list[str]:
    """A finding for people: a line, and another one with what to do."""
    told = [f"{SIGNS[finding.state]}  {finding.area}: {finding.text}"]
    return [*told, f"      {finding.remedy}"] if finding.remedy else told


def as_json(findings: Sequence[Finding], version: str) -> str:
    """All findings for programs."""
    values = {
        "version": version,
        "system": platform.platform(),
        "python": platform.python_version(),
        "exit_code": exit_code(findings),
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(values, indent=1)
