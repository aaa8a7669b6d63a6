"""The square around a face: how large it is, where it lies, what it holds beyond the photo's edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pechead_live.source.crop import FACE_CROP_SCALE, FACE_CROP_STEP, cut_out, face_crop, whole_photo
from pechead_live.source.portrait import Crop


def face(left: float, top: float, right: float, bottom: float) -> NDArray[np.float32]:
    """Landmarks that span a box."""
    return np.linspace((left, top, 0), (right, bottom, 0), 478, dtype=np.float32)


def test_the_crop_is_a_square_in_proportion_to_the_faces_longer_side() -> None:
    crop = face_crop(face(500, 400, 600, 520), (1200, 1000))
    assert crop.width == crop.height
    assert 0 <= crop.width - FACE_CROP_SCALE * 120 < FACE_CROP_STEP


def test_the_face_is_centred_across_and_a_little_below_the_middle() -> None:
    crop = face_crop(face(500, 400, 600, 520), (1200, 1000))
    assert crop.left + crop.width / 2 == pytest.approx(550, abs=1)
    assert 0.03 < (460 - (crop.top + crop.height / 2)) / crop.height < 0.1


def test_a_crop_that_fits_is_moved_inside_the_photo() -> None:
    crop = face_crop(face(0, 0, 100, 120), (1200, 1000))
    assert (crop.left, crop.top) == (0, 0)
    crop = face_crop(face(1100, 880, 1200, 1000), (1200, 1000))
    assert (crop.left + crop.width, crop.top + crop.height) == (1200, 1000)


@given(
    photo=st.tuples(st.integers(96, 3000), st.integers(96, 3000)),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    size=st.floats(0.05, 1.2),
)
def test_in_each_direction_the_crop_lies_inside_the_photo_or_covers_it(
    photo: tuple[int, int], place: tuple[float, float], size: float
) -> None:
    x, y, half = place[0] * photo[0], place[1] * photo[1], size * min(photo) / 2
    crop = face_crop(face(x - half, y - half, x + half, y + half), photo)
    for start, length, available in ((crop.left, crop.width, photo[0]), (crop.top, crop.height, photo[1])):
        inside = start >= 0 and start + length <= available
        covers = start <= 0 and start + length >= available
        assert inside or covers


def test_the_crop_never_holds_more_than_the_whole_photo_and_its_edge() -> None:
    crop = face_crop(face(20, 30, 380, 500), (400, 520))
    assert crop.width < 520 + FACE_CROP_STEP


def test_a_crop_wider_than_the_photo_has_the_face_in_its_middle() -> None:
    crop = face_crop(face(20, 200, 220, 420), (300, 600))
    assert crop.width > 300
    assert crop.left + crop.width / 2 == pytest.approx(120, abs=1)


def test_the_cut_out_holds_the_photos_pixels_and_repeats_its_edge() -> None:
    photo = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    part = cut_out(photo, Crop(-2, 1, 5, 6))
    assert part.shape == (6, 5, 3)
    np.testing.assert_array_equal(part[:3, 2:], photo[1:, :3])
    np.testing.assert_array_equal(part[:3, :2], np.repeat(photo[1:, :1], 2, axis=1))
    np.testing.assert_array_equal(part[3:], np.repeat(part[2:3], 3, axis=0))


def test_the_cut_out_is_a_copy() -> None:
    photo = np.zeros((4, 6, 3), np.uint8)
    cut_out(photo, whole_photo((6, 4)))[:] = 9
    assert not photo.any()
