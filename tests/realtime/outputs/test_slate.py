"""The picture that is shown until the avatar is there."""

import numpy as np
import pytest

from pechead_live.outputs.slate import draw_slate


def test_it_is_dark_calm_and_the_same_each_time() -> None:
    slate = draw_slate((1280, 720), "starting")

    assert slate.shape == (720, 1280, 3)
    assert slate.dtype == np.uint8
    assert 15 < slate.mean() < 60
    np.testing.assert_array_equal(slate, draw_slate((1280, 720), "starting"))


def test_the_text_stands_below_the_figure_and_nowhere_else() -> None:
    with_text, without = draw_slate((1280, 720), "starting"), draw_slate((1280, 720), "")
    rows, columns = np.nonzero((with_text != without).any(axis=2))

    assert rows.min() > 720 * 0.7
    assert rows.max() < 720 * 0.95
    assert columns.min() + columns.max() == pytest.approx(1280, abs=6)


def test_a_long_text_is_made_smaller_until_it_fits() -> None:
    text = "the camera is gone, waiting for it to be plugged in again"
    with_text, without = draw_slate((320, 240), text), draw_slate((320, 240), "")
    columns = np.nonzero((with_text != without).any(axis=2))[1]

    assert columns.min() > 0
    assert columns.max() < 319


@pytest.mark.parametrize("size", [(2, 2), (90, 160), (4096, 16)])
def test_any_size_can_be_had(size: tuple[int, int]) -> None:
    assert draw_slate(size, "starting").shape == (size[1], size[0], 3)
