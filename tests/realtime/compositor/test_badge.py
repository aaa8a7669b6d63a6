"""The mark on every picture."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead_live.compositor.badge import Badge

Picture = NDArray[np.uint8]
SIZES = [(1280, 720), (720, 1280), (512, 512), (64, 48)]


def plain(size: tuple[int, int], grey: int) -> Picture:
    return np.full((size[1], size[0], 3), grey, np.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_it_shows_on_any_picture_and_only_in_its_place(size: tuple[int, int], grey: int) -> None:
    badge, picture = Badge(size), plain(size, grey)
    badge.mark(picture)
    inside = picture[badge.place.slices].astype(int)
    assert np.ptp(inside) > 50, "light letters on dark ground"
    picture[badge.place.slices] = grey
    assert (picture == grey).all()


@pytest.mark.parametrize("size", SIZES[:3])
def test_it_is_small_and_in_the_lower_right_corner(size: tuple[int, int]) -> None:
    place = Badge(size).place
    width, height = place.size
    assert width * height < 0.015 * size[0] * size[1]
    assert place.left > 0.75 * size[0]
    assert place.top > 0.85 * size[1]
    assert (place.right < size[0], place.bottom < size[1]) == (True, True)


def test_what_it_covers_shines_through_but_the_letters_dont(portrait_photo: Picture) -> None:
    badge, picture = Badge((512, 512)), portrait_photo.copy()
    badge.mark(picture)
    again = plain((512, 512), 255)
    badge.mark(again)
    shown = (picture[badge.place.slices] != again[badge.place.slices]).any(axis=-1)
    assert 0.3 < shown.mean() < 1


def test_in_a_mirrored_picture_it_can_be_made_readable(portrait_photo: Picture) -> None:
    badge, picture = Badge((512, 512)), portrait_photo.copy()
    badge.mark(picture)
    mirrored = picture[:, ::-1].copy()
    badge.unmirror(mirrored)
    rows, columns = badge.place.slices
    across = slice(512 - badge.place.right, 512 - badge.place.left)
    np.testing.assert_array_equal(mirrored[rows, across], picture[rows, columns])
    mirrored[rows, across] = 0
    picture[rows, columns] = 0
    np.testing.assert_array_equal(mirrored, picture[:, ::-1])
