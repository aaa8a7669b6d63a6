"""How far a build has come, from the phases that the library reports."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Progress = Callable[[float, str], None]
"""Called with the share that is done, 0 to 1, never less than before, and the name of the present phase."""


def untold(share: float, phase: str) -> None:
    """For builds whose progress nobody wants to know."""
    del share, phase


@dataclass
class _Phase:
    parent: str | None
    steps: int
    done: int = 0
    children: float = 0.0
    """Share that the running children have of the present step."""

    @property
    def share(self) -> float:
        return min((self.done + min(self.children, 1.0)) / max(self.steps, 1), 1.0)


class BuildProgress:
    """Phases within phases, as one share.

    Args:
        report: is told; from any thread, one at a time.

    Attributes:
        stopped: set it, and the library stops at the end of the present step.
    """

    def __init__(self, report: Progress) -> None:
        self.stopped = threading.Event()
        self._report = report
        self._lock = threading.Lock()
        self._phases: dict[str, _Phase] = {}
        self._reached = 0.0

    def start(self, name: str, parent: str | None, steps: int) -> None:
        """A phase of so many steps begins, inside a step of another one or at the top."""
        with self._lock:
            self._phases[name] = _Phase(parent, steps)
            self._tell(name)

    def step(self, name: str) -> bool:
        """A step of a phase is done; returns whether to go on."""
        with self._lock:
            phase = self._phases[name]
            phase.done, phase.children = phase.done + 1, 0.0
            self._tell(name)
        return not self.stopped.is_set()

    def finish(self, name: str) -> None:
        """A phase is over."""
        with self._lock:
            self._phases.pop(name, None)

    def _tell(self, name: str) -> None:
        phase = self._phases[name]
        while phase.parent is not None and phase.parent in self._phases:
            above = self._phases[phase.parent]
            above.children = max(above.children, phase.share)
            phase = above
        self._reached = max(self._reached, phase.share)
        self._report(self._reached, name)


def progress_monitor(api: Any, progress: BuildProgress) -> Any:
    """The library's ``IProgressMonitor``.

    Args:
        api: the library's module.
        progress: is told by it.
    """

    class Monitor(api.IProgressMonitor):  # type: ignore[misc]
        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            progress.start(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            del step
            return progress.step(phase_name)

        def phase_finish(self, phase_name: str) -> None:
            progress.finish(phase_name)

        def __init__(self) -> None:
            api.IProgressMonitor.__init__(self)

    return Monitor()
