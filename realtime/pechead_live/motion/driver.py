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
    second does not, and with a steady identity the scale and the expression don't waver either.

    Attributes:
        learning: frames at first that are all fitted afresh and averaged.
        every: afterwards only every so many frames are.
        memory: the mean never counts a new fit for less than one part in this many.
        recent: a second, quick mean over this many fits tells whether another person came.
        frontal: degrees of yaw and pitch up to which a face shows its shape well; others are left out.
        another: distance in standard deviations (Euclidean) between the quick and the slow mean from which it
            is another person. People are 4.2 to 8 apart; one person's quick mean stays within 3.8 while
            talking.
    """

    learning: int = 45
    every: int = 6
    memory: int = 200
    recent: int = 10
    frontal: float = 25.0
    another: float = 4.8


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
        self._recent: NDArray[np.float32] | None = None
        self._fits = 0
        self._frames = 0
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
            Pose and expression; ``person`` counts up when the face's shape has become another one.
        """
        if self._due():
            self._learn(fit_face(self._model, keypoints.landmarks, keypoints.expression_scores))
        self._frames += 1
        fit = fit_face(self._model, keypoints.landmarks, keypoints.expression_scores, self._identity)
        return size_free(fit.pose, fit.expression, keypoints.size, self._person)

    def _due(self) -> bool:
        return self._frames < self._tracking.learning or self._frames % self._tracking.every == 0

    def _learn(self, fit: FaceFit) -> None:
        t = self._tracking
        if self._identity is None or self._recent is None:
            self._identity = self._recent = fit.identity
            self._fits = 1
            return
        turned = angles(fit.pose.rotation)
        if max(abs(turned.yaw), abs(turned.pitch)) > t.frontal:
            return
        self._fits += 1
        self._identity = _toward(self._identity, fit.identity, 1 / min(self._fits, t.memory))
        self._recent = _toward(self._recent, fit.identity, 1 / min(self._fits, t.recent))
        if float(np.linalg.norm(self._recent - self._identity)) > t.another:
            self._identity = self._recent
            self._fits = t.recent
            self._frames = 0
            self._person += 1


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
