"""Fitting the face model to landmarks: pose, identity and expression."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pechead.face.model import FaceModel
from pechead.face.pose import Pose, weighted_procrustes

ITERATIONS = 3
IDENTITY_PRECISION = 1.0
LANDMARK_DEVIATION = 0.05


@dataclass(frozen=True)
class FaceFit:
    """A face model fitted to one picture's landmarks.

    Attributes:
        pose: in pixels of that picture.
        identity: (K,) float32, in standard deviations.
        expression: (52,) float32, blendshape weights, about [0, 1].
        residual: (478, 3) float32, centimetres of head space: what the model leaves unexplained.
    """

    pose: Pose
    identity: NDArray[np.float32]
    expression: NDArray[np.float32]
    residual: NDArray[np.float32]

    def landmarks(
        self, model: FaceModel, pose: Pose | None = None, expression: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """This person's landmarks, residual included, with another pose or expression or both.

        Args:
            model: the model of the fit.
            pose: the fit's own if not given.
            expression: (52,); the fit's own if not given.

        Returns:
            (478, 3) float32, pixels; with the fit's own pose and expression exactly the landmarks fitted to.
        """
        expression = self.expression if expression is None else expression
        return (pose or self.pose).project(model.shape(self.identity, expression) + self.residual)


def fit_face(
    model: FaceModel,
    landmarks: NDArray[np.float32],
    expression_scores: NDArray[np.float32],
    identity: NDArray[np.float32] | None = None,
) -> FaceFit:
    """Fit the model to one face.

    Args:
        model: the face model.
        landmarks: (478, 3) pixels, x right, y down, z away from the camera.
        expression_scores: (52,) the landmarker's blendshape scores.
        identity: (K,) who it is, if known: then only pose and expression are fitted.
    """
    expression = expression_scores.astype(np.float32)
    basis = model.identity_basis.reshape(len(model.identity_basis), -1)
    known = identity is not None
    current = np.zeros(len(basis), np.float32) if identity is None else identity
    for _ in range(ITERATIONS):
        shape = model.shape(current, expression)
        pose = weighted_procrustes(shape, landmarks, model.procrustes_weights)
        if known:
            continue
        offset = (pose.to_head(landmarks) - shape).ravel() + current @ basis
        normal = basis @ basis.T + np.eye(len(basis)) * (IDENTITY_PRECISION * LANDMARK_DEVIATION**2)
        current = np.linalg.solve(normal, basis @ offset).astype(np.float32)
    residual = pose.to_head(landmarks) - model.shape(current, expression)
    return FaceFit(pose, current, expression, residual)
