"""Parts of the pipeline that fail when they are told to, for ``soak.py``."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pechead.errors import CameraError, OutputError
from pechead.landmarker.detector import FaceDetector, Keypoints
from pechead_live.cameras.base import Camera
from pechead_live.clock import Clock, MonotonicClock
from pechead_live.frames import CameraFrame, DrivingFace, Image
from pechead_live.outputs.base import Output
from pechead_live.renderers.base import Renderer
from pechead_live.source.portrait import SourcePortrait


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong for a while.

    Attributes:
        name: what the table calls it.
        shortest, longest: seconds; both 0: one frame.
    """

    name: str
    shortest: float = 0.0
    longest: float = 0.0


FAULTS = (
    Fault("camera unplugged", 0.2, 4.0),
    Fault("camera stalls", 0.5, 3.0),
    Fault("camera sends damaged pictures", 0.1, 1.0),
    Fault("camera changes its size", 0.5, 2.0),
    Fault("no face", 0.5, 3.0),
    Fault("keypoints throw once"),
    Fault("keypoints throw on every frame", 1.5, 3.0),
    Fault("renderer throws once"),
    Fault("renderer throws on every frame", 1.5, 3.0),
    Fault("out of memory in the renderer", 0.1, 0.5),
    Fault("out of memory in the output", 0.1, 0.5),
    Fault("output held up", 0.2, 1.0),
    Fault("second output vanishes"),
    Fault("machine asleep for an hour"),
    Fault("another photo put on"),
)


class Trouble:
    """What is wrong at the moment; read by every part, set by the soak's one fault thread."""

    def __init__(self) -> None:
        self._name: str | None = None
        self._once = False
        self._lock = threading.Lock()

    def begin(self, name: str, once: bool) -> None:
        with self._lock:
            self._name, self._once = name, once

    def end(self) -> None:
        with self._lock:
            self._name = None

    def strikes(self, *names: str) -> bool:
        """Whether one of these is wrong now; one that strikes once is over then."""
        with self._lock:
            if self._name not in names:
                return False
            if self._once:
                self._name = None
            return True

    @property
    def over(self) -> bool:
        return self._name is None


class SleepyClock(MonotonicClock):
    """Jumps ahead as clocks do that go on while the machine sleeps."""

    def __init__(self) -> None:
        self._slept = 0.0

    def now(self) -> float:
        return super().now() + self._slept

    def sleep_through(self, seconds: float) -> None:
        self._slept += seconds


class LoopingCamera(Camera):
    """A device that shows pictures over and over, at 30 a second, unless something is wrong with it."""

    name = "soak camera"
    frames_per_second = 30.0
    ends = False

    def __init__(self, pictures: list[Image], clock: Clock, trouble: Trouble) -> None:
        if trouble.strikes("camera unplugged"):
            raise CameraError("the soak camera isn't there", "plug it in")
        self.size = (pictures[0].shape[1], pictures[0].shape[0])
        self._pictures = pictures
        self._clock = clock
        self._trouble = trouble
        self._sequence = -1
        self._due = clock.now()
        self._closed = False

    def read(self) -> CameraFrame | None:
        while self._trouble.strikes("camera stalls") and not self._closed:
            self._clock.sleep(0.02)
        if self._closed:
            return None
        if self._trouble.strikes("camera unplugged"):
            raise CameraError("the soak camera stopped", "plug it in")
        self._due = max(self._due + 1 / self.frames_per_second, self._clock.now() - 0.1)
        self._clock.sleep(self._due - self._clock.now())
        self._sequence += 1
        return CameraFrame(self._sequence, self._clock.now(), self._picture())

    def close(self) -> None:
        self._closed = True

    def _picture(self) -> Image:
        picture = self._pictures[self._sequence % len(self._pictures)]
        if self._trouble.strikes("camera sends damaged pictures"):
            return picture[:0] if self._sequence % 2 else picture[..., 0]
        if self._trouble.strikes("camera changes its size"):
            return np.ascontiguousarray(picture[60:420, 80:560])
        return np.zeros_like(picture) if self._trouble.strikes("no face") else picture


class FailingDetector(FaceDetector):
    """The face search."""

    trouble: Trouble

    def detect(self, image: Image, at_seconds: float = 0.0) -> list[Keypoints]:
        if self.trouble.strikes("keypoints throw once", "keypoints throw on every frame"):
            raise RuntimeError("injected")
        return super().detect(image, at_seconds)


class FailingRenderer:
    """Draws as another renderer does, or fails."""

    def __init__(self, renderer: Renderer, trouble: Trouble) -> None:
        self.name = renderer.name
        self._renderer = renderer
        self._trouble = trouble

    def set_source(self, portrait: SourcePortrait) -> None:
        self._renderer.set_source(portrait)

    def render(self, driving: DrivingFace) -> Image:
        if self._trouble.strikes("renderer throws once", "renderer throws on every frame"):
            raise RuntimeError("injected")
        if self._trouble.strikes("out of memory in the renderer"):
            np.empty(2**62, np.uint8)
        return self._renderer.render(driving)


class FailingOutput(Output):
    """Goes nowhere, or fails, or is held up."""

    def __init__(
        self, name: str, size: tuple[int, int], trouble: Trouble, wait: Callable[[float], None]
    ) -> None:
        self.name = name
        self.size = size
        self.frames_per_second = 30.0
        self.shows_slate = True
        self._trouble = trouble
        self._wait = wait

    def send(self, image: Image, at: float) -> None:  # noqa: ARG002
        if self.name == "vanishing" and self._trouble.strikes("second output vanishes"):
            raise OutputError("the second output vanished", "nothing to do")
        if self._trouble.strikes("out of memory in the output"):
            np.empty(2**62, np.uint8)
        while self.name != "vanishing" and self._trouble.strikes("output held up"):
            self._wait(0.02)

    def close(self) -> None:
        pass
