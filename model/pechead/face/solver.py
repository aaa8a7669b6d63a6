"""Gauss-Newton for a linear shape under a weak-perspective camera.

Minimises, over pose and the coefficients c of a set of deformations,

    sum over landmarks of     dx^2 + dy^2 + DEPTH_WEIGHT dz^2
    + sum over coefficients of   precision (c - expected)^2

where (dx, dy, dz) is the distance in centimetres, along the camera's axes, between the observed landmark and
the projected shape ``base + c . basis``. The weight on depth is low because a single camera sees it badly. In
head space the weights become the 3 x 3 matrix I - (1 - DEPTH_WEIGHT) a a^T, with the camera's depth axis a,
the same for all landmarks; so the basis' normal matrix, for any pose, is a weighted sum of nine that are
computed once.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pechead.face.pose import CAMERA_TO_PIXELS, Pose

Array = NDArray[np.float64]

DEPTH_WEIGHT = 0.1
ITERATIONS = 2
RIGID_MOTIONS = 7


@dataclass(frozen=True)
class Deformations:
    """Linear ways in which a shape can change.

    Attributes:
        basis: (P, N, 3) float64, centimetres of head space that a coefficient of one adds.
    """

    basis: Array

    def __len__(self) -> int:
        return len(self.basis)

    @cached_property
    def flat(self) -> Array:
        """(P, 3 N): all x, then all y, then all z, so that one product with a matrix weights all points."""
        return np.ascontiguousarray(self.basis.transpose(0, 2, 1)).reshape(len(self.basis), -1)

    @cached_property
    def axis_products(self) -> Array:
        """(9, P * P): products of basis shapes, axis by axis.

        Row 3 a + b, column i P + j is the sum over n of ``basis[i, n, a] * basis[j, n, b]``.
        """
        products: Array = np.einsum("ina,jnb->abij", self.basis, self.basis, optimize=True)
        return products.reshape(9, -1)

    def normal_matrix(self, metric: Array) -> Array:
        """(P, P): ``flat`` times itself, the axes of head space weighted by the (3, 3) ``metric``."""
        normal: Array = metric.reshape(9) @ self.axis_products
        return normal.reshape(len(self), len(self))

    def shape(self, base: Array, coefficients: Array) -> Array:
        """``base + coefficients . basis``, (N, 3)."""
        shape: Array = base + (coefficients @ self.flat).reshape(3, -1).T
        return shape


@dataclass(frozen=True)
class Solution:
    """Where the iteration ended.

    Attributes:
        pose: in pixels.
        coefficients: (P,).
        shape: (N, 3) centimetres of head space: the base, deformed.
    """

    pose: Pose
    coefficients: Array
    shape: Array


def solve(
    base: Array,
    deformations: Deformations,
    expected: Array,
    precision: Array,
    landmarks: NDArray[np.float32],
    start: Pose,
    iterations: int = ITERATIONS,
) -> Solution:
    """Find pose and coefficients.

    Args:
        base: (N, 3) centimetres of head space.
        deformations: P ways in which the base can change.
        expected: (P,) coefficients before seeing the landmarks; the iteration starts there.
        precision: (P,) square centimetres that a coefficient's deviation of one costs.
        landmarks: (N, 3) pixels.
        start: the pose to begin with, within 20 degrees or so.
        iterations: with the Procrustes pose as start, two come within 0.002 pixels of the end.
    """
    rotation: Array = start.rotation.astype(np.float64)
    translation = start.translation.astype(np.float64)
    scale = start.scale
    coefficients = expected.astype(np.float64)
    shape = deformations.shape(base, coefficients)
    count = len(deformations)
    normal = np.empty((count + RIGID_MOTIONS, count + RIGID_MOTIONS))
    gradient = np.empty(count + RIGID_MOTIONS)
    for _ in range(iterations):
        observed = ((landmarks - translation) * (CAMERA_TO_PIXELS / scale)) @ rotation
        metric = depth_metric(rotation[2])
        moves = rigid_motions(shape)
        # The error rides along as an eighth column: one pass over the basis instead of two.
        changes = np.concatenate([moves, (observed - shape).T[:, :, None]], axis=2)
        weighted = (metric @ changes.reshape(3, -1)).reshape(-1, RIGID_MOTIONS + 1)
        by_basis = deformations.flat @ weighted
        by_moves = moves.reshape(-1, RIGID_MOTIONS).T @ weighted
        normal[:count, :count] = deformations.normal_matrix(metric)
        normal[range(count), range(count)] += precision
        normal[:count, count:] = by_basis[:, :-1]
        normal[count:, :count] = by_basis[:, :-1].T
        normal[count:, count:] = by_moves[:, :-1]
        gradient[:count] = by_basis[:, -1] + precision * (expected - coefficients)
        gradient[count:] = by_moves[:, -1]
        step = np.asarray(np.linalg.solve(normal, gradient), np.float64)
        coefficients += step[:count]
        turn, shift, growth = step[count : count + 3], step[count + 3 : count + 6], step[count + 6]
        shape = deformations.shape(base, coefficients)
        translation += CAMERA_TO_PIXELS * (scale * (rotation @ shift))
        rotation = rotation @ rotation_by(turn)
        scale *= float(np.exp(growth))
    pose = Pose(rotation.astype(np.float32), translation.astype(np.float32), scale)
    return Solution(pose, coefficients, shape)


def depth_metric(depth_axis: Array) -> Array:
    """(3, 3) weights of head space's axes for a camera that looks along ``depth_axis``, (3,), of length 1."""
    return np.eye(3) - (1.0 - DEPTH_WEIGHT) * np.outer(depth_axis, depth_axis)


def rigid_motions(shape: Array) -> Array:
    """(3, N, 7): how each point moves with a small turn about x, y, z, a shift along them, and growth."""
    x, y, z = shape.T
    moves = np.zeros((3, len(shape), RIGID_MOTIONS))
    moves[1, :, 0], moves[2, :, 0] = -z, y
    moves[0, :, 1], moves[2, :, 1] = z, -x
    moves[0, :, 2], moves[1, :, 2] = -y, x
    moves[0, :, 3] = moves[1, :, 4] = moves[2, :, 5] = 1.0
    moves[:, :, 6] = shape.T
    return moves


def rotation_by(turn: Array) -> Array:
    """(3, 3): the rotation about the axis ``turn`` by its length in radians (Rodrigues' formula)."""
    angle = float(np.linalg.norm(turn))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = turn / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    rotation: Array = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross)
    return rotation
