"""Left and right exchanged: pictures, faces and blendshapes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES
from pechead.face.fit import FaceFit, fit_face
from pechead.face.model import FaceModel

Array = NDArray[np.float32]
Image = NDArray[np.uint8]


def mirrored_name(name: str) -> str:
    """The blendshape of the other side of the face; one without a side is its own."""
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name


def mirrored_expression(expression: Array) -> Array:
    """(..., 52) blendshape weights of the mirrored face."""
    order = [NAMES.index(mirrored_name(name)) for name in NAMES]
    return expression[..., order]


def mirrored_landmarks(landmarks: Array, mirror: NDArray[np.int64], width: float) -> Array:
    """Landmarks in the mirrored picture, renamed so that "left" again is the person's own.

    Args:
        landmarks: (478, 3) pixels.
        mirror: (478,), ``mirror_indices``.
        width: of the picture in pixels.
    """
    flipped = landmarks * np.array([-1, 1, 1], np.float32) + np.array([width, 0, 0], np.float32)
    return np.asarray(flipped[mirror], np.float32)


def mirrored_fit(
    fit: FaceFit, model: FaceModel, mirror: NDArray[np.int64], width: float, identity: Array | None = None
) -> FaceFit:
    """The fit of the mirrored picture: its landmarks are exactly the mirrored ones.

    Fitted anew, not just renamed: a learned face model is not quite symmetric.

    Args:
        fit: of the picture.
        model: of the fit.
        mirror: ``mirror_indices``.
        width: of the picture in pixels.
        identity: (K,) of the mirrored person, if known from another picture.
    """
    landmarks = mirrored_landmarks(fit.landmarks(model), mirror, width)
    return fit_face(model, landmarks, mirrored_expression(fit.expression), identity)


def mirrored_image(image: Image) -> Image:
    """(height, width, 3) with left and right exchanged."""
    return np.asarray(cv2.flip(image, 1), np.uint8)
