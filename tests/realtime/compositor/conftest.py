"""Portraits for tests of geometry: any photo, with the face wherever the test wants it."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.fit import FaceFit
from pechead.face.pose import Pose
from pechead_live.source.crop import cut_out, face_crop
from pechead_live.source.portrait import Crop, SourcePortrait

Box = tuple[float, float, float, float]
MakePortrait = Callable[..., SourcePortrait]

EYES = 0.35
"""Where the eyes are in the face's box, from the top."""


def make_portrait(photo: NDArray[np.uint8], face: Box, crop: Crop | None = None) -> SourcePortrait:
    """A portrait whose landmarks span a box of the photo.

    Args:
        photo: (height, width, 3) uint8 RGB.
        face: left, top, right, bottom in pixels of the photo.
        crop: the usual one for the face if not given.
    """
    left, top, right, bottom = face
    landmarks = np.linspace((left, top, 0), (right, bottom, 0), 478, dtype=np.float32)
    landmarks[468:, :2] = (left + right) / 2, top + EYES * (bottom - top)
    landmarks[1, :2] = right, bottom
    crop = crop or face_crop(landmarks, (photo.shape[1], photo.shape[0]))
    landmarks -= np.array([crop.left, crop.top, 0], np.float32)
    pose = Pose(np.eye(3, dtype=np.float32), np.zeros(3, np.float32), 1.0)
    fit = FaceFit(pose, np.zeros(1, np.float32), np.zeros(52, np.float32), np.zeros((478, 3), np.float32))
    return SourcePortrait(photo, crop, cut_out(photo, crop), landmarks, fit)


@pytest.fixture(name="make_portrait", scope="session")
def make_portrait_fixture() -> MakePortrait:
    return make_portrait


@pytest.fixture(scope="session")
def gradient() -> Callable[[int, int], NDArray[np.uint8]]:
    """A picture by width and height: smooth, and different in every corner, so that any shift shows."""

    def draw(width: int, height: int) -> NDArray[np.uint8]:
        across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
        return np.stack([across, down, 255 - (across + down) / 2], axis=-1).astype(np.uint8)

    return draw
