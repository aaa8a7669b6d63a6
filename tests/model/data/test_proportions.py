"""A pair as if of another person."""

import cv2
import numpy as np
import pytest

from pechead.data.clip import Clip
from pechead.data.proportions import Proportions
from pechead.face.model import FaceModel


def test_pictures_and_landmarks_change_alike() -> None:
    """Dots stay where the matrix takes them, to a fraction of a pixel."""
    change = Proportions.draw(256, 0.2, 0.1, 12, np.random.default_rng(1))
    dots = np.array([[90.5, 100.5], [160.5, 80.5], [128.5, 190.5]])
    picture = np.zeros((256, 256, 3), np.uint8)
    for x, y in dots.astype(int):
        picture[y, x] = 255
    changed = change.image(np.asarray(cv2.GaussianBlur(picture, (0, 0), 2) * 8, np.uint8))[..., 0].astype(
        float
    )
    columns, rows = np.meshgrid(np.arange(256) + 0.5, np.arange(256) + 0.5)
    for dot in dots @ change.matrix[:, :2].T + change.matrix[:, 2]:
        near = changed * (np.hypot(columns - dot[0], rows - dot[1]) < 12)
        found = np.array([(near * columns).sum(), (near * rows).sum()]) / near.sum()
        np.testing.assert_allclose(found, dot, atol=0.15)


def test_the_fit_follows_and_the_person_is_another_one(clips: dict[str, Clip], face_model: FaceModel) -> None:
    track, size = clips["anna_1"].track, clips["anna_1"].info.size
    change = Proportions.draw(size, 0.3, 0.0, 10, np.random.default_rng(2))
    source, driving = track.fit(2, face_model), track.fit(12, face_model)
    first = change.fit(source, face_model)
    second = change.fit(driving, face_model, first.identity)
    for before, after in ((source, first), (driving, second)):
        wanted = before.landmarks(face_model)[:, :2] @ change.matrix[:, :2].T + change.matrix[:, 2]
        np.testing.assert_allclose(after.landmarks(face_model)[:, :2], wanted, atol=0.05)
    assert np.linalg.norm(first.identity - source.identity) > 0.3
    np.testing.assert_array_equal(second.identity, first.identity)


def test_nothing_changes_without_reach() -> None:
    change = Proportions.draw(64, 0, 0, 0, np.random.default_rng(0))
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    np.testing.assert_array_equal(change.image(picture), picture)
    assert change.matrix == pytest.approx(np.eye(2, 3), abs=1e-6)
