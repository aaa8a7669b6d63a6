"""Fitting the face model: to faces made from it, and to the portrait."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES, index
from pechead.face.fit import EXPRESSION_RANGE, fit_face
from pechead.face.model import FaceModel
from pechead.face.pose import Pose, angles, rotation_from_angles
from pechead.landmarker.detector import Keypoints

Array = NDArray[np.float32]

on_a_session_fixture = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)


def weights(**named: float) -> Array:
    """Blendshape weights by name, the others zero."""
    expression = np.zeros(len(NAMES), np.float32)
    for name, value in named.items():
        expression[index(name)] = value
    return expression


def someone(model: FaceModel, seed: int) -> Array:
    """An identity."""
    return np.random.default_rng(seed).normal(0, 1, len(model.identity_basis)).astype(np.float32)


def frontal(scale: float = 8.0) -> Pose:
    return Pose(np.eye(3, dtype=np.float32), np.array([128, 128, 0], np.float32), scale)


def miss(found: Array, wanted: Array) -> float:
    """Mean distance in the picture."""
    return float(np.linalg.norm((found - wanted)[:, :2], axis=1).mean())


@on_a_session_fixture
@given(
    yaw=st.floats(-40, 40),
    pitch=st.floats(-30, 30),
    roll=st.floats(-60, 60),
    scale=st.floats(3, 40),
    seed=st.integers(0, 100),
)
def test_the_pose_of_a_known_person_is_found(
    face_model: FaceModel, yaw: float, pitch: float, roll: float, scale: float, seed: int
) -> None:
    pose = Pose(rotation_from_angles(yaw, pitch, roll), np.array([300, 200, 0], np.float32), scale)
    person, smile = someone(face_model, seed), weights(mouthSmileLeft=0.5, mouthSmileRight=0.5)
    landmarks = pose.project(face_model.shape(person, smile))
    fit = fit_face(face_model, landmarks, smile, person)
    turned = angles(fit.pose.rotation)
    assert (turned.yaw, turned.pitch, turned.roll) == pytest.approx((yaw, pitch, roll), abs=0.1)
    assert fit.pose.scale == pytest.approx(scale, rel=2e-3)
    np.testing.assert_allclose(fit.pose.translation, pose.translation, atol=0.02 * scale)


@on_a_session_fixture
@given(seed=st.integers(0, 100), yaw=st.floats(-40, 40), noise=st.floats(0, 5))
def test_with_the_residual_the_fit_is_exact(
    face_model: FaceModel, seed: int, yaw: float, noise: float
) -> None:
    pose = Pose(rotation_from_angles(yaw, 5, -10), np.array([300, 200, 0], np.float32), 12.0)
    landmarks = pose.project(face_model.shape(someone(face_model, seed), weights(jawOpen=0.4)))
    landmarks += np.random.default_rng(seed).normal(0, noise, landmarks.shape).astype(np.float32)
    fit = fit_face(face_model, landmarks, weights(jawOpen=0.3))
    np.testing.assert_allclose(fit.landmarks(face_model), landmarks, atol=5e-3)


@pytest.mark.parametrize("name", ["jawOpen", "eyeBlinkLeft", "mouthSmileRight", "browInnerUp", "mouthLeft"])
def test_landmarks_correct_a_wrong_score(face_model: FaceModel, name: str) -> None:
    landmarks = frontal().project(face_model.shape(someone(face_model, 1), weights(**{name: 0.7})))
    fit = fit_face(face_model, landmarks, weights(**{name: 0.5}), someone(face_model, 1))
    assert fit.expression[index(name)] == pytest.approx(0.7, abs=0.08)
    assert np.abs(fit.expression - weights(**{name: 0.7})).mean() < 0.02


def test_a_known_person_stays_who_they_are(face_model: FaceModel) -> None:
    landmarks = frontal().project(face_model.shape(someone(face_model, 1), weights()))
    fit = fit_face(face_model, landmarks, weights(), someone(face_model, 2))
    np.testing.assert_array_equal(fit.identity, someone(face_model, 2))


def test_a_stranger_is_told_from_the_average_person(face_model: FaceModel) -> None:
    person = someone(face_model, 3)
    landmarks = frontal(20.0).project(face_model.shape(person, weights()))
    fit = fit_face(face_model, landmarks, weights())
    assert np.linalg.norm(fit.identity - person) < 0.6 * np.linalg.norm(person)
    shape = face_model.shape(fit.identity, fit.expression)
    assert miss(fit.pose.project(shape), landmarks) < 0.02 * 20.0


def test_what_the_landmarks_cannot_tell_is_left_to_the_scores(face_model: FaceModel) -> None:
    unlearned = [name for name in NAMES if not face_model.expression_basis[index(name)].any()]
    assert "cheekPuff" in unlearned
    fit = fit_face(
        face_model, frontal().project(face_model.mean), weights(cheekPuff=0.4), someone(face_model, 0) * 0
    )
    assert fit.expression[index("cheekPuff")] == pytest.approx(0.4, abs=1e-4)


def test_impossible_weights_are_cut_off_but_the_landmarks_still_met(face_model: FaceModel) -> None:
    landmarks = frontal().project(face_model.shape(someone(face_model, 1), weights(jawOpen=4.0)))
    fit = fit_face(face_model, landmarks, weights(jawOpen=1.0), someone(face_model, 1))
    assert fit.expression.max() == pytest.approx(EXPRESSION_RANGE[1])
    assert fit.expression.min() >= EXPRESSION_RANGE[0]
    np.testing.assert_allclose(fit.landmarks(face_model), landmarks, atol=5e-3)


def test_the_same_face_twice_as_large_has_the_same_expression(face_model: FaceModel) -> None:
    landmarks = frontal().project(face_model.shape(someone(face_model, 4), weights(jawOpen=0.6)))
    small = fit_face(face_model, landmarks, weights(jawOpen=0.5))
    large = fit_face(face_model, landmarks * 2, weights(jawOpen=0.5))
    assert large.expression == pytest.approx(small.expression, abs=1e-3)
    assert large.identity == pytest.approx(small.identity, abs=1e-2)
    assert large.pose.scale == pytest.approx(2 * small.pose.scale, rel=1e-4)


def test_another_expression_and_pose_keep_the_residual(face_model: FaceModel) -> None:
    """A wart moves along: a landmark that the model cannot explain stays off, turned with the head."""
    landmarks = frontal(20.0).project(face_model.mean)
    landmarks[0] += (0, 0, -10)
    fit = fit_face(face_model, landmarks, weights())
    left = Pose(rotation_from_angles(-90, 0, 0), np.zeros(3, np.float32), 20.0)
    without = left.project(face_model.shape(fit.identity, weights(jawOpen=1)))
    change = fit.landmarks(face_model, left, weights(jawOpen=1)) - without
    assert change[0, 0] < -5
    assert np.abs(change[1:]).max() < 5


def test_the_portrait_is_met_within_a_pixel(face_model: FaceModel, portrait_keypoints: Keypoints) -> None:
    fit = fit_face(face_model, portrait_keypoints.landmarks, portrait_keypoints.expression_scores)
    projected = fit.pose.project(face_model.shape(fit.identity, fit.expression))
    unit = 256 / 2.15 / portrait_keypoints.face_height
    assert miss(projected, portrait_keypoints.landmarks) * unit < 0.5
    turned = angles(fit.pose.rotation)
    assert abs(turned.yaw) < 25
    assert abs(turned.pitch) < 25
    assert fit.expression[index("mouthSmileLeft")] > 0.4
