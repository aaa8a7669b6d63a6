"""How the driver's motion is taken over."""

from dataclasses import dataclass, field
from typing import Literal

from pechead.errors import SettingsError
from pechead_live.motion.face_state import FaceTiming
from pechead_live.motion.neutral import NeutralSettings

MotionMode = Literal["relative", "absolute"]


@dataclass(frozen=True)
class PoseLimits:
    """How far the avatar's head may leave the photo's own pose in relative mode.

    Each pair is a knee, up to which movement is taken over as it is, and the limit that it then approaches.

    Attributes:
        yaw, pitch, roll: degrees away from the photo's pose; beyond them a single photo tears.
        shift: centimetres, sideways or up and down.
        growth: natural logarithm of the size against the photo's; 0.2 is a fifth larger or smaller.
    """

    yaw: tuple[float, float] = (28.0, 42.0)
    pitch: tuple[float, float] = (20.0, 32.0)
    roll: tuple[float, float] = (28.0, 42.0)
    shift: tuple[float, float] = (5.0, 10.0)
    growth: tuple[float, float] = (0.12, 0.25)


@dataclass(frozen=True)
class MotionSettings:
    """Settings of the motion stage.

    Attributes:
        mode: ``relative`` maps the driver's neutral to the photo's own pose and expression; ``absolute``
            takes over the driver's place, size, pose and expression as they are.
        smooth: strength of the one-euro filters: 0 = off, 0.5 = steady without visible lag, 1 = time
            constants twice as long.
        pose_gain: how much of the driver's rotation and shift is taken over in relative mode, 0 to 2.
        expression_gain: the same for the expression.
        size_gain: the same for coming nearer and going away; small, for a head that grows and shrinks is what
            people see first and like least.
        limits: of the pose in relative mode.
        face_timing: what happens when the face is lost.
        neutral: how the driver's neutral is found.
        idle: whether an avatar that nobody drives breathes and blinks, or is as still as the photo.

    Raises:
        SettingsError: a number out of its range.
    """

    mode: MotionMode = "relative"
    smooth: float = 0.5
    pose_gain: float = 1.0
    expression_gain: float = 1.0
    size_gain: float = 0.4
    limits: PoseLimits = field(default_factory=PoseLimits)
    face_timing: FaceTiming = field(default_factory=FaceTiming)
    neutral: NeutralSettings = field(default_factory=NeutralSettings)
    idle: bool = False

    def __post_init__(self) -> None:
        for name, low, high in (
            ("smooth", 0.0, 1.0),
            ("pose_gain", 0.0, 2.0),
            ("expression_gain", 0.0, 2.0),
            ("size_gain", 0.0, 1.0),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"{name} is {value:g}", f"choose a number from {low:g} to {high:g}")


def default_smooth(mode: MotionMode, offline: bool) -> float:
    """The strength of smoothing when the user names none.

    Offline and absolute means that frames are compared one by one with the driving ones: nothing may lag, and
    ``pechead_live.motion.steadying`` does what it can.
    """
    return 0.0 if mode == "absolute" and offline else 0.5
