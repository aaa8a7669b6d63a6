"""Head pose: a weak-perspective camera, how it projects, and how it is found from landmarks.

Two kinds of axes are in play. *Head and camera space* have x to the image's right, y up and z toward the
camera, head space in centimetres. *Pixels* have x right, y down and z away from the camera, as MediaPipe's
landmarks do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

CAMERA_TO_PIXELS = np.array([1.0, -1.0, -1.0], dtype=np.float32)
"""Signs that turn camera axes (x right, y up, z to the camera) into pixel axes (x right, y down, z away)."""


@dataclass(frozen=True)
class Pose:
    """A weak-perspective camera: rotate, scale, shift.

    Attributes:
        rotation: (3, 3) float32, head space to camera space, determinant +1.
        translation: (3,) float32, pixels: where the origin of head space projects to.
        scale: pixels per centimetre.
    """

    rotation: Array
    translation: Array
    scale: float

    def project(self, shape: Array) -> Array:
        """Head space to pixels.

        Args:
            shape: (N, 3) centimetres of head space.

        Returns:
            (N, 3) float32 pixels: x right, y down, z away from the camera, in the same unit.
        """
        projected: Array = (shape @ self.rotation.T) * (self.scale * CAMERA_TO_PIXELS) + self.translation
        return projected.astype(np.float32)

    def to_head(self, landmarks: Array) -> Array:
        """Pixels to head space; undoes ``project``.

        Args:
            landmarks: (N, 3) pixels.

        Returns:
            (N, 3) float32 centimetres of head space.
        """
        head: Array = ((landmarks - self.translation) * (CAMERA_TO_PIXELS / self.scale)) @ self.rotation
        return head.astype(np.float32)


@dataclass(frozen=True)
class Angles:
    """A rotation for people to read, in degrees.

    Attributes:
        yaw: positive when the face is turned toward the right of the image.
        pitch: positive when the face looks up.
        roll: positive when the head is tilted clockwise as seen in the image.
    """

    yaw: float
    pitch: float
    roll: float


def angles(rotation: Array) -> Angles:
    """Yaw, pitch and roll of a rotation from head to camera space; undoes ``rotation_from_angles``.

    Pitch lies in [-90, 90], yaw and roll in [-180, 180].
    """
    r = rotation.astype(np.float64)
    return Angles(
        yaw=float(np.degrees(np.arctan2(r[0, 2], r[2, 2]))),
        pitch=float(np.degrees(np.arcsin(np.clip(r[1, 2], -1.0, 1.0)))),
        roll=float(np.degrees(np.arctan2(-r[1, 0], r[1, 1]))),
    )


def rotation_from_angles(yaw: float, pitch: float, roll: float) -> Array:
    """The rotation from head to camera space that rolls the head first, then pitches it, then yaws it.

    Args:
        yaw, pitch, roll: degrees, signs as in ``Angles``.

    Returns:
        (3, 3) float32.
    """
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    rotation: Array = (about_y @ about_x @ about_z).astype(np.float32)
    return rotation


def weighted_procrustes(shape: Array, landmarks: Array, weights: Array) -> Pose:
    """The pose that brings ``shape`` closest to ``landmarks``: least-squares similarity, Umeyama (1991).

    Args:
        shape: (N, 3) centimetres of head space.
        landmarks: (N, 3) pixels.
        weights: (N,) how much each point counts; not negative, not all zero.

    Returns:
        The pose that minimises the weighted sum of squared distances in pixels, depth included.
    """
    share = weights.astype(np.float64) / float(weights.sum())
    camera = landmarks.astype(np.float64) * CAMERA_TO_PIXELS
    shape_centre = share @ shape
    camera_centre = share @ camera
    centred = shape - shape_centre
    covariance = (camera - camera_centre).T @ (centred * share[:, None])
    u, singular_values, vt = np.linalg.svd(covariance)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * signs) @ vt
    scale = float(singular_values @ signs / (share @ (centred**2).sum(axis=1)))
    translation = (camera_centre - scale * (rotation @ shape_centre)) * CAMERA_TO_PIXELS
    return Pose(rotation.astype(np.float32), translation.astype(np.float32), scale)
