"""The live pipeline: every stage in a thread of its own, mailboxes of one between them."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pechead_live.cameras.base import Camera
from pechead_live.clock import Clock
from pechead_live.frames import CameraFrame, DrivingMotion, Image
from pechead_live.outputs.base import Output
from pechead_live.pipeline.crew import Crew
from pechead_live.pipeline.mailbox import Mailbox
from pechead_live.pipeline.paced_output import PacedOutput
from pechead_live.pipeline.stages import AvatarStage, KeypointStage
from pechead_live.pipeline.statistics import Statistics
from pechead_live.pipeline.tolerance import Tolerance

STALL = 0.5
"""Seconds without a camera frame from which on the avatar behaves as if the face was lost."""

STALLED_PERIOD = 1 / 30
"""Seconds from frame to frame of an avatar whose camera stalls."""

PATIENCE = 1.0
"""Seconds that the camera gets at the end to return from its last read."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LiveParts:
    """What runs between the first moment and the outputs.

    Attributes:
        camera: opened; closed by whoever opened it.
        keypoints: used by the keypoint thread alone.
        avatar: used by the renderer thread alone.
        watch_motion: sees every motion of the driver, in the keypoint thread, for instance to record it.
    """

    camera: Camera
    keypoints: KeypointStage
    avatar: AvatarStage
    watch_motion: Callable[[DrivingMotion], None] | None = None


class LivePipeline:
    """Runs until the camera's file has ended, the duration is over or ``stop`` is called.

    Frames reach the outputs from the renderer only; there is no way for a camera image to get there. A stage
    that fails is borne with, see ``tolerance``; an output that fails is left out as long as there are others.

    Args:
        outputs: opened, and closed by whoever opened them; each gets a thread of its own, but for one that
            needs the main thread.
        clock: the one that the camera stamps its frames with.
        statistics: gets everything that can be counted.
        slate: makes the picture of a given (width, height) that outputs show until the first avatar frame.
        press: gets the keys that are pressed in windows, in the main thread.
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        clock: Clock,
        statistics: Statistics,
        slate: Callable[[tuple[int, int]], Image] | None = None,
        press: Callable[[str], object] | None = None,
    ) -> None:
        self._clock = clock
        self._press = press
        self._statistics = statistics
        self._captured: Mailbox[CameraFrame | DrivingMotion] = Mailbox()
        self._driving: Mailbox[DrivingMotion] = Mailbox()
        self._outputs = [
            PacedOutput(
                output,
                clock,
                statistics,
                slate(output.size) if slate and output.shows_slate else None,
                self._attend,
            )
            for output in outputs
        ]
        self._needed = len(self._outputs)
        self._lost: list[Exception] = []
        self._stopping = False
        self._attaching = threading.Lock()
        self._crew = Crew(self._call_off)
        statistics.count_drops("as keypoints were busy", lambda: self._captured.replaced)
        statistics.count_drops("as the renderer was busy", lambda: self._driving.replaced)

    def run(self, prepare: Callable[[], LiveParts], duration: float | None = None) -> None:
        """Run to the end; every output has got its last frame then, but is not closed.

        Args:
            prepare: opens and loads everything, called in another thread while the outputs show the slate.
            duration: seconds from the camera's first frame after which the run ends; None: no limit.

        Raises:
            PecheadError, Exception: what ``prepare``, the camera, a stage that never worked or the first
                failing output raised.
        """
        crew = self._crew
        for paced in self._outputs:
            if not paced.output.needs_main_thread:
                crew.start(paced.output.name, partial(self._feed, paced))
        crew.start("preparation", lambda: self._start_stages(crew, prepare(), duration))
        for paced in self._outputs:
            if paced.output.needs_main_thread:
                crew.do(partial(self._feed, paced))
        crew.join()
        if self._lost:
            raise self._lost[0]

    def stop(self) -> None:
        """End the run soon, as if the camera had ended. May be called from a signal handler or any thread."""
        self._stopping = True

    def attach(self, output: Output) -> Callable[[], None]:
        """Feed one more output from now on, from any thread; what goes wrong with it ends nothing else.

        Args:
            output: opened; closed in the end, or aborted after a failure, which is logged in one line.

        Returns:
            what ends it; it is called off with all others at the latest.
        """
        paced = PacedOutput(output, self._clock, self._statistics, None, self._attend)
        with self._attaching:
            self._outputs = [*self._outputs, paced]
        if self._stopping:
            paced.mailbox.close()
        self._crew.start(output.name, lambda: self._feed_attached(paced))
        return paced.mailbox.close

    def _feed_attached(self, paced: PacedOutput) -> None:
        try:
            paced.run()
            paced.output.close()
        except Exception as error:
            paced.output.abort()
            log.warning("%s", error)
        finally:
            with self._attaching:
                self._outputs = [other for other in self._outputs if other is not paced]

    def _attend(self, output: Output, key: str | None) -> None:
        if output.closed_by_user:
            self.stop()
        elif key is not None and self._press is not None:
            self._press(key)

    def _feed(self, paced: PacedOutput) -> None:
        try:
            paced.run()
        except Exception as error:
            paced.mailbox.close()
            self._lost.append(error)
            if len(self._lost) == self._needed:
                raise
            log.warning("%s; the other outputs go on", error)

    def _start_stages(self, crew: Crew, parts: LiveParts, duration: float | None) -> None:
        camera = parts.camera
        self._statistics.announced(None if camera.ends else camera.frames_per_second)
        crew.start("renderer", lambda: self._render(parts.avatar))
        crew.start("keypoints", lambda: self._find_keypoints(parts.keypoints, parts.watch_motion))
        crew.start("capture", lambda: self._capture(parts.camera, duration), patience=PATIENCE)

    def _capture(self, camera: Camera, duration: float | None) -> None:
        ends_at: float | None = None
        try:
            while not self._stopping:
                frame = camera.read()
                if frame is None:
                    return
                if duration is not None:
                    ends_at = frame.captured_at + duration if ends_at is None else ends_at
                    if frame.captured_at >= ends_at:
                        return
                self._statistics.captured(frame.sequence)
                self._captured.put(frame)
        finally:
            self._captured.close()

    def _find_keypoints(
        self, keypoints: KeypointStage, watch_motion: Callable[[DrivingMotion], None] | None
    ) -> None:
        tolerance = Tolerance("finding the face", "the avatar rests meanwhile", self._clock)
        try:
            while not self._captured.exhausted:
                frame = self._captured.take()
                if frame is None:
                    continue
                with tolerance.frame():
                    driving = keypoints.step(frame)
                    if watch_motion is not None:
                        watch_motion(driving)
                    self._driving.put(driving)
            tolerance.end()
        finally:
            self._driving.close()

    def _render(self, avatar: AvatarStage) -> None:
        driving: DrivingMotion | None = None
        now = 0.0
        patience = STALL
        tolerance = Tolerance(
            "drawing the avatar", "a slate is shown meanwhile", self._clock, self._show_slates
        )
        try:
            while not self._driving.exhausted and not self._stopping:
                arrived = self._driving.take(patience)
                if arrived is not None:
                    driving, patience = arrived, STALL
                elif driving is not None and not self._driving.exhausted:
                    driving = replace(driving, captured_at=self._clock.now(), motion=None)
                    patience = STALLED_PERIOD
                else:
                    continue
                # After a stall the first frame may have been captured before the avatar's own last moment.
                now = max(now, driving.captured_at)
                with tolerance.frame():
                    rendered = avatar.step(driving, now)
                    for paced in self._outputs:
                        paced.mailbox.put(rendered)
            tolerance.end()
        finally:
            self._call_off()

    def _show_slates(self) -> None:
        for paced in self._outputs:
            paced.show_slate()

    def _call_off(self) -> None:
        """Nothing new will come: every loop ends with what it already has."""
        self._stopping = True
        self._captured.close()
        self._driving.close()
        for paced in self._outputs:
            paced.mailbox.close()
