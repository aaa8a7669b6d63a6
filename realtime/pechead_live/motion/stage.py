"""The motion stage: from what the driver does to what the avatar does."""

from dataclasses import replace

from pechead.face.model import FaceModel
from pechead_live.frames import DrivingFace, DrivingMotion, Motion
from pechead_live.motion.blending import Passage, step_passage
from pechead_live.motion.face_state import FaceState, Phase, step_face_state
from pechead_live.motion.idle import idle_face
from pechead_live.motion.neutral import NeutralState, current_neutral, observe, restart
from pechead_live.motion.retarget import SourceFace, between, facing_camera, retarget
from pechead_live.motion.settings import MotionSettings
from pechead_live.motion.smoothing import MotionSmoother
from pechead_live.source.portrait import SourcePortrait

FRONTAL_SECONDS = 0.5
"""In which the head turns to the camera, or takes up the driver's pose again."""


class MotionStage:
    """Smooths the driver's motion, knows the driver's neutral, and puts the motion on the photo's face.

    Args:
        model: the face model.
        portrait: the source.
        settings: how the motion is taken over.
    """

    def __init__(self, model: FaceModel, portrait: SourcePortrait, settings: MotionSettings) -> None:
        self._model = model
        self._settings = settings
        self._hold_frontal = False
        self._frontal = Passage()
        self.show(portrait)
        self._smoother = MotionSmoother(settings.smooth)
        self._neutral = NeutralState()
        self._recalibrate = False
        self._face = FaceState()
        self._motion: Motion | None = None

    @property
    def phase(self) -> Phase:
        """Whether a face is followed, or held, or the avatar rests."""
        return self._face.phase

    @property
    def calibrated(self) -> bool:
        """Whether the driver's neutral is final; always so in absolute mode, which needs none."""
        return self._settings.mode == "absolute" or self._neutral.settled

    def show(self, portrait: SourcePortrait) -> None:
        """Put the motion on another photo's face from the next step on; what is known of the driver stays."""
        self._source = SourceFace.of(self._model, portrait.fit, (portrait.crop.width, portrait.crop.height))

    def adjust(self, pose_gain: float, expression_gain: float, hold_frontal: bool) -> None:
        """Change how the motion is taken over, from the next step on.

        Args:
            pose_gain, expression_gain: see ``MotionSettings``.
            hold_frontal: the head eases to facing the camera, as far as the photo can show it, and stays
                there; only the expression is taken over.
        """
        if (pose_gain, expression_gain) != (self._settings.pose_gain, self._settings.expression_gain):
            self._settings = replace(self._settings, pose_gain=pose_gain, expression_gain=expression_gain)
        self._hold_frontal = hold_frontal

    def recalibrate(self) -> None:
        """Look for the driver's neutral anew from the next step on; may be called from any thread."""
        self._recalibrate = True

    def step(self, driving: DrivingMotion, now: float) -> DrivingFace:
        """What the avatar does now.

        Args:
            driving: the newest moment of the driver; the same one may come again.
            now: seconds, never going back; offline the camera's own time.
        """
        timing, neutral = self._settings.face_timing, self._settings.neutral
        self._face = step_face_state(self._face, driving.motion is not None, now, timing)
        if self._recalibrate:
            self._recalibrate = False
            self._neutral = restart(self._neutral, now, neutral)
        if driving.motion is not None:
            self._motion = self._smoother.step(driving.motion, driving.captured_at)
            self._neutral = observe(self._neutral, self._motion, now, neutral)
        self._frontal = step_passage(self._frontal, self._hold_frontal, now, FRONTAL_SECONDS)
        return facing_camera(self._source, self._followed(now), self._frontal.amount, self._settings.limits)

    def _followed(self, now: float) -> DrivingFace:
        """The photo's face as the driver moves it, or on its way to rest."""
        source, neutral = self._source, self._settings.neutral
        own = idle_face(source, now) if self._settings.idle else source.undriven()
        if self._motion is None:
            return own
        at_rest = (
            self._motion if self._neutral.target is None else current_neutral(self._neutral, now, neutral)
        )
        face = retarget(source, self._motion, at_rest, self._settings)
        return between(source, own, face, self._face.presence)
