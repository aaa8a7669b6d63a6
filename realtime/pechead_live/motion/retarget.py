"""The driver's motion on the source's face. Pure functions.

*Relative*: what the driver has moved since the neutral is added to the photo's own pose and expression.
*Absolute*: the driver's place, size, pose and expression are taken over as they are. The face shape is the
source's in both.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES, index
from pechead.face.fit import FaceFit
from pechead.face.model import FaceModel
from pechead.face.pose import Pose, angles, rotation_from_angles
from pechead_live.frames import DrivingFace, Motion
from pechead_live.motion.blending import soft_limit
from pechead_live.motion.eyelids import BLINKS, Eyelids, eye_openings, share_open
from pechead_live.motion.lips import give_way
from pechead_live.motion.rotations import blend_rotations
from pechead_live.motion.settings import MotionSettings, PoseLimits

MOST_NEUTRAL = np.ones(len(NAMES), np.float32)
MOST_NEUTRAL[BLINKS] = 0.35
MOST_NEUTRAL[[index("jawOpen"), index("mouthClose")]] = 0.1
"""The most that a neutral may hold of what opens and shuts; a driver at rest has neither eyes shut nor mouth
open."""


def relative_pose(source: Pose, driving: Motion, neutral: Motion, settings: MotionSettings) -> Pose:
    """The source's own pose plus what the driver's has changed since the neutral.

    ``R = limit((R_driving R_neutralᵀ)^gain) R_source``. The shift is measured in centimetres of the driver's
    head, in which coming straight nearer is none, and taken over in centimetres of the source's: moving by a
    face width moves the avatar by a face width.

    Args:
        source: the photo's own pose, pixels of the crop.
        driving, neutral: of the driver.
        settings: gains and limits.
    """
    turned = blend_rotations(neutral.rotation, driving.rotation, settings.pose_gain) @ neutral.rotation.T
    limits = settings.limits
    growth = soft_limit(settings.size_gain * math.log(driving.scale / neutral.scale), *limits.growth)
    shift = settings.pose_gain * (driving.translation / driving.scale - neutral.translation / neutral.scale)
    x, y = (soft_limit(float(v), *limits.shift) * source.scale for v in shift)
    return Pose(
        rotation=(_limit_rotation(turned, limits) @ source.rotation).astype(np.float32),
        translation=(source.translation + np.array([x, y, 0])).astype(np.float32),
        scale=source.scale * math.exp(growth),
    )


def _limit_rotation(rotation: NDArray[np.float32], limits: PoseLimits) -> NDArray[np.float32]:
    turned = angles(rotation)
    return rotation_from_angles(
        soft_limit(turned.yaw, *limits.yaw),
        soft_limit(turned.pitch, *limits.pitch),
        soft_limit(turned.roll, *limits.roll),
    )


def absolute_pose(source: Pose, driving: Motion, size: tuple[int, int]) -> Pose:
    """The driver's place, size and rotation in the crop: heights correspond, and centre to centre.

    Args:
        source: the photo's own pose, for the depth's origin only, which a picture does not tell.
        driving: of the driver.
        size: width and height of the crop in pixels.
    """
    width, height = size
    scale = driving.scale * height
    x, y = driving.translation * height + np.array([width, height]) / 2
    depth = source.translation[2] * scale / source.scale
    return Pose(driving.rotation, np.array([x, y, depth], np.float32), scale)


@dataclass(frozen=True)
class SourceFace:
    """What retargeting needs to know of the photo, computed once.

    Attributes:
        model: the face model of ``fit``.
        fit: the photo's face, pose in pixels of the crop.
        size: width and height of the crop in pixels.
        eyelids: of the model.
        openings: (2,) of the photo's own eyes.
    """

    model: FaceModel
    fit: FaceFit
    size: tuple[int, int]
    eyelids: Eyelids
    openings: NDArray[np.float64]

    @classmethod
    def of(cls, model: FaceModel, fit: FaceFit, size: tuple[int, int]) -> "SourceFace":
        """Measured on the photo's fit."""
        shape = model.shape(fit.identity, fit.expression) + fit.residual
        return cls(model, fit, size, Eyelids.of(model), eye_openings(model, shape))

    def undriven(self) -> DrivingFace:
        """The photo's own pose and expression."""
        return self.driven(self.fit.pose, self.fit.expression)

    def driven(self, pose: Pose, expression: NDArray[np.float32]) -> DrivingFace:
        """The photo's face with a pose and an expression (52,)."""
        return DrivingFace(self.fit.landmarks(self.model, pose, expression), pose, expression)


def relative_expression(
    source: SourceFace, driving: NDArray[np.float32], neutral: NDArray[np.float32], gain: float
) -> NDArray[np.float32]:
    """The photo's own expression plus what the driver's has changed since the neutral.

    A rising weight shares what room the photo has left, so that the way from the driver's neutral to 1
    becomes the way from the photo's own weight to 1, but never a steeper one. A falling weight is taken over
    one to one, down to 0. A smile gives way to pursed or pressed lips. The eyes are open by the same share of
    their rest as the driver's, so that shut is shut.

    Args:
        source: the photo's face.
        driving, neutral: (52,) blendshape weights.
        gain: factor on the change.

    Returns:
        (52,) float32 blendshape weights.
    """
    own = source.fit.expression
    rest = np.minimum(neutral, MOST_NEUTRAL)
    change = driving - rest
    base = give_way(own, gain * change)
    room = np.clip((1 - base) / np.maximum(1 - rest, 1e-3), 0, 1)
    moved = base + gain * np.where(change > 0, change * room, change)
    expression = np.clip(moved, np.minimum(own, 0), np.maximum(own, 1)).astype(np.float32)

    eyelids = source.eyelids
    share = share_open(eyelids.opening(driving), eyelids.opening(rest))
    wanted = source.openings * np.clip(1 + gain * (share - 1), 0, None)
    reached = source.openings + eyelids.change @ (expression - own)
    return eyelids.opened_to(wanted, expression, reached)


def retarget(source: SourceFace, driving: Motion, neutral: Motion, settings: MotionSettings) -> DrivingFace:
    """The photo's face moved as the driver's is.

    Args:
        source: the photo's face.
        driving: the driver now.
        neutral: the driver at rest; counts in relative mode only.
        settings: mode, gains and limits.
    """
    if settings.mode == "absolute":
        return source.driven(absolute_pose(source.fit.pose, driving, source.size), driving.expression)
    return source.driven(
        relative_pose(source.fit.pose, driving, neutral, settings),
        relative_expression(source, driving.expression, neutral.expression, settings.expression_gain),
    )


def between(source: SourceFace, rest: DrivingFace, face: DrivingFace, presence: float) -> DrivingFace:
    """A face on its way to another one.

    Args:
        source: the photo's face, whose shape both have.
        rest: where it goes, for instance the photo's own pose and expression.
        face: where it comes from.
        presence: 1 = ``face`` as it is, 0 = ``rest``.
    """
    if presence >= 1:
        return face
    expression = rest.expression + np.float32(presence) * (face.expression - rest.expression)
    return source.driven(_pose_between(rest.pose, face.pose, presence), expression)


def facing_camera(source: SourceFace, face: DrivingFace, amount: float, limits: PoseLimits) -> DrivingFace:
    """A face with its head on the way to facing the camera, in the photo's place and size.

    Args:
        source: the photo's face.
        face: whose expression stays.
        amount: 0 = ``face`` as it is, 1 = its head faces the camera.
        limits: how far the photo's own pose may be left for it.
    """
    if amount <= 0:
        return face
    own = source.fit.pose
    frontal = Pose((_limit_rotation(own.rotation.T, limits) @ own.rotation), own.translation, own.scale)
    return source.driven(_pose_between(face.pose, frontal, amount), face.expression)


def _pose_between(a: Pose, b: Pose, amount: float) -> Pose:
    return Pose(
        rotation=blend_rotations(a.rotation, b.rotation, amount),
        translation=a.translation + np.float32(amount) * (b.translation - a.translation),
        scale=a.scale * (b.scale / a.scale) ** amount,
    )
