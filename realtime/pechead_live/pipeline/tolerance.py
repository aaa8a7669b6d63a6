"""What it takes for a failing stage to end a run: that it has never worked.

In a call a picture that stands still for a moment is nothing, and a picture that ends is an accident. So a
frame on which a stage fails is left out; while the stage fails for every frame the outputs show something
calm, and it is tried again with every frame, for as long as the run goes on.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pechead_live.clock import Clock

SPELL = 1.0
"""Seconds without one success after which failures are no longer an accident of single frames."""

GIVE_UP = 5.0
"""Seconds after which a stage that has never worked ends the run."""

log = logging.getLogger(__name__)


class Tolerance:
    """Keeps one stage's failures from ending the run, and tells of them in a few lines.

    Args:
        work: what the stage does, as messages call it: ``drawing the avatar``.
        meanwhile: what happens while it fails for every frame: ``the avatar rests``.
        clock: the run's.
        on_spell: called when a spell of failures begins.
        fatal: what is raised at once.
    """

    def __init__(
        self,
        work: str,
        meanwhile: str,
        clock: Clock,
        on_spell: Callable[[], None] = lambda: None,
        fatal: type[Exception] | tuple[()] = (),
    ) -> None:
        self._fatal = fatal
        self._work = work
        self._meanwhile = meanwhile
        self._clock = clock
        self._on_spell = on_spell
        self._worked = False
        self._told = False
        self._in_spell = False
        self._failing_since: float | None = None
        self._last_error: Exception | None = None

    @contextmanager
    def frame(self) -> Iterator[None]:
        """Around the work on one frame; what goes wrong in it is not raised but for one case.

        Raises:
            Exception: what the work raised, if that is fatal or it has never worked in ``GIVE_UP`` seconds.
        """
        try:
            yield
        except self._fatal:
            raise
        except Exception as error:
            self._failed(error)
        else:
            self._succeeded()

    def end(self) -> None:
        """At the end of the run.

        Raises:
            Exception: what the work raised last, if it has never worked.
        """
        if self._last_error is not None and not self._worked:
            raise self._last_error

    def _failed(self, error: Exception) -> None:
        now = self._clock.now()
        self._last_error = error
        self._failing_since = now if self._failing_since is None else self._failing_since
        failing_for = now - self._failing_since
        if not self._worked and failing_for >= GIVE_UP:
            raise error
        if failing_for >= SPELL and not self._in_spell:
            self._in_spell = True
            log.warning("%s fails for every frame (%s): %s", self._work, _reason(error), self._meanwhile)
            self._on_spell()
        elif not self._told:
            self._told = True
            log.warning("%s failed for a frame (%s): the run goes on", self._work, _reason(error))
        log.debug("%s failed", self._work, exc_info=error)

    def _succeeded(self) -> None:
        if self._in_spell:
            log.warning("%s works again", self._work)
        self._worked = True
        self._in_spell = False
        self._failing_since = None


def _reason(error: Exception) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
