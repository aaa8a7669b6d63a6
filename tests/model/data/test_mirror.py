"""Left and right exchanged: what is called left stays the person's own left."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.data.mirror import (
    mirrored_expression,
    mirrored_fit,
    mirrored_image,
    mirrored_landmarks,
    mirrored_name,
)
from pechead.face.blendshapes import NAMES
from pechead.face.fit import fit_face
from pechead.face.model import FaceModel
from pechead.face.pose import angles
from pechead.face.symmetry import mirror_indices
from pechead.landmarker.detector import FaceDetector

Picture = NDArray[np.uint8]


Indices = NDArray[np.int64]


@pytest.fixture(scope="module")
def mirror(face_model: FaceModel) -> Indices:
    return mirror_indices(face_model)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("eyeBlinkLeft", "eyeBlinkRight"),
        ("mouthRight", "mouthLeft"),
        ("jawLeft", "jawRight"),
        ("eyeLookInLeft", "eyeLookInRight"),
        ("jawOpen", "jawOpen"),
        ("_neutral", "_neutral"),
    ],
)
def test_blendshapes_change_sides(name: str, other: str) -> None:
    expression = np.zeros(52, np.float32)
    expression[NAMES.index(name)] = 1
    assert mirrored_name(name) == other
    assert NAMES[int(mirrored_expression(expression).argmax())] == other


def test_mirroring_twice_changes_nothing(moving_frames: list[Picture], mirror: Indices) -> None:
    picture = moving_frames[2]
    landmarks = np.random.default_rng(0).uniform(0, 224, (478, 3)).astype(np.float32)
    expression = np.random.default_rng(1).random((3, 52)).astype(np.float32)
    twice = mirrored_landmarks(mirrored_landmarks(landmarks, mirror, 224), mirror, 224)
    np.testing.assert_allclose(twice, landmarks, atol=1e-4)
    np.testing.assert_array_equal(mirrored_expression(mirrored_expression(expression)), expression)
    np.testing.assert_array_equal(mirrored_image(mirrored_image(picture)), picture)


def test_landmarker_agrees_in_the_mirrored_picture(
    moving_frames: list[Picture], image_detector: FaceDetector, mirror: Indices, face_model: FaceModel
) -> None:
    (face,) = image_detector.detect(moving_frames[2])
    (there,) = image_detector.detect(mirrored_image(moving_frames[2]))
    expected = mirrored_landmarks(face.landmarks, mirror, 224)
    error = np.linalg.norm(expected[:, :2] - there.landmarks[:, :2], axis=1)
    wrong_names = np.linalg.norm(expected[mirror, :2] - there.landmarks[:, :2], axis=1)
    assert error.mean() < 2.5
    assert wrong_names.mean() > 20
    fit = mirrored_fit(fit_face(face_model, face.landmarks, face.expression_scores), face_model, mirror, 224)
    seen = fit_face(face_model, there.landmarks, there.expression_scores)
    turned, expected_turn = angles(seen.pose.rotation), angles(fit.pose.rotation)
    assert abs(expected_turn.yaw) > 8
    np.testing.assert_allclose(
        [turned.yaw, turned.pitch, turned.roll],
        [expected_turn.yaw, expected_turn.pitch, expected_turn.roll],
        atol=2.5,
    )


def test_mirrored_fit_has_exactly_the_mirrored_landmarks(
    moving_frames: list[Picture], image_detector: FaceDetector, mirror: Indices, face_model: FaceModel
) -> None:
    (face,) = image_detector.detect(moving_frames[14])
    fit = fit_face(face_model, face.landmarks, face.expression_scores)
    mirrored = mirrored_fit(fit, face_model, mirror, 224)
    expected = mirrored_landmarks(fit.landmarks(face_model), mirror, 224)
    np.testing.assert_allclose(mirrored.landmarks(face_model), expected, atol=2e-3)


def test_mirrored_pairs_fit_as_well_as_the_pairs_themselves(
    moving_frames: list[Picture], image_detector: FaceDetector, mirror: Indices, face_model: FaceModel
) -> None:
    faces = [image_detector.detect(moving_frames[index])[0] for index in (2, 13)]
    source = fit_face(face_model, faces[0].landmarks, faces[0].expression_scores)
    driving = fit_face(face_model, faces[1].landmarks, faces[1].expression_scores, source.identity)
    there = mirrored_fit(source, face_model, mirror, 224)
    driving_there = mirrored_fit(driving, face_model, mirror, 224, there.identity)
    moved = source.landmarks(face_model, driving.pose, driving.expression)
    moved_there = there.landmarks(face_model, driving_there.pose, driving_there.expression)
    error = np.linalg.norm(moved - faces[1].landmarks, axis=1).mean()
    expected = mirrored_landmarks(faces[1].landmarks, mirror, 224)
    error_there = np.linalg.norm(moved_there - expected, axis=1).mean()
    assert error_there < 1.3 * error + 0.1


def test_pairs_of_landmarks_are_mutual_and_on_the_same_part(mirror: Indices, face_model: FaceModel) -> None:
    np.testing.assert_array_equal(mirror[mirror], np.arange(478))
    contours = face_model.contours
    for left, right in (
        (contours.left_eye, contours.right_eye),
        (contours.left_iris, contours.right_iris),
        (contours.left_eyebrow, contours.right_eyebrow),
        (contours.inner_lips, contours.inner_lips),
        (contours.outer_lips, contours.outer_lips),
        (contours.face_oval, contours.face_oval),
    ):
        assert set(mirror[left]) == set(right)
