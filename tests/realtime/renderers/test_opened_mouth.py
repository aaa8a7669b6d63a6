"""Where geometry fills an opened mouth, and where it leaves it to the networks."""

from dataclasses import replace

import numpy as np
import pytest
from tests.realtime.renderers.test_geometric import difference, driven, whole

from pechead.face.model import FaceModel
from pechead.landmarker.detector import Keypoints
from pechead_live.frames import DrivingFace, Image
from pechead_live.renderers.opened_mouth import OpenedMouth
from pechead_live.renderers.still import StillRenderer
from pechead_live.source.portrait import SourcePortrait


class UnmovedRenderer(StillRenderer):
    """Draws the photo anew each time."""

    def render(self, driving: DrivingFace) -> Image:
        return super().render(driving).copy()


@pytest.fixture(scope="module")
def smiling(portrait_photo: Image, portrait_keypoints: Keypoints, face_model: FaceModel) -> SourcePortrait:
    """The photo shows teeth."""
    return whole(portrait_photo, portrait_keypoints, face_model)


def with_closed_lips(portrait: SourcePortrait, model: FaceModel) -> SourcePortrait:
    """The same, but for the landmarks of the lips' inner edge, which meet in the middle."""
    landmarks, ring = portrait.landmarks.copy(), model.contours.inner_lips
    landmarks[ring, 1] = landmarks[ring, 1].mean()
    return replace(portrait, landmarks=landmarks)


def drawn(portrait: SourcePortrait, model: FaceModel, jaw: float) -> Image:
    renderer = OpenedMouth(UnmovedRenderer(), model)
    renderer.set_source(portrait)
    return renderer.render(driven(portrait, model, jawOpen=jaw))


def test_a_mouth_that_shows_teeth_gets_a_dark_inside_when_it_opens(
    smiling: SourcePortrait, face_model: FaceModel
) -> None:
    changed = difference(drawn(smiling, face_model, 0.9), smiling.image)
    lips = driven(smiling, face_model, jawOpen=0.9).landmarks[face_model.contours.inner_lips, :2]
    (left, top), (right, bottom) = lips.min(0).astype(int), lips.max(0).astype(int)
    assert changed[top:bottom, left:right].max() > 60
    changed[top - 8 : bottom + 8, left - 8 : right + 8] = 0
    assert changed.max() == 0


def test_the_inside_of_a_closed_mouth_is_left_to_the_networks(
    smiling: SourcePortrait, face_model: FaceModel
) -> None:
    closed = with_closed_lips(smiling, face_model)
    np.testing.assert_array_equal(drawn(closed, face_model, 0.9), smiling.image)
