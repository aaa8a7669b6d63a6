"""An output's loop on a simulated clock: what it hands over when the output itself is slow."""

from collections.abc import Callable

import numpy as np
import pytest

from pechead_live.clock import ManualClock
from pechead_live.frames import Image, RenderedFrame
from pechead_live.outputs.base import Output
from pechead_live.pipeline.mailbox import Mailbox
from pechead_live.pipeline.paced_output import PacedOutput
from pechead_live.pipeline.statistics import Statistics

RATE = 30.0
FRAMES = 6


class SlowOutput(Output):
    """Takes its time for a frame; meanwhile something else may happen."""

    name = "slow"
    size = (1, 1)
    frames_per_second = RATE

    def __init__(self, clock: ManualClock, periods: float) -> None:
        self._clock = clock
        self._seconds = periods / RATE
        self.meanwhile: Callable[[], None] = lambda: None
        self.got: list[int] = []

    def send(self, image: Image, at: float) -> None:
        del at
        assert len(self.got) < 10 * FRAMES, "the run would never end"
        self.got.append(int(image[0, 0, 0]))
        self._clock.sleep(self._seconds)
        self.meanwhile()

    def close(self) -> None:
        pass


def numbered_frames(mailbox: Mailbox[RenderedFrame], clock: ManualClock) -> Callable[[], None]:
    """Leaves the next frame at each call, 1 to ``FRAMES``, and closes the mailbox with the last one."""
    numbers = iter(range(1, FRAMES + 1))

    def leave_next() -> None:
        number = next(numbers, None)
        if number is not None:
            mailbox.put(RenderedFrame(number, clock.now(), np.full((1, 1, 3), number, np.uint8)))
        if number == FRAMES:
            mailbox.close()

    return leave_next


@pytest.mark.parametrize("periods", [1.0, 2.0, 3.7])
def test_an_output_that_is_slower_than_its_rate_gets_the_newest_frames_and_ends(periods: float) -> None:
    clock = ManualClock()
    statistics = Statistics(clock)
    output = SlowOutput(clock, periods)
    paced = PacedOutput(output, clock, statistics, slate=None, attend=lambda *_: None)
    output.meanwhile = numbered_frames(paced.mailbox, clock)
    output.meanwhile()

    paced.run()

    assert output.got == list(range(1, FRAMES + 1))
    (summary,) = statistics.summary().outputs
    assert (summary.fresh, summary.repeated) == (FRAMES, 0)
    assert summary.missed >= round((periods - 2) * (FRAMES - 1))
