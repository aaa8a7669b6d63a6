"""From the animated crop to the output frame."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead_live.compositor.compositor import Compositor
from pechead_live.compositor.fit import FitMode, lay_out, still_canvas
from pechead_live.source.crop import whole_photo
from pechead_live.source.portrait import Crop, SourcePortrait

MakePortrait = Callable[..., SourcePortrait]
Picture = NDArray[np.uint8]
MODES: tuple[FitMode, ...] = ("fill", "letterbox", "blur")

FACE = (180.0, 71.0, 270.0, 177.0)
FACE_IN_TIGHT_PHOTO = (30.0, 31.0, 120.0, 137.0)


@pytest.fixture(scope="module")
def portrait(make_portrait: MakePortrait, portrait_photo: Picture) -> SourcePortrait:
    return make_portrait(portrait_photo, FACE)


def test_an_unmoved_crop_gives_the_photo_back(portrait: SourcePortrait) -> None:
    compositor = Compositor(portrait)
    assert compositor.size == (512, 512)
    np.testing.assert_allclose(compositor.compose(portrait.image), portrait.photo, atol=1)


def test_only_the_crop_changes(portrait: SourcePortrait) -> None:
    frame = Compositor(portrait).compose(255 - portrait.image)
    crop = portrait.crop
    rows, columns = slice(crop.top, crop.top + crop.height), slice(crop.left, crop.left + crop.width)
    outside = np.ones(frame.shape[:2], bool)
    outside[rows, columns] = False
    np.testing.assert_array_equal(frame[outside], portrait.photo[outside])
    middle = np.s_[crop.height // 2, crop.width // 2]
    np.testing.assert_array_equal(frame[rows, columns][middle], 255 - portrait.image[middle])


def test_the_crop_fades_into_the_photo_without_a_step(make_portrait: MakePortrait) -> None:
    grey = make_portrait(np.full((400, 400, 3), 100, np.uint8), (180, 180, 220, 230))
    frame = Compositor(grey).compose(np.full_like(grey.image, 200)).astype(int)
    assert frame.max() == 200
    assert np.abs(np.diff(frame, axis=0)).max() <= 20
    assert np.abs(np.diff(frame, axis=1)).max() <= 20


def test_a_crop_that_reaches_beyond_the_photo_moves_its_edge_pixels_too(make_portrait: MakePortrait) -> None:
    grey = make_portrait(np.full((200, 160, 3), 100, np.uint8), (20, 20, 140, 180))
    assert grey.crop.left < 0
    frame = Compositor(grey).compose(np.full_like(grey.image, 200))
    assert frame.shape == (200, 160, 3)
    assert (frame == 200).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (320, 240), (100, 50)])
def test_frames_have_the_outputs_size_and_rest_as_the_still_photo(
    mode: FitMode, size: tuple[int, int], portrait: SourcePortrait
) -> None:
    compositor = Compositor(portrait, size, mode)
    assert compositor.size == size
    frame = compositor.compose(portrait.image)
    assert frame.shape == (size[1], size[0], 3)
    assert frame.dtype == np.uint8
    still = still_canvas(portrait.photo, lay_out(portrait, size, mode), mode)
    assert np.abs(frame.astype(int) - still).mean() < 1


@pytest.mark.parametrize("mode", MODES)
def test_bars_stay_as_they_are(mode: FitMode, make_portrait: MakePortrait, portrait_photo: Picture) -> None:
    tight = make_portrait(portrait_photo[40:240, 150:310], FACE_IN_TIGHT_PHOTO)
    assert tight.crop.left < 0
    compositor = Compositor(tight, (640, 200), mode)
    changed = (compositor.compose(tight.image) != compositor.compose(255 - tight.image)).any(axis=(0, 2))
    if mode == "fill":
        assert changed.all()
    else:
        np.testing.assert_array_equal(np.flatnonzero(changed), np.arange(240, 400))


def test_a_whole_photo_is_just_the_animated_picture(
    make_portrait: MakePortrait, portrait_photo: Picture
) -> None:
    photo = portrait_photo[:301]
    whole = make_portrait(photo, FACE, whole_photo((512, 301)))
    compositor = Compositor(whole)
    assert compositor.size == (512, 301)
    animated = np.random.default_rng(0).integers(0, 256, photo.shape, np.uint8)
    np.testing.assert_array_equal(compositor.compose(animated), animated)


def test_every_frame_is_a_new_array(
    portrait: SourcePortrait, make_portrait: MakePortrait, portrait_photo: Picture
) -> None:
    for source in (portrait, make_portrait(portrait_photo, FACE, whole_photo((512, 512)))):
        compositor = Compositor(source)
        first = compositor.compose(source.image)
        kept = first.copy()
        second = compositor.compose(255 - source.image)
        np.testing.assert_array_equal(first, kept)
        assert not np.shares_memory(second, source.image)
        first[:] = 0
        np.testing.assert_array_equal(compositor.compose(source.image), kept)


def test_a_much_smaller_output_shows_no_moire(make_portrait: MakePortrait) -> None:
    stripes = np.zeros((1024, 1024, 3), np.uint8)
    stripes[:, ::2] = 200
    fine = make_portrait(stripes, (300, 300, 700, 700), Crop(0, 0, 1024, 1024))
    frame = Compositor(fine, (230, 230)).compose(fine.image)
    assert frame.std() < 6


def test_a_crop_of_another_size_is_refused(portrait: SourcePortrait) -> None:
    with pytest.raises(ValueError, match="the animated crop is"):
        Compositor(portrait).compose(portrait.image[1:])
