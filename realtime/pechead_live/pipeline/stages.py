"""The work on one frame, in the two parts that live have a thread each and offline follow each other."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from pechead.landmarker.detector import FaceDetector, Keypoints
from pechead_live.compositor.badge import Badge
from pechead_live.compositor.compositor import Compositor
from pechead_live.compositor.view import View, seen
from pechead_live.controls.state import ControlState
from pechead_live.frames import CameraFrame, DrivingFace, DrivingMotion, Image, RenderedFrame
from pechead_live.motion.driver import DriverTracker
from pechead_live.motion.driver_choice import ChoiceSettings, DriverChoice, choose_driver
from pechead_live.motion.stage import MotionStage
from pechead_live.outputs.slate import draw_slate
from pechead_live.pipeline.avatar import Avatar
from pechead_live.pipeline.statistics import Statistics
from pechead_live.renderers.base import Renderer

HIDDEN_TEXT = "be right back"


class KeypointStage:
    """From a camera frame to the driver's motion.

    Args:
        detector: of the driver; None if the camera is a motion recording, which has no pictures.
        tracker: from keypoints to size-free motion.
        statistics: gets the stage's times and whether a face was found.
        longest_side: pixels; larger pictures are scaled down to it before the search, which costs a face
            at arm's length nothing and saves time; None searches them as they are.
        choice: when another face takes over the avatar; None: the largest of each frame drives.
    """

    def __init__(
        self,
        detector: FaceDetector | None,
        tracker: DriverTracker,
        statistics: Statistics,
        longest_side: int | None = None,
        choice: ChoiceSettings | None = None,
    ) -> None:
        self._choice_settings = choice
        self._choice: DriverChoice | None = None
        self._detector = detector
        self._tracker = tracker
        self._statistics = statistics
        self._longest_side = longest_side

    def step(self, frame: CameraFrame | DrivingMotion) -> DrivingMotion:
        """The driver's motion in this frame; recorded motion passes through.

        Frames must come in the order in which they were captured.
        """
        driving = frame if isinstance(frame, DrivingMotion) else self._look(frame)
        self._statistics.looked_for_face(driving.motion is not None)
        return driving

    def _look(self, frame: CameraFrame) -> DrivingMotion:
        if self._detector is None:
            raise TypeError("a camera with pictures needs a face detector")
        with self._statistics.timed("keypoints"):
            faces = detect_scaled(self._detector, frame.image, frame.captured_at, self._longest_side)
        with self._statistics.timed("tracking"):
            face = self._driver(faces, frame.captured_at)
            motion = None if face is None else self._tracker.step(face)
        return DrivingMotion(frame.sequence, frame.captured_at, motion)

    def _driver(self, faces: list[Keypoints], now: float) -> Keypoints | None:
        if self._choice_settings is None:
            return faces[0] if faces else None
        face, self._choice = choose_driver(self._choice, faces, now, self._choice_settings)
        return face


class AvatarStage:
    """From the driver's motion to the finished picture.

    Args:
        motion: knows the driver, and what the avatar's face does.
        renderer, compositor: have their source already.
        statistics: gets the stage's times.
        badge: marks every picture as an avatar's; None leaves them unmarked.
        controls: tells before each frame what live controls have set; None: nothing ever is.
    """

    def __init__(
        self,
        motion: MotionStage,
        renderer: Renderer,
        compositor: Compositor,
        statistics: Statistics,
        badge: Badge | None = None,
        controls: Callable[[], ControlState] | None = None,
    ) -> None:
        self._motion = motion
        self._renderer = renderer
        self._compositor = compositor
        self._statistics = statistics
        self._badge = badge
        self._controls = controls
        self._next: Avatar | None = None
        self._kept: Image | None = None
        self._slate: Image | None = None

    def step(self, driving: DrivingMotion, now: float) -> RenderedFrame:
        """The avatar with this motion.

        Args:
            driving: the newest motion.
            now: its time in seconds, from which smoothing and the passages around a lost face are computed;
                must not go back from call to call.
        """
        self._put_on()
        state = None if self._controls is None else self._controls()
        if state is not None:
            self._motion.adjust(state.pose_gain, state.expression_gain, state.hold_frontal)
        with self._statistics.timed("motion"):
            face = self._motion.step(driving, now)
        if state is not None and state.hide:
            image = self._hidden()
        elif state is not None and state.freeze and self._kept is not None:
            image = self._kept
        else:
            image = self._kept = self._drawn(face, View() if state is None else state.view)
        return RenderedFrame(driving.sequence, driving.captured_at, image)

    def wear(self, avatar: Avatar) -> None:
        """Animate another photo from the next step on; may be called from any thread.

        Args:
            avatar: for outputs of the same size.
        """
        self._next = avatar

    def _put_on(self) -> None:
        avatar, self._next = self._next, None
        if avatar is not None:
            self._motion.show(avatar.portrait)
            self._renderer, self._compositor = avatar.renderer, avatar.compositor

    def _drawn(self, face: DrivingFace, view: View) -> Image:
        with self._statistics.timed("render"):
            crop = self._renderer.render(face)
        with self._statistics.timed("compose"):
            image = seen(self._compositor.compose(crop), view)
            if self._badge is not None:
                self._badge.mark(image)
        return image

    def _hidden(self) -> Image:
        if self._slate is None:
            self._slate = draw_slate(self._compositor.size, HIDDEN_TEXT)
        return self._slate

    def recalibrate(self) -> None:
        """Look for the driver's neutral anew from the next step on; may be called from any thread."""
        self._motion.recalibrate()


def detect_scaled(
    detector: FaceDetector, image: Image, at_seconds: float, longest_side: int | None
) -> list[Keypoints]:
    """Faces of a picture that is searched at a smaller size, in pixels of the picture itself.

    Args:
        detector: in either mode.
        image: (height, width, 3) uint8 RGB.
        at_seconds: the picture's time, see ``FaceDetector.detect``.
        longest_side: pixels of the picture that is searched; None: as it is.
    """
    height, width = image.shape[:2]
    scale = 1.0 if longest_side is None else longest_side / max(width, height)
    if scale >= 1:
        return detector.detect(image, at_seconds)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    smaller = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    back = np.array([width / size[0], height / size[1], width / size[0]], np.float32)
    return [
        replace(face, landmarks=face.landmarks * back, size=(width, height))
        for face in detector.detect(smaller, at_seconds)
    ]
