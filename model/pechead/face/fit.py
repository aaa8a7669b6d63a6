"""Fitting the face model to landmarks: pose, identity and expression."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pechead.face.model import FaceModel
from pechead.face.pose import Pose, weighted_procrustes
from pechead.face.solver import solve

NOISE = 0.1
"""Centimetres by which a landmark is expected to miss the model: so much, as neighbours miss it together."""

SCORE_DEVIATION = 0.07
"""How far a blendshape weight is expected to be from the landmarker's score.

Larger meets the landmarks better, smaller takes less of the face's shape for expression.
"""

EXPRESSION_RANGE = (-0.5, 1.5)
"""Blendshape weights beyond this are the landmarker's mistakes, not expressions."""


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
    """Fit the model to one face: the pose, expression and, unless known, identity that explain it best.

    The landmarker's scores say where to expect the expression, and the landmarks correct them; identities are
    expected around the average person.

    Args:
        model: the face model.
        landmarks: (478, 3) pixels, x right, y down, z away from the camera.
        expression_scores: (52,) the landmarker's blendshape scores.
        identity: (K,) who it is, if known: then only pose and expression are fitted.
    """
    scores = expression_scores.astype(np.float64)
    likely = np.zeros(len(model.identity_basis), np.float32) if identity is None else identity
    start = weighted_procrustes(model.shape(likely, expression_scores), landmarks, model.procrustes_weights)
    expression_precision = np.full(len(scores), (NOISE / SCORE_DEVIATION) ** 2)
    if identity is None:
        count = len(model.identity_basis)
        solution = solve(
            base=model.mean.astype(np.float64),
            deformations=model.deformations,
            expected=np.concatenate([np.zeros(count), scores]),
            precision=np.concatenate([np.full(count, NOISE**2), expression_precision]),
            landmarks=landmarks,
            start=start,
        )
        identity = solution.coefficients[:count].astype(np.float32)
        fitted = solution.coefficients[count:]
    else:
        solution = solve(
            base=model.shape(identity, np.zeros(len(scores), np.float32)).astype(np.float64),
            deformations=model.expressions,
            expected=scores,
            precision=expression_precision,
            landmarks=landmarks,
            start=start,
        )
        fitted = solution.coefficients
    expression = np.clip(fitted, *EXPRESSION_RANGE).astype(np.float32)
    residual = solution.pose.to_head(landmarks) - model.shape(identity, expression)
    return FaceFit(solution.pose, identity, expression, residual)
