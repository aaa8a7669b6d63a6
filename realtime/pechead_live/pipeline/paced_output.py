"""One output's loop: the newest frame in its time, the last one again when there is none."""

from collections.abc import Callable

from pechead.errors import OutputError
from pechead_live.clock import Clock
from pechead_live.frames import Image, RenderedFrame
from pechead_live.outputs.base import Output
from pechead_live.pipeline.mailbox import Mailbox
from pechead_live.pipeline.pacing import Action, Decision, PacingState, catch_up, decide, sent, slot_seconds
from pechead_live.pipeline.statistics import Statistics
from pechead_live.pipeline.tolerance import Tolerance


class PacedOutput:
    """Feeds one output at its own rate from a mailbox.

    Args:
        output: opened and owned by the caller.
        clock: the one that frames are stamped with.
        statistics: gets the output's counters and times.
        slate: (height, width, 3) uint8 RGB, what is sent from the first moment until the first frame comes;
            None: nothing is sent until then.
        attend: called in the output's thread several times a second, with the key pressed in its window.

    Attributes:
        mailbox: where frames are left; closing it ends the loop after the last frame was shown.
    """

    def __init__(
        self,
        output: Output,
        clock: Clock,
        statistics: Statistics,
        slate: Image | None,
        attend: Callable[[Output, str | None], None],
    ) -> None:
        self.output = output
        self.mailbox: Mailbox[RenderedFrame] = Mailbox()
        self._clock = clock
        self._statistics = statistics
        self._counters = statistics.output(output.name)
        self._slate = slate
        self._attend = attend
        self._pacing = PacingState(1 / output.frames_per_second)
        self._newest_sequence: int | None = None
        self._tolerance = Tolerance(
            f"showing a frame on {output.name}", "it shows nothing new", clock, fatal=OutputError
        )

    def run(self) -> None:
        """Send frames until the mailbox is exhausted.

        Raises:
            OutputError: the output can't take frames any more.
            Exception: it has never taken one.
        """
        image = self._slate
        if image is not None:
            self._hand_over(image)
        fresh: RenderedFrame | None = None
        ready_at: float | None = None
        while fresh is not None or not self.mailbox.exhausted:
            self._attend(self.output, self.output.poll())
            # Before deciding, since an output that is slower than its rate never comes to wait.
            arrived = self.mailbox.take(timeout=0)
            if arrived is None:
                now = self._clock.now()
                decision = self._decide(ready_at, now)
                if decision.action is Action.WAIT:
                    until = decision.ask_again_at
                    arrived = self._wait(None if until is None else until - now)
                elif fresh is not None:
                    image = fresh.image
                    self._show(fresh)
                    fresh = ready_at = None
                elif image is not None:
                    self._show_again(image)
            if arrived is not None:
                self._counters.not_due += fresh is not None
                self._counters.busy = self.mailbox.replaced
                fresh, ready_at = arrived, self._clock.now()

    def show_slate(self) -> None:
        """Go back to the slate, if this output has one, until the next frame comes. From any thread."""
        if self._slate is not None and self._newest_sequence is not None:
            # As a moment that was shown already it counts as a repetition.
            self.mailbox.put(RenderedFrame(self._newest_sequence, self._clock.now(), self._slate))

    def _decide(self, ready_at: float | None, now: float) -> Decision:
        self._pacing = catch_up(self._pacing, now)
        self._counters.missed = self._pacing.missed
        return decide(self._pacing, ready_at, now)

    def _wait(self, seconds: float | None) -> RenderedFrame | None:
        if self.mailbox.exhausted and seconds is not None:
            self._clock.sleep(seconds)
        return self.mailbox.take(seconds)

    def _show(self, frame: RenderedFrame) -> None:
        self._hand_over(frame.image)
        at = self._clock.now()
        # While the camera stalls the avatar moves on by itself: such frames show no new moment of the driver.
        if frame.sequence == self._newest_sequence:
            self._counters.handed_over_again(at)
        else:
            self._counters.handed_over_fresh(at, at - frame.captured_at)
        self._newest_sequence = frame.sequence

    def _show_again(self, image: Image) -> None:
        self._hand_over(image)
        if self._newest_sequence is not None:
            self._counters.handed_over_again(self._clock.now())

    def _hand_over(self, image: Image) -> None:
        now = self._clock.now()
        with self._tolerance.frame(), self._statistics.timed(f"send to {self.output.name}"):
            self.output.send(image, slot_seconds(self._pacing))
        self._pacing = sent(self._pacing, now)
