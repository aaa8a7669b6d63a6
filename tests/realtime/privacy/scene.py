"""The whole live pipeline in front of a camera whose every picture carries the telltale pattern."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import cv2
import numpy as np
from tests.realtime.privacy.telltale import marked

from pechead.face.model import FaceModel
from pechead_live.cameras.playback import Moment, RecordedCamera
from pechead_live.clock import MonotonicClock
from pechead_live.frames import CameraFrame, DrivingMotion, Image
from pechead_live.outputs.base import Output
from pechead_live.pipeline.assembly import dress, make_avatar, make_keypoint_stage
from pechead_live.pipeline.avatar import Avatar
from pechead_live.pipeline.live import LiveParts, LivePipeline
from pechead_live.pipeline.stages import AvatarStage, KeypointStage
from pechead_live.pipeline.statistics import Statistics
from pechead_live.settings import Settings

SIZE = (256, 256)
CAMERA_SIZE = (320, 240)
RATE = 30
SLATE_GREY = 77
BOTH = "ff__ff"
"""A face, none, and the face again."""


class KeptOutput(Output):
    """Stands for a virtual camera: keeps every picture that it would have shown."""

    def __init__(self, name: str = "virtual camera", shows_slate: bool = True) -> None:
        self.name = name
        self.size = SIZE
        self.frames_per_second = float(RATE)
        self.shows_slate = shows_slate
        self.images: list[Image] = []

    def send(self, image: Image, at: float) -> None:  # noqa: ARG002
        self.images.append(image.copy())

    def close(self) -> None:
        pass


@dataclass
class Scene:
    """A run that can be tampered with.

    Attributes:
        photo: the one that is animated.
        model: the face model.
        frames: how many the camera gives; each waits until the one before was searched, however slow that is.
        sees: what the camera sees in equal parts of them: ``f`` a face, ``_`` only the pattern.
        renderer: the avatar's.
        tamper: gets the stages before they run.
        during: called before each frame is searched, with its number, for instance to switch or stop.
    """

    photo: Image
    model: FaceModel
    frames: int = 36
    sees: str = BOTH
    renderer: str = "geometric"
    tamper: Callable[[KeypointStage, AvatarStage], None] = lambda *_: None
    during: Callable[[int, LivePipeline, AvatarStage], None] = lambda *_: None
    statistics: Statistics = field(init=False)
    _searched: threading.Semaphore = field(init=False)

    def run(self, outputs: Sequence[Output]) -> None:
        """Play it to the end.

        Raises:
            Exception: what ended the run.
        """
        clock = MonotonicClock()
        self.statistics = Statistics(clock)
        settings = self.settings()
        self._searched = threading.Semaphore(1)
        with ExitStack() as resources:
            pipeline = LivePipeline(outputs, clock, self.statistics, slate)

            def prepare() -> LiveParts:
                avatar = dress(settings, self.model, self.avatar(), self.statistics)
                camera = RecordedCamera("webcam", CAMERA_SIZE, RATE, self._moments(), clock)
                keypoints = make_keypoint_stage(settings, self.model, camera, self.statistics, resources)
                self.tamper(keypoints, avatar)
                self._keep_step(keypoints, lambda number: self.during(number, pipeline, avatar))
                return LiveParts(camera, keypoints, avatar)

            pipeline.run(prepare)

    def settings(self) -> Settings:
        """As a user would write them."""
        return Settings(renderer=self.renderer, crop="whole", badge=False)  # type: ignore[arg-type]

    def avatar(self) -> Avatar:
        """The photo, ready to be animated."""
        return make_avatar(self.settings(), self.model, self.photo, "me.png", SIZE)

    def _keep_step(self, keypoints: KeypointStage, before: Callable[[int], None]) -> None:
        search = keypoints.step

        def step(frame: CameraFrame | DrivingMotion) -> DrivingMotion:
            before(frame.sequence)
            try:
                return search(frame)
            finally:
                self._searched.release()

        keypoints.step = step  # type: ignore[method-assign]

    def _moments(self) -> Iterator[Moment]:
        for number in range(self.frames):
            self._searched.acquire(timeout=5)
            image = camera_picture(self.photo, self.sees[number * len(self.sees) // self.frames], number)
            yield Moment(
                number / RATE,
                1000.0,
                lambda s, at, image=image: CameraFrame(s, at, image),  # type: ignore[misc]
            )


def camera_picture(photo: Image, sees: str, number: int) -> Image:
    """What the camera sees: a face that moves a little, or the bare pattern."""
    if sees == "_":
        return marked(np.full((CAMERA_SIZE[1], CAMERA_SIZE[0], 3), 128, np.uint8), strength=1.0)
    shift = np.array([[1, 0, 4 * np.sin(number / 5)], [0, 1, 3 * np.cos(number / 7)]], np.float32)
    moved = cv2.warpAffine(photo, shift, photo.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    return marked(np.asarray(cv2.resize(moved, CAMERA_SIZE, interpolation=cv2.INTER_AREA), np.uint8))


def slate(size: tuple[int, int]) -> Image:
    """An even grey."""
    return np.full((size[1], size[0], 3), SLATE_GREY, np.uint8)
