"""Stringing edges together, and the contours that ship."""

from dataclasses import fields

import numpy as np

from pechead.face.model import FaceModel
from pechead.training.contours import chains, face_contours


def test_a_ring_is_walked_once_around() -> None:
    assert chains([(3, 1), (2, 4), (1, 2), (4, 3)]) == [[3, 1, 2, 4]]


def test_an_open_chain_starts_at_an_end() -> None:
    (chain,) = chains([(5, 6), (7, 5), (6, 8)])
    assert chain in ([7, 5, 6, 8], [8, 6, 5, 7])


def test_separate_parts_stay_separate() -> None:
    assert chains([(1, 2), (2, 3), (3, 1), (7, 8), (8, 9), (9, 7)]) == [[1, 2, 3], [7, 8, 9]]


def test_the_contours_that_ship_are_mediapipes(face_model: FaceModel) -> None:
    ours, theirs = face_model.contours, face_contours()
    for field in fields(ours):
        np.testing.assert_array_equal(getattr(ours, field.name), getattr(theirs, field.name))
