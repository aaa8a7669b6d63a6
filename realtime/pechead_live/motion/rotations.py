"""Rotations as vectors: axis times angle in radians, the coordinates in which they are filtered, blended and
stored."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Rotation = NDArray[np.float32]
"""(3, 3) float32, orthonormal, determinant 1."""


def rotation_vector(rotation: Rotation) -> NDArray[np.float64]:
    """Axis times angle (radians, [0, π]) of a rotation matrix.

    Goes through the unit quaternion (Shepperd 1978, "Quaternion from rotation matrix"), so that it is exact
    near 0 and near π alike, where the arc cosine of the trace is not.

    Args:
        rotation: (3, 3).

    Returns:
        (3,) float64.
    """
    m = np.asarray(rotation, np.float64)
    trace = np.trace(m)
    candidates = np.array([trace, m[0, 0], m[1, 1], m[2, 2]])
    largest = int(np.argmax(candidates))
    if largest == 0:
        quaternion = np.array([1 + trace, m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]])
    else:
        i = largest - 1
        j, k = (i + 1) % 3, (i + 2) % 3
        quaternion = np.empty(4)
        quaternion[0] = m[k, j] - m[j, k]
        quaternion[1 + i] = 1 + m[i, i] - m[j, j] - m[k, k]
        quaternion[1 + j] = m[j, i] + m[i, j]
        quaternion[1 + k] = m[k, i] + m[i, k]
    quaternion /= np.linalg.norm(quaternion)
    if quaternion[0] < 0:
        quaternion = -quaternion
    sine = float(np.linalg.norm(quaternion[1:]))
    angle = 2 * np.arctan2(sine, quaternion[0])
    return np.asarray(quaternion[1:] * (angle / sine if sine > 1e-12 else 2.0))


def rotation_matrix(vector: NDArray[np.floating]) -> Rotation:
    """The rotation matrix of axis times angle: Rodrigues' formula.

    Args:
        vector: (3,), radians.

    Returns:
        (3, 3) float32.
    """
    x, y, z = (float(v) for v in vector)
    angle = np.sqrt(x * x + y * y + z * z)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    # np.sinc(t) is sin(πt)/(πt): both factors stay exact for a vanishing angle.
    first = np.sinc(angle / np.pi)
    second = 0.5 * np.sinc(angle / (2 * np.pi)) ** 2
    return np.asarray(np.eye(3) + first * cross + second * cross @ cross, np.float32)


def angle_between(a: Rotation, b: Rotation) -> float:
    """Angle in degrees of the rotation that takes one to the other, [0, 180]."""
    return float(np.degrees(np.linalg.norm(rotation_vector(b @ a.T))))


def blend_rotations(a: Rotation, b: Rotation, amount: float) -> Rotation:
    """The rotation at ``amount`` (0 = a, 1 = b) on the shortest way from ``a`` to ``b``, at constant
    speed."""
    return np.asarray(rotation_matrix(amount * rotation_vector(b @ a.T)) @ a, np.float32)


def mean_rotation(rotations: Iterable[Rotation]) -> Rotation:
    """The rotation nearest to the matrices' mean in the Frobenius norm (the chordal mean).

    Raises:
        ValueError: there are none.
    """
    stacked = np.array(list(rotations), np.float64)
    if len(stacked) == 0:
        raise ValueError("the mean of no rotations")
    left, _, right = np.linalg.svd(stacked.mean(axis=0))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray(left @ flip @ right, np.float32)
