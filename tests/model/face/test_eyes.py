"""Eyes: lids slide over the eyeball, and neither is shown where the other belongs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES
from pechead.face.eyes import EyeMotion, eye_contours, put_eyes
from pechead.face.flow import Array, Grid
from pechead.face.model import FaceModel
from pechead.face.pose import Pose, rotation_from_angles
from pechead.face.symmetry import mirror_indices

GRID = Grid((512, 512), (512, 512))


def landmarks(model: FaceModel, yaw: float = 0, **expression: float) -> Array:
    weights = np.zeros(len(NAMES), np.float32)
    for name, value in expression.items():
        weights[NAMES.index(name)] = value
    pose = Pose(rotation_from_angles(yaw, 0, 0), np.array([256, 256, 0], np.float32), 24.0)
    return pose.project(model.shape(np.zeros(len(model.identity_basis), np.float32), weights))


def still() -> Array:
    return np.stack(np.meshgrid(GRID.x, GRID.y), -1).astype(np.float32)


def moved(model: FaceModel, source: Array, driving: Array, seen: float = 1.0) -> Array:
    flow = still()
    put_eyes(flow, GRID, [EyeMotion(eye, source, driving, seen) for eye in eye_contours(model)])
    return flow


def between_lids(model: FaceModel, face: Array, places: Array, within: float) -> NDArray[np.bool_]:
    """Which places lie between the lids of the left eye, at least so many pixels from both."""
    eye = eye_contours(model)[0]
    upper, lower = face[eye.upper], face[eye.lower]
    x, y = np.moveaxis(places, -1, 0)
    over, under = (np.interp(x, lid[:, 0], lid[:, 1]) for lid in (upper, lower))
    inside = (x > upper[0, 0]) & (x < upper[-1, 0])
    return np.asarray(inside & (y > over + within) & (y < under - within), np.bool_)


def test_both_eyes_are_found_with_their_lids_and_irises(face_model: FaceModel) -> None:
    left, right = eye_contours(face_model)
    for eye, side in ((left, 1), (right, -1)):
        upper, lower, iris = (face_model.mean[points] for points in (eye.upper, eye.lower, eye.iris))
        assert (np.diff(upper[:, 0]) > 0).all()
        assert (upper[1:-1, 1] > lower[1:-1, 1]).all()
        assert (eye.upper[[0, -1]] == eye.lower[[0, -1]]).all()
        assert (side * iris[:, 0] > 1).all()
        np.testing.assert_allclose(iris[1:].mean(0), iris[0], atol=0.1)


@pytest.mark.parametrize("yaw", [0, 25])
def test_eyes_at_rest_stay_as_the_photo_has_them(face_model: FaceModel, yaw: float) -> None:
    face = landmarks(face_model, yaw)
    difference = np.abs(moved(face_model, face, face) - still())
    assert difference.max() < 0.3
    assert difference.mean() < 1e-3


def test_a_shut_eye_shows_nothing_of_the_eyeball(face_model: FaceModel) -> None:
    source = landmarks(face_model)
    driving = landmarks(face_model, eyeBlinkLeft=1.0, eyeBlinkRight=1.0)
    flow = moved(face_model, source, driving)
    place = between_lids(face_model, source, still(), within=0)
    shut = place & ~between_lids(face_model, driving, still(), within=-1)
    assert shut.sum() > 300
    assert not between_lids(face_model, source, flow, within=0.5)[shut].any()
    above = source[eye_contours(face_model)[0].upper[4], :2]
    assert flow[int(above[1]) - 40, int(above[0])] == pytest.approx(
        [int(above[0]) + 0.5, above[1] - 40], abs=2
    )


@pytest.mark.parametrize("shut", [1.0, 1.5])
def test_a_shut_eye_leaves_the_line_of_the_photos_upper_lashes(face_model: FaceModel, shut: float) -> None:
    source = landmarks(face_model)
    driving = landmarks(face_model, eyeBlinkLeft=shut, eyeBlinkRight=shut)
    flow = moved(face_model, source, driving)
    for eye in eye_contours(face_model):
        for point in eye.upper[2:-2]:
            column, row = driving[point, :2].astype(int)
            line = flow[row - 6 : row + 8, column]
            lid = np.interp(line[:, 0], source[eye.upper, 0], source[eye.upper, 1])
            assert 2 <= (np.abs(line[:, 1] - lid) < 1).sum() <= 7


def test_an_open_eye_shows_nothing_of_the_lids(face_model: FaceModel) -> None:
    source = landmarks(face_model)
    driving = landmarks(face_model, eyeLookOutLeft=0.8, eyeLookInRight=0.8, eyeWideLeft=0.5, eyeWideRight=0.5)
    flow = moved(face_model, source, driving)
    open_ = between_lids(face_model, driving, still(), within=2)
    assert open_.sum() > 300
    assert between_lids(face_model, source, flow, within=-0.5)[open_].all()


def test_a_look_aside_moves_the_whole_iris(face_model: FaceModel) -> None:
    source = landmarks(face_model)
    driving = landmarks(face_model, eyeLookOutLeft=0.6, eyeLookInRight=0.6)
    flow = moved(face_model, source, driving)
    for eye in eye_contours(face_model):
        before, after = source[eye.iris[0], :2], driving[eye.iris[0], :2]
        assert after[0] - before[0] > 5
        column, row = after.astype(int)
        for aside in (-5, 0, 5):
            assert flow[row, column + aside] - still()[row, column + aside] == pytest.approx(
                before - after, abs=1.0
            )


def test_a_mirrored_eye_is_fetched_from_the_other_one(face_model: FaceModel) -> None:
    face = landmarks(face_model)
    left, right = eye_contours(face_model)
    flow = still()
    put_eyes(flow, GRID, [EyeMotion(left, face, face, 1.0, mirror_indices(face_model))])
    column, row = face[left.iris[0], :2].astype(int)
    assert flow[row, column] == pytest.approx(face[right.iris[0], :2], abs=2)
    outward = flow[row, column + 8, 0] - flow[row, column, 0]
    assert outward == pytest.approx(-8, abs=1.5)


def test_eyes_that_are_not_seen_are_left_to_the_flow(face_model: FaceModel) -> None:
    source, driving = landmarks(face_model), landmarks(face_model, eyeBlinkLeft=1.0)
    np.testing.assert_array_equal(moved(face_model, source, driving, seen=0.0), still())
    edge_on = source.copy()
    edge_on[:, :2] = 256
    np.testing.assert_array_equal(moved(face_model, edge_on, driving), still())


def test_eyes_outside_the_picture_are_none_of_its_business(face_model: FaceModel) -> None:
    away = landmarks(face_model) + np.array([2000, 0, 0], np.float32)
    np.testing.assert_array_equal(moved(face_model, away, away), still())
