"""The head's anchors: a head that doesn't move leaves the picture alone, one that turns hides a side."""

import numpy as np
import pytest

from pechead.face.flow import Array, Grid, dense_flow
from pechead.face.geometric_motion import motion_maps
from pechead.face.head import FaceView, HeadGeometry, HeadMotion, Reach
from pechead.face.model import FaceModel
from pechead.face.pose import Pose, rotation_from_angles

GRID = Grid((256, 256), (64, 64))
LEFT_EYE_OUTER, RIGHT_EYE_OUTER, NOSE_TIP = 263, 33, 1


@pytest.fixture(scope="module")
def geometry(face_model: FaceModel) -> HeadGeometry:
    return HeadGeometry.from_model(face_model)


def view(model: FaceModel, yaw: float = 0, shift: float = 0) -> FaceView:
    translation = np.array([128 + shift, 128, 0], np.float32)
    pose = Pose(rotation_from_angles(yaw, 0, 0), translation, 7.0)
    return FaceView(pose.project(model.mean), pose)


def places() -> Array:
    return np.stack(np.meshgrid(GRID.x, GRID.y), -1)


def test_the_nose_faces_a_camera_in_front_and_a_cheek_turns_away(
    face_model: FaceModel, geometry: HeadGeometry
) -> None:
    frontal = geometry.facing(view(face_model).landmarks)
    turned_right = geometry.facing(view(face_model, yaw=60).landmarks)
    assert frontal[NOSE_TIP] > 0.6
    assert turned_right[LEFT_EYE_OUTER] < 0.1 < turned_right[RIGHT_EYE_OUTER]


def test_mirror_points_pair_left_with_right(geometry: HeadGeometry) -> None:
    assert geometry.mirror[LEFT_EYE_OUTER] == RIGHT_EYE_OUTER
    assert geometry.mirror[NOSE_TIP] == NOSE_TIP
    surface = geometry.mirror[:468]
    assert (surface[surface] == np.arange(468)).mean() > 0.98


def test_a_head_at_rest_leaves_every_pixel_where_it_is(face_model: FaceModel, geometry: HeadGeometry) -> None:
    rest = view(face_model)
    flow = dense_flow(HeadMotion(geometry, rest, Reach()).anchors(rest), GRID, Reach().stay)
    np.testing.assert_allclose(flow, places(), atol=0.05)


def test_hair_moves_with_the_head_and_the_far_background_stays(
    face_model: FaceModel, geometry: HeadGeometry
) -> None:
    motion = HeadMotion(geometry, view(face_model), Reach(body_follows=0))
    flow = dense_flow(motion.anchors(view(face_model, shift=10)), GRID, Reach().stay)
    movement = places() - flow
    hairline, top_corner = (12, 34), (1, 1)
    assert movement[hairline][0] == pytest.approx(10, abs=1)
    assert np.abs(movement[top_corner]).max() < 0.5


def test_only_a_turned_photo_hides_a_side(face_model: FaceModel, geometry: HeadGeometry) -> None:
    frontal = HeadMotion(geometry, view(face_model), Reach())
    turned = HeadMotion(geometry, view(face_model, yaw=60), Reach())
    assert frontal.hidden_share < 0.01
    assert turned.hidden_share > 0.1
    hidden = turned.hidden_sides()[0]
    assert hidden[LEFT_EYE_OUTER] > 0.5 > hidden[RIGHT_EYE_OUTER]


def test_the_hidden_side_is_fetched_from_the_side_that_is_seen(
    face_model: FaceModel, geometry: HeadGeometry
) -> None:
    turned, frontal = view(face_model, yaw=45), view(face_model)
    mirrored = HeadMotion(geometry, turned, Reach()).mirrored_anchors(frontal)
    column, row = (frontal.landmarks[LEFT_EYE_OUTER, :2] / 4).astype(int)
    source = dense_flow(mirrored, GRID, Reach().stay)[row, column]
    np.testing.assert_allclose(source, turned.landmarks[RIGHT_EYE_OUTER, :2], atol=4)


def test_skin_that_the_photo_shows_is_kept_but_not_eyes_mouth_hair_or_a_hidden_cheek(
    face_model: FaceModel, geometry: HeadGeometry
) -> None:
    frontal, turned = view(face_model), view(face_model, yaw=75)
    left_cheek, right_cheek, forehead, top_of_head = 425, 205, 151, np.array([128.0, 40.0])
    contours = face_model.contours
    eye, mouth = (frontal.landmarks[ring, :2].mean(0) for ring in (contours.left_eye, contours.inner_lips))

    def kept(photo: FaceView, place: Array) -> float:
        maps = motion_maps(
            HeadMotion(geometry, photo, Reach()), frontal, Grid((256, 256), (128, 128)), Reach()
        )
        column, row = (place[:2] / 4).astype(int)
        return float(maps.support[3, row, column])

    skin = [frontal.landmarks[point] for point in (left_cheek, right_cheek, forehead)]
    assert min(kept(frontal, place) for place in skin) > 0.9
    assert max(kept(frontal, place) for place in (eye, mouth, top_of_head)) < 0.3
    assert kept(turned, skin[0]) < 0.2 < 0.9 < kept(turned, skin[1])
