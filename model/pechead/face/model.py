"""The linear face model: mean shape, how people differ, how expressions move the landmarks."""

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pechead.errors import ModelFileError
from pechead.face.blendshapes import NAMES
from pechead.face.bundle import read_canonical_mesh
from pechead.face.solver import Deformations
from pechead.landmarker.locate import find_model_file

LANDMARKS = 478
SURFACE_POINTS = 468
LEARNED_FILE = Path(__file__).with_name("face_model.npz")


@dataclass(frozen=True)
class FaceContours:
    """Which landmarks make up the parts of a face; indices into the 478, int32.

    Lips, eyes, irises and the oval are closed rings in order around the part; an iris is its centre's four
    neighbours. An eyebrow is its lower edge followed by its upper edge, each in order. ``nose`` has no order.
    "Left" and "right" are the person's own.
    """

    inner_lips: NDArray[np.int32]
    outer_lips: NDArray[np.int32]
    left_eye: NDArray[np.int32]
    right_eye: NDArray[np.int32]
    left_iris: NDArray[np.int32]
    right_iris: NDArray[np.int32]
    left_eyebrow: NDArray[np.int32]
    right_eyebrow: NDArray[np.int32]
    face_oval: NDArray[np.int32]
    nose: NDArray[np.int32]


@dataclass(frozen=True)
class FaceModel:
    """``shape(identity, expression) = mean + identity . identity_basis + expression . expression_basis``.

    All shapes are in head space: centimetres, x to the image's right, y up, z toward the camera. The points
    are MediaPipe's 478 landmarks: 468 of the surface, then five of each iris.

    Attributes:
        mean: (478, 3) float32, the average face with all blendshape weights at zero.
        identity_basis: (K, 478, 3) float32, one standard deviation each of how people differ.
        expression_basis: (52, 478, 3) float32, what a blendshape weight of one adds.
        triangles: (898, 3) int32, the surface of the first 468 points.
        procrustes_weights: (478,) float32, weight of each point in the pose fit; zero for the irises.
        contours: which points make up lips, eyes and so on.
    """

    mean: NDArray[np.float32]
    identity_basis: NDArray[np.float32]
    expression_basis: NDArray[np.float32]
    triangles: NDArray[np.int32]
    procrustes_weights: NDArray[np.float32]
    contours: FaceContours

    def shape(self, identity: NDArray[np.float32], expression: NDArray[np.float32]) -> NDArray[np.float32]:
        """The face of a person with an expression.

        Args:
            identity: (K,) in standard deviations; zero is the average person.
            expression: (52,) blendshape weights, about [0, 1].

        Returns:
            (478, 3) float32, centimetres of head space.
        """
        identity_part = identity @ self.identity_basis.reshape(len(self.identity_basis), -1)
        expression_part = expression @ self.expression_basis.reshape(len(NAMES), -1)
        shape: NDArray[np.float32] = self.mean + (identity_part + expression_part).reshape(LANDMARKS, 3)
        return shape.astype(np.float32, copy=False)

    @cached_property
    def deformations(self) -> Deformations:
        """Identity, then expression, as the solver wants them: computed once a model."""
        return Deformations(np.concatenate([self.identity_basis, self.expression_basis]).astype(np.float64))

    @cached_property
    def expressions(self) -> Deformations:
        """Expression alone, for faces whose identity is known: computed once a model."""
        return Deformations(self.expression_basis.astype(np.float64))

    @classmethod
    def load(cls, model_file: Path | None = None) -> "FaceModel":
        """The shipped face model.

        The mesh comes from the landmarker's own model file, the rest from the learned file in this package.

        Args:
            model_file: ``face_landmarker.task``; found by ``find_model_file`` if not given.

        Raises:
            ModelFileError: one of the two files is missing or can't be read.
        """
        mesh = read_canonical_mesh(model_file or find_model_file())
        try:
            with np.load(LEARNED_FILE, allow_pickle=False) as learned:
                mean = np.concatenate([mesh.vertices + learned["mean_offset"], learned["iris_mean"]])
                return cls(
                    mean=mean,
                    identity_basis=learned["identity_basis"].astype(np.float32),
                    expression_basis=learned["expression_basis"].astype(np.float32),
                    triangles=mesh.triangles,
                    procrustes_weights=np.concatenate(
                        [mesh.procrustes_weights, np.zeros(LANDMARKS - SURFACE_POINTS, np.float32)]
                    ),
                    contours=FaceContours(
                        **{field.name: learned[field.name].astype(np.int32) for field in fields(FaceContours)}
                    ),
                )
        except (OSError, KeyError, ValueError) as error:
            raise ModelFileError(
                f"{LEARNED_FILE} is missing or damaged ({type(error).__name__})", "install pechead-live again"
            ) from error
