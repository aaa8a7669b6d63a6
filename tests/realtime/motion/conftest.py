"""Motions and portraits that the motion tests start from."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES, index
from pechead.face.fit import fit_face
from pechead.face.model import FaceModel
from pechead.face.pose import rotation_from_angles
from pechead.landmarker.detector import Keypoints
from pechead_live.frames import Motion
from pechead_live.source.portrait import Crop, SourcePortrait

MakeMotion = Callable[..., Motion]


@pytest.fixture(scope="session")
def make_motion() -> MakeMotion:
    """A driver's motion: frontal, centred, at rest, but for what is named."""

    def make(
        yaw: float = 0,
        pitch: float = 0,
        roll: float = 0,
        x: float = 0,
        y: float = 0,
        scale: float = 0.025,
        person: int = 0,
        **weights: float,
    ) -> Motion:
        expression = np.zeros(len(NAMES), np.float32)
        for name, value in weights.items():
            expression[index(name)] = value
        return Motion(
            rotation_from_angles(yaw, pitch, roll), np.array([x, y], np.float32), scale, expression, person
        )

    return make


@pytest.fixture(scope="session")
def portrait(
    portrait_photo: NDArray[np.uint8], portrait_keypoints: Keypoints, face_model: FaceModel
) -> SourcePortrait:
    """The astronaut, the whole photo as crop."""
    height, width = portrait_photo.shape[:2]
    fit = fit_face(face_model, portrait_keypoints.landmarks, portrait_keypoints.expression_scores)
    return SourcePortrait(
        portrait_photo, Crop(0, 0, width, height), portrait_photo, portrait_keypoints.landmarks, fit
    )
