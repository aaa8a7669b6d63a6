"""Other proportions: a pair of pictures stretched, slanted and turned alike, as if of another person."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pechead.data.affine import affine_image
from pechead.face.fit import FaceFit, fit_face
from pechead.face.model import FaceModel

Array = NDArray[np.float32]
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Proportions:
    """One change, for all pictures of a sample.

    Attributes:
        matrix: (2, 3) float32, from pixels of the picture to pixels of the changed one.
    """

    matrix: Array

    @classmethod
    def draw(
        cls, size: int, stretch: float, slant: float, turn: float, generator: Generator
    ) -> "Proportions":
        """A random change around the middle of a square picture; areas stay as they are.

        Args:
            size: of the picture in pixels.
            stretch: the height against the width changes by up to this share.
            slant: pixels that a row moves against the one a pixel higher, at most.
            turn: degrees, at most.
            generator: for the three.
        """
        taller = np.exp(generator.uniform(-stretch, stretch) / 2)
        angle = np.radians(generator.uniform(-turn, turn))
        sine, cosine = np.sin(angle), np.cos(angle)
        shape = np.array([[1 / taller, generator.uniform(-slant, slant)], [0, taller]])
        linear = np.array([[cosine, -sine], [sine, cosine]]) @ shape
        middle = np.full(2, size / 2)
        return cls(np.column_stack([linear, middle - linear @ middle]).astype(np.float32))

    def image(self, picture: Image) -> Image:
        """The picture changed, at its size; what comes in from outside is mirrored at the edge."""
        return affine_image(picture, self.matrix)

    def fit(self, fit: FaceFit, model: FaceModel, identity: Array | None = None) -> FaceFit:
        """The face in the changed picture, fitted anew: its proportions are another person's.

        Args:
            fit: of the picture.
            model: of the fit.
            identity: (K,) of the changed person, if known from another picture.
        """
        landmarks = fit.landmarks(model).copy()
        landmarks[:, :2] = landmarks[:, :2] @ self.matrix[:, :2].T + self.matrix[:, 2]
        return fit_face(model, landmarks, fit.expression, identity)
