"""What only the preview shows."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead_live.clock import ManualClock
from pechead_live.compositor.badge import Badge
from pechead_live.controls.controls import NOTICE_SECONDS, Controls
from pechead_live.controls.overlay import RENEWED_EVERY, PreviewDecoration
from pechead_live.controls.state import ControlState

Picture = NDArray[np.uint8]
SIZE = (512, 512)


class Preview:
    """A decoration with everything that belongs to it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.controls = Controls(ControlState(), self.clock)
        self.figures = ["30.0 fps in", "frame age 20 ms"]
        self.asked = 0
        self.decorate = PreviewDecoration(self.controls, self.clock, self.lines, Badge(SIZE))

    def lines(self) -> list[str]:
        self.asked += 1
        return self.figures


@pytest.fixture
def preview() -> Preview:
    return Preview()


def changed(one: Picture, other: Picture) -> tuple[NDArray[np.intp], ...]:
    return np.nonzero((one != other).any(axis=-1))


def test_unless_asked_it_shows_what_the_others_see(preview: Preview, portrait_photo: Picture) -> None:
    assert preview.decorate(portrait_photo) is portrait_photo


def test_figures_stand_in_the_upper_left_corner_and_the_frame_stays_as_it_is(
    preview: Preview, portrait_photo: Picture
) -> None:
    preview.controls.do("overlay", True)
    preview.clock.sleep(NOTICE_SECONDS)
    kept = portrait_photo.copy()
    shown = preview.decorate(portrait_photo)
    np.testing.assert_array_equal(portrait_photo, kept)
    rows, columns = changed(shown, portrait_photo)
    assert rows.max() < 60
    assert 60 < columns.max() < 300


def test_figures_are_renewed_as_often_as_they_can_be_read(preview: Preview, portrait_photo: Picture) -> None:
    preview.controls.do("overlay", True)
    first = preview.decorate(portrait_photo)
    preview.figures = ["7.5 fps in"]
    np.testing.assert_array_equal(preview.decorate(portrait_photo), first)
    preview.clock.sleep(RENEWED_EVERY)
    assert changed(preview.decorate(portrait_photo), first)[0].size
    assert preview.asked == 2


def test_what_was_done_is_shown_for_a_moment_without_the_figures(
    preview: Preview, portrait_photo: Picture
) -> None:
    preview.controls.press("u")
    assert changed(preview.decorate(portrait_photo), portrait_photo)[0].size
    preview.clock.sleep(NOTICE_SECONDS)
    assert preview.decorate(portrait_photo) is portrait_photo


def test_a_mirrored_preview_leaves_the_badge_readable(preview: Preview, portrait_photo: Picture) -> None:
    marked = portrait_photo.copy()
    badge = Badge(SIZE)
    badge.mark(marked)
    preview.controls.press("m")
    preview.clock.sleep(NOTICE_SECONDS)
    shown = preview.decorate(marked)
    expected = marked[:, ::-1].copy()
    badge.unmirror(expected)
    np.testing.assert_array_equal(shown, expected)


def test_lines_that_are_longer_than_the_picture_are_cut(preview: Preview, portrait_photo: Picture) -> None:
    preview.figures = ["much " * 60] * 60
    preview.controls.do("overlay", True)
    assert preview.decorate(portrait_photo[:90, :64]).shape == (90, 64, 3)
