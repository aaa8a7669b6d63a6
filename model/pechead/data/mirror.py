"""Left and right exchanged: pictures, faces and blendshapes."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES
from pechead.face.fit import FaceFit
from pechead.face.model import FaceModel
from pechead.face.pose import Pose

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
        mirror: (478,), ``HeadGeometry.mirror``.
        width: of the picture in pixels.
    """
    flipped = landmarks * np.array([-1, 1, 1], np.float32) + np.array([width, 0, 0], np.float32)
    return np.asarray(flipped[mirror], np.float32)


def mirrored_pose(pose: Pose, width: float) -> Pose:
    """The pose in the mirrored picture."""
    signs = np.array([-1, 1, 1], np.float32)
    translation = pose.translation * signs + np.array([width, 0, 0], np.float32)
    return Pose(pose.rotation * np.outer(signs, signs), translation, pose.scale)


def mirrored_fit(fit: FaceFit, model: FaceModel, mirror: NDArray[np.int64], width: float) -> FaceFit:
    """The fit of the mirrored picture: its landmarks are exactly the mirrored ones."""
    pose, expression = mirrored_pose(fit.pose, width), mirrored_expression(fit.expression)
    landmarks = mirrored_landmarks(fit.landmarks(model), mirror, width)
    residual = pose.to_head(landmarks) - model.shape(fit.identity, expression)
    return replace(fit, pose=pose, expression=expression, residual=residual)


def mirrored_image(image: Image) -> Image:
    """(height, width, 3) with left and right exchanged."""
    return np.asarray(cv2.flip(image, 1), np.uint8)
