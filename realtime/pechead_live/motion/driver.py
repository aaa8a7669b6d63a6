"""From the keypoints of a frame to the driver's motion, with a running estimate of who drives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pechead.face.fit import FaceFit, fit_face
from pechead.face.model import FaceModel
from pechead.face.pose import Pose, angles
from pechead.landmarker.detector import Keypoints
from pechead_live.frames import Motion


@dataclass(frozen=True)
class IdentityTracking:
    """How the driver's face shape is estimated from frame to frame.

    A single frame's identity takes up some of its expression and of the landmarker's noise; the mean over a
    second does not, and all frames' poses are measured against one and the same shape.

    Attributes:
        learning: frames at first that are all fitted afresh and averaged.
        every: afterwards only every so many frames are.
        memory: the mean never counts a new fit for less than one part in this many.
        frontal: degrees of yaw and pitch up to which a face shows its shape well; others are left out.
        jump: centimetres between two frames that no head moves; perhaps another person has taken the seat.
        jump_in_size: ratio of sizes between two frames, likewise.
        trial: frames after a jump whose mean tells whether it is another person.
        another: standard deviations (Euclidean) between that mean and the driver's from which it is. In
            our clips 92 % of all pairs of people are further apart, and nobody's ten frames more than 2.2
            from their own mean.
    """

    learning: int = 45
    every: int = 6
    memory: int = 200
    frontal: float = 25.0
    jump: float = 6.0
    jump_in_size: float = 1.25
    trial: int = 10
    another: float = 3.0


class DriverTracker:
    """Fits the face model to each frame's keypoints and gives the motion free of picture size and face shape.

    Args:
        model: the face model.
        tracking: how the identity is estimated.
    """

    def __init__(self, model: FaceModel, tracking: IdentityTracking | None = None) -> None:
        self._model = model
        self._tracking = tracking or IdentityTracking()
        self._identity: NDArray[np.float32] | None = None
        self._fits = 0
        self._frames = 0
        self._trial: list[NDArray[np.float32]] | None = None
        self._last: Motion | None = None
        self._person = 0

    @property
    def identity(self) -> NDArray[np.float32] | None:
        """(K,) float32, the driver's face shape as known so far; None before the first frame."""
        return self._identity

    def step(self, keypoints: Keypoints) -> Motion:
        """The driver's motion in one frame.

        Args:
            keypoints: the driver's face; frames in order, those without a face left out.

        Returns:
            Pose and expression; ``person`` counts up when another face has taken the driver's place.
        """
        t = self._tracking
        if self._trial is not None or self._frames < t.learning or self._frames % t.every == 0:
            self._learn(fit_face(self._model, keypoints.landmarks, keypoints.expression_scores))
        self._frames += 1
        fit = fit_face(self._model, keypoints.landmarks, keypoints.expression_scores, self._identity)
        motion = size_free(fit.pose, fit.expression, keypoints.size, self._person)
        if self._last is not None and _jumped(self._last, motion, t):
            self._trial = []
        self._last = motion
        return motion

    def _learn(self, fit: FaceFit) -> None:
        t = self._tracking
        if self._identity is None:
            self._take(fit.identity, fits=1)
            return
        turned = angles(fit.pose.rotation)
        if max(abs(turned.yaw), abs(turned.pitch)) > t.frontal:
            return
        if self._trial is None:
            self._fits += 1
            self._identity = _toward(self._identity, fit.identity, 1 / min(self._fits, t.memory))
            return
        self._trial.append(fit.identity)
        if len(self._trial) == t.trial:
            mean = np.asarray(np.mean(self._trial, axis=0), np.float32)
            self._trial = None
            if float(np.linalg.norm(mean - self._identity)) > t.another:
                self._take(mean, fits=t.trial)
                self._person += 1

    def _take(self, identity: NDArray[np.float32], fits: int) -> None:
        self._identity, self._fits, self._frames = identity, fits, 0


def _jumped(last: Motion, motion: Motion, tracking: IdentityTracking) -> bool:
    moved = float(np.linalg.norm(motion.translation - last.translation)) / last.scale
    grown = motion.scale / last.scale
    return moved > tracking.jump or not 1 / tracking.jump_in_size < grown < tracking.jump_in_size


def _toward(mean: NDArray[np.float32], new: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    return np.asarray(mean + share * (new - mean), np.float32)


def size_free(pose: Pose, expression: NDArray[np.float32], size: tuple[int, int], person: int = 0) -> Motion:
    """A pose in pixels as a motion in picture heights, measured from the picture's centre.

    Args:
        pose: in pixels of the picture.
        expression: (52,) blendshape weights.
        size: width and height of the picture in pixels.
        person: see ``Motion``.
    """
    width, height = size
    return Motion(
        rotation=pose.rotation,
        translation=((pose.translation[:2] - np.array([width, height]) / 2) / height).astype(np.float32),
        scale=pose.scale / height,
        expression=expression,
        person=person,
    )


def in_pixels(motion: Motion, size: tuple[int, int]) -> Pose:
    """The pose of a motion in pixels of a picture; undoes ``size_free``, but for depth, which is set to 0.

    Where the pictures' shapes differ, heights correspond, and centre to centre.

    Args:
        motion: of a driver.
        size: width and height of the picture in pixels.
    """
    width, height = size
    x, y = motion.translation * height + np.array([width, height]) / 2
    return Pose(motion.rotation, np.array([x, y, 0], np.float32), motion.scale * height)
