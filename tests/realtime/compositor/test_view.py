"""Zoom, place and mirror image of what is shown."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead_live.compositor.view import View, seen

Picture = NDArray[np.uint8]


def blocks() -> Picture:
    """(40, 80, 3): sixteen plain blocks, their red value growing to the right, their green downward."""
    down, across = np.mgrid[0:4, 0:4]
    small = np.stack([60 * across, 60 * down, 0 * down], axis=-1).astype(np.uint8)
    return np.kron(small, np.ones((10, 20, 1), np.uint8))


def test_by_default_it_is_the_picture_itself() -> None:
    picture = blocks()
    assert seen(picture, View()) is picture


@pytest.mark.parametrize(
    ("view", "corner", "middle"),
    [
        (View(zoom=2), (60, 60), (120, 120)),
        (View(zoom=2, x=-1, y=-1), (0, 0), (60, 60)),
        (View(zoom=2, x=1, y=1), (120, 120), (180, 180)),
        (View(zoom=2, x=1, y=-1), (120, 0), (180, 60)),
    ],
)
def test_zoomed_it_shows_a_part_in_the_pictures_size(
    view: View, corner: tuple[int, int], middle: tuple[int, int]
) -> None:
    shown = seen(blocks(), view)
    assert shown.shape == (40, 80, 3)
    np.testing.assert_allclose(shown[4, 8, :2], corner, atol=2)
    np.testing.assert_allclose(shown[-5, -9, :2], middle, atol=2)


def test_mirrored_is_left_for_right_of_the_same_part() -> None:
    for view in (View(mirrored=True), View(3, -0.4, 0.2, mirrored=True)):
        unmirrored = View(view.zoom, view.x, view.y)
        np.testing.assert_array_equal(seen(blocks(), view), seen(blocks(), unmirrored)[:, ::-1])
