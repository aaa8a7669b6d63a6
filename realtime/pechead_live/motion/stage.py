"""The motion stage: from what the driver does to what the avatar does."""

from pechead.face.model import FaceModel
from pechead_live.frames import DrivingFace, DrivingMotion, Motion
from pechead_live.motion.face_state import FaceState, Phase, step_face_state
from pechead_live.motion.neutral import NeutralState, current_neutral, observe, restart
from pechead_live.motion.retarget import SourceFace, retarget, toward_source
from pechead_live.motion.settings import MotionSettings
from pechead_live.motion.smoothing import MotionSmoother
from pechead_live.source.portrait import SourcePortrait


class MotionStage:
    """Smooths the driver's motion, knows the driver's neutral, and puts the motion on the photo's face.

    Args:
        model: the face model.
        portrait: the source.
        settings: how the motion is taken over.
    """

    def __init__(self, model: FaceModel, portrait: SourcePortrait, settings: MotionSettings) -> None:
        self._source = SourceFace.of(model, portrait.fit, (portrait.crop.width, portrait.crop.height))
        self._settings = settings
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
        if self._motion is None:
            return self._source.driven(self._source.fit.pose, self._source.fit.expression)
        at_rest = (
            self._motion if self._neutral.target is None else current_neutral(self._neutral, now, neutral)
        )
        face = retarget(self._source, self._motion, at_rest, self._settings)
        return toward_source(self._source, face, self._face.presence)
