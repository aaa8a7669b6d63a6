"""A stage may fail now and then; only one that never works ends the run."""

import logging
from collections.abc import Iterator

import pytest

from pechead.errors import OutputError
from pechead_live.clock import ManualClock
from pechead_live.pipeline.tolerance import GIVE_UP, SPELL, Tolerance

PERIOD = 0.1


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What the user is told."""
    lines: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("pechead_live.pipeline.tolerance")
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


class Stage:
    """Works or fails, a frame every ``PERIOD``."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.spells = 0
        self.tolerance = Tolerance("drawing", "a slate is shown", self.clock, self._count)

    def go(self, works: bool, seconds: float) -> None:
        for _ in range(round(seconds / PERIOD)):
            self.clock.sleep(PERIOD)
            with self.tolerance.frame():
                if not works:
                    raise MemoryError("no room\nfor it")

    def _count(self) -> None:
        self.spells += 1


def test_a_failure_is_told_once_and_harms_nothing(said: list[str]) -> None:
    stage = Stage()
    for _ in range(5):
        stage.go(works=True, seconds=0.5)
        stage.go(works=False, seconds=0.1)
    stage.tolerance.end()
    assert said == ["drawing failed for a frame (MemoryError: no room): the run goes on"]
    assert stage.spells == 0


def test_a_spell_is_told_when_it_begins_and_when_it_ends_and_may_last(said: list[str]) -> None:
    stage = Stage()
    stage.go(works=True, seconds=0.1)
    for _ in range(2):
        stage.go(works=False, seconds=SPELL + 10 * GIVE_UP)
        stage.go(works=True, seconds=0.1)
    stage.tolerance.end()
    spell = ["drawing fails for every frame (MemoryError: no room): a slate is shown", "drawing works again"]
    assert said[1:] == spell * 2
    assert stage.spells == 2


def test_a_stage_that_never_works_ends_the_run(said: list[str]) -> None:
    stage = Stage()
    stage.go(works=False, seconds=GIVE_UP - PERIOD)
    with pytest.raises(MemoryError):
        stage.go(works=False, seconds=3 * PERIOD)
    assert len(said) == 2


def test_a_run_too_short_to_tell_ends_with_the_error() -> None:
    stage = Stage()
    stage.go(works=False, seconds=0.1)
    with pytest.raises(MemoryError):
        stage.tolerance.end()


def test_what_is_fatal_is_raised_at_once() -> None:
    tolerance = Tolerance("sending", "nothing", ManualClock(), fatal=OutputError)
    with pytest.raises(OutputError), tolerance.frame():
        raise OutputError("the disk is full", "make room")
