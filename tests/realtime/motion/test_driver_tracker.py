"""From keypoints to the driver's motion: faces made from the model, seen by a camera of any size."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES, index
from pechead.face.model import FaceModel
from pechead.face.pose import Pose, angles, rotation_from_angles
from pechead.landmarker.detector import Keypoints
from pechead_live.motion.driver import DriverTracker, in_pixels, size_free

SIZE = (1280, 720)


def someone(model: FaceModel, seed: int) -> NDArray[np.float32]:
    """An identity."""
    return np.random.default_rng(seed).normal(0, 1, len(model.identity_basis)).astype(np.float32)


def seen(
    model: FaceModel,
    identity: NDArray[np.float32],
    pose: Pose,
    noise: float = 0.0,
    seed: int = 0,
    **weights: float,
) -> Keypoints:
    """The keypoints of a face."""
    expression = np.zeros(len(NAMES), np.float32)
    for name, value in weights.items():
        expression[index(name)] = value
    landmarks = pose.project(model.shape(identity, expression))
    landmarks += np.random.default_rng(seed).normal(0, noise, landmarks.shape).astype(np.float32)
    return Keypoints(landmarks, expression, SIZE)


@pytest.fixture
def pose() -> Pose:
    return Pose(rotation_from_angles(12, -5, 3), np.array([700, 300, 0], np.float32), 15.0)


def test_motion_is_measured_in_picture_heights_from_the_centre(pose: Pose) -> None:
    motion = size_free(pose, np.zeros(52, np.float32), SIZE)
    assert motion.translation == pytest.approx([60 / 720, -60 / 720])
    assert motion.scale == pytest.approx(15 / 720)
    again = in_pixels(motion, SIZE)
    assert again.translation[:2] == pytest.approx(pose.translation[:2], abs=1e-3)
    assert again.scale == pytest.approx(pose.scale)


def test_pose_and_expression_of_a_face_are_found(face_model: FaceModel, pose: Pose) -> None:
    tracker = DriverTracker(face_model)
    for i in range(10):
        motion = tracker.step(seen(face_model, someone(face_model, 1), pose, 0.3, seed=i, jawOpen=0.3))
    found = angles(motion.rotation)
    assert (found.yaw, found.pitch, found.roll) == pytest.approx((12, -5, 3), abs=1)
    assert motion.translation == pytest.approx([60 / 720, -60 / 720], abs=0.004)
    assert motion.scale == pytest.approx(15 / 720, rel=0.03)
    assert motion.expression[index("jawOpen")] == pytest.approx(0.3, abs=0.05)


def test_the_same_face_in_a_picture_twice_as_large_moves_the_same(face_model: FaceModel, pose: Pose) -> None:
    keypoints = seen(face_model, someone(face_model, 1), pose, jawOpen=0.2)
    twice = replace(keypoints, landmarks=keypoints.landmarks * 2, size=(SIZE[0] * 2, SIZE[1] * 2))
    small, large = DriverTracker(face_model).step(keypoints), DriverTracker(face_model).step(twice)
    assert large.rotation == pytest.approx(small.rotation, abs=1e-3)
    assert large.translation == pytest.approx(small.translation, abs=1e-3)
    assert large.scale == pytest.approx(small.scale, rel=1e-3)


def test_the_identity_settles_on_the_mean_of_many_frames(face_model: FaceModel, pose: Pose) -> None:
    person, tracker = someone(face_model, 2), DriverTracker(face_model)
    errors = []
    for i in range(40):
        tracker.step(seen(face_model, person, pose, noise=4.0, seed=i))
        assert tracker.identity is not None
        errors.append(float(np.linalg.norm(tracker.identity - person)))
    assert errors[-1] < 0.6 * errors[0]


def test_faces_turned_far_do_not_change_the_identity(face_model: FaceModel, pose: Pose) -> None:
    tracker = DriverTracker(face_model)
    tracker.step(seen(face_model, someone(face_model, 3), pose))
    before = tracker.identity
    aside = replace(pose, rotation=rotation_from_angles(40, 0, 0))
    tracker.step(seen(face_model, someone(face_model, 4), aside))
    assert tracker.identity is before


def someone_else(model: FaceModel) -> NDArray[np.float32]:
    """Six standard deviations from person 5, as far as one stranger mostly is from another."""
    identity = someone(model, 5)
    direction = someone(model, 6)
    return identity + 6 * direction / np.linalg.norm(direction)


def watch(tracker: DriverTracker, model: FaceModel, identity: NDArray[np.float32], pose: Pose) -> list[int]:
    """The person counted in each of forty frames of a talking face."""
    return [
        tracker.step(seen(model, identity, pose, noise=1.0, seed=i, jawOpen=0.4 * (i % 2))).person
        for i in range(40)
    ]


def test_another_person_in_another_place_is_noticed(face_model: FaceModel, pose: Pose) -> None:
    tracker = DriverTracker(face_model)
    elsewhere = replace(pose, translation=pose.translation + np.array([200, 30, 0], np.float32))
    assert set(watch(tracker, face_model, someone(face_model, 5), pose)) == {0}
    people = watch(tracker, face_model, someone_else(face_model), elsewhere)
    assert people[-1] == 1
    assert people.count(0) < 15
    assert tracker.identity is not None
    assert np.linalg.norm(tracker.identity - someone_else(face_model)) < 3


def test_the_same_person_in_another_place_stays_the_same(face_model: FaceModel, pose: Pose) -> None:
    tracker, person = DriverTracker(face_model), someone(face_model, 5)
    nearer = replace(pose, scale=pose.scale * 1.5)
    assert set(watch(tracker, face_model, person, pose) + watch(tracker, face_model, person, nearer)) == {0}


def test_without_a_jump_it_is_the_same_person(face_model: FaceModel, pose: Pose) -> None:
    tracker = DriverTracker(face_model)
    watch(tracker, face_model, someone(face_model, 5), pose)
    assert set(watch(tracker, face_model, someone_else(face_model), pose)) == {0}
