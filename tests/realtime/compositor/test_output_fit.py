"""Which part of the photo shows in an output of another shape, where, and what fills the rest."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead_live.compositor.fit import (
    EYE_HEIGHT,
    FitMode,
    Rectangle,
    fill_window,
    lay_out,
    still_canvas,
    suggest_fit_mode,
)
from pechead_live.source.portrait import SourcePortrait

MakePortrait = Callable[..., SourcePortrait]
Gradient = Callable[[int, int], NDArray[np.uint8]]


def test_filling_shows_as_much_of_the_photo_as_the_outputs_shape_allows(
    make_portrait: MakePortrait, gradient: Gradient
) -> None:
    portrait = make_portrait(gradient(800, 1000), (300, 300, 500, 540))
    left, _, width, height = fill_window(portrait, (1280, 720))
    assert (left, width) == (0, 800)
    assert height == pytest.approx(450)
    _, top, width, height = fill_window(portrait, (300, 1000))
    assert (top, height) == (0, 1000)
    assert width == pytest.approx(300)


def test_filling_centres_the_face_across(make_portrait: MakePortrait, gradient: Gradient) -> None:
    portrait = make_portrait(gradient(1600, 600), (900, 200, 1100, 440))
    left, _, width, _ = fill_window(portrait, (600, 600))
    assert left + width / 2 == pytest.approx(1000)


def test_filling_puts_the_eyes_above_the_middle(make_portrait: MakePortrait, gradient: Gradient) -> None:
    portrait = make_portrait(gradient(1000, 1600), (450, 600, 550, 720))
    _, top, _, height = fill_window(portrait, (1000, 600))
    eyes = 600 + 0.35 * 120
    assert (eyes - top) / height == pytest.approx(EYE_HEIGHT)


def test_filling_shows_hair_and_chin_where_both_fit(make_portrait: MakePortrait, gradient: Gradient) -> None:
    portrait = make_portrait(gradient(1000, 1600), (300, 500, 700, 980))
    _, top, _, height = fill_window(portrait, (1000, 710))
    assert top <= 500 - 0.4 * 480
    assert top + height >= 980


@pytest.mark.parametrize("face", [(0, 0, 200, 240), (1400, 350, 1600, 590)])
def test_filling_stays_inside_the_photo(
    face: tuple[int, int, int, int], make_portrait: MakePortrait, gradient: Gradient
) -> None:
    portrait = make_portrait(gradient(1600, 600), face)
    for size in ((300, 300), (1280, 300)):
        left, top, width, height = fill_window(portrait, size)
        assert left >= 0
        assert top >= 0
        assert left + width <= 1600
        assert top + height <= 600


def test_bars_lie_evenly_on_both_sides(make_portrait: MakePortrait, gradient: Gradient) -> None:
    tall = make_portrait(gradient(300, 600), (100, 200, 200, 320))
    assert lay_out(tall, (1280, 720), "letterbox").content == Rectangle(460, 0, 820, 720)
    wide = make_portrait(gradient(600, 300), (250, 100, 350, 220))
    assert lay_out(wide, (720, 1280), "blur").content == Rectangle(0, 460, 720, 820)


def test_without_an_output_size_nothing_is_scaled(make_portrait: MakePortrait, gradient: Gradient) -> None:
    portrait = make_portrait(gradient(801, 603), (350, 200, 450, 320))
    layout = lay_out(portrait, None, "fill")
    assert layout.size == (801, 603)
    assert layout.crop.size == (portrait.crop.width, portrait.crop.height)
    np.testing.assert_array_equal(still_canvas(portrait.photo, layout, "fill"), portrait.photo)


@pytest.mark.parametrize("mode", ["fill", "letterbox", "blur"])
@pytest.mark.parametrize("size", [(1280, 720), (641, 359), (500, 900)])
def test_the_photo_is_placed_with_the_crop_to_a_fraction_of_a_pixel(
    mode: FitMode, size: tuple[int, int], make_portrait: MakePortrait, gradient: Gradient
) -> None:
    portrait = make_portrait(gradient(700, 560), (300, 200, 400, 320))
    layout = lay_out(portrait, size, mode)
    shown = still_canvas(portrait.photo, layout, mode)[layout.content.slices]
    across = where_in_photo(
        np.arange(layout.content.left, layout.content.right, dtype=np.float64),
        (layout.crop.left, layout.crop.right),
        (portrait.crop.left, portrait.crop.left + portrait.crop.width),
    )
    down = where_in_photo(
        np.arange(layout.content.top, layout.content.bottom, dtype=np.float64),
        (layout.crop.top, layout.crop.bottom),
        (portrait.crop.top, portrait.crop.top + portrait.crop.height),
    )
    # The gradient's colours, whole numbers below the exact ones, tell where in the photo a pixel comes from.
    red, green = (shown[..., channel].astype(float) + 0.5 for channel in (0, 1))
    assert abs((red.mean(axis=0) * 699 / 255 + 0.5 - across).mean()) < 0.3
    assert abs((green.mean(axis=1) * 559 / 255 + 0.5 - down).mean()) < 0.3


def where_in_photo(
    pixels: NDArray[np.float64], crop_in_output: tuple[int, int], crop_in_photo: tuple[int, int]
) -> NDArray[np.float64]:
    """Centres of output pixels, in photo pixels along one axis, by where the crop lies in both."""
    scale = (crop_in_photo[1] - crop_in_photo[0]) / (crop_in_output[1] - crop_in_output[0])
    return crop_in_photo[0] + (pixels + 0.5 - crop_in_output[0]) * scale


@pytest.mark.parametrize(
    ("mode", "size"), [("fill", (1280, 720)), ("letterbox", (512, 512)), ("blur", (300, 720))]
)
def test_the_photo_keeps_its_proportions(
    mode: FitMode, size: tuple[int, int], make_portrait: MakePortrait, gradient: Gradient
) -> None:
    layout = lay_out(make_portrait(gradient(700, 560), (300, 200, 400, 320)), size, mode)
    left, top, right, bottom = layout.window
    width, height = layout.content.size
    assert (right - left) / width == pytest.approx((bottom - top) / height, rel=0.01)


def test_letterbox_bars_are_black(make_portrait: MakePortrait) -> None:
    portrait = make_portrait(np.full((600, 300, 3), 200, np.uint8), (100, 200, 200, 320))
    canvas = still_canvas(portrait.photo, lay_out(portrait, (1280, 720), "letterbox"), "letterbox")
    assert not canvas[:, :460].any()
    assert not canvas[:, 820:].any()
    assert (canvas[:, 460:820] == 200).all()


def test_blurred_bars_are_a_darker_and_smoother_photo(make_portrait: MakePortrait) -> None:
    checks = np.kron(np.indices((60, 30)).sum(axis=0) % 2, np.ones((10, 10), int))
    photo = np.repeat((checks * 255).astype(np.uint8)[..., None], 3, axis=-1)
    portrait = make_portrait(photo, (100, 200, 200, 320))
    canvas = still_canvas(photo, lay_out(portrait, (1280, 720), "blur"), "blur")
    for bar in (canvas[:, :460], canvas[:, 820:]):
        assert 40 < bar.mean() < 100
        assert bar.std() < 0.1 * canvas[:, 460:820].std()


def test_filling_is_suggested_where_the_head_fits(make_portrait: MakePortrait, gradient: Gradient) -> None:
    small_face = make_portrait(gradient(800, 1000), (350, 300, 450, 420))
    large_face = make_portrait(gradient(800, 1000), (200, 300, 600, 780))
    assert suggest_fit_mode(small_face, (1280, 720)) == "fill"
    assert suggest_fit_mode(large_face, (1280, 720)) == "blur"
    assert suggest_fit_mode(large_face, (720, 900)) == "fill"
