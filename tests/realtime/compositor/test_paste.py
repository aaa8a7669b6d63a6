"""The soft mask and the blend."""

import numpy as np
import pytest

from pechead_live.compositor.paste import FADE, FadingEdges, Paste, soft_mask
from pechead_live.source.portrait import Crop

ALL_EDGES = FadingEdges(left=True, top=True, right=True, bottom=True)
NO_EDGES = FadingEdges(left=False, top=False, right=False, bottom=False)


def test_the_mask_is_one_inside_and_falls_to_zero_at_the_edges() -> None:
    mask = soft_mask((200, 100), ALL_EDGES)
    assert mask.shape == (100, 200)
    fade = round(FADE * 100)
    assert (mask[fade:-fade, fade:-fade] == 1).all()
    for edge in (mask[0], mask[-1], mask[:, 0], mask[:, -1]):
        assert edge.max() < 0.01


def test_the_mask_falls_smoothly() -> None:
    row = soft_mask((200, 200), ALL_EDGES)[100]
    assert (np.diff(row[:100]) >= 0).all()
    assert np.abs(np.diff(row, 2)).max() < 0.02
    np.testing.assert_allclose(row, row[::-1], atol=1e-6)
    assert row[9:11].mean() == pytest.approx(0.5, abs=0.01)


def test_without_fading_edges_the_mask_is_one_everywhere() -> None:
    assert (soft_mask((50, 40), NO_EDGES) == 1).all()


@pytest.mark.parametrize("edge", ["left", "top", "right", "bottom"])
def test_each_edge_fades_on_its_own(edge: str) -> None:
    mask = soft_mask(
        (50, 50), FadingEdges(**{name: name == edge for name in ("left", "top", "right", "bottom")})
    )
    faded = {"left": mask[:, 0], "top": mask[0], "right": mask[:, -1], "bottom": mask[-1]}
    assert {name for name, pixels in faded.items() if pixels[25] < 0.5} == {edge}


def test_a_crop_does_not_fade_where_it_ends_at_or_beyond_the_photos_edge() -> None:
    assert FadingEdges.of(Crop(1, 1, 98, 98), (100, 100)) == ALL_EDGES
    assert FadingEdges.of(Crop(0, 0, 100, 100), (100, 100)) == NO_EDGES
    assert FadingEdges.of(Crop(-5, 20, 60, 85), (100, 100)) == FadingEdges(
        left=False, top=True, right=True, bottom=False
    )


def test_the_blend_is_the_weighted_mean() -> None:
    generator = np.random.default_rng(0)
    still, moving = generator.integers(0, 256, (2, 60, 60, 3), np.uint8)
    mask = soft_mask((60, 60), ALL_EDGES)
    blended = np.zeros_like(still)
    Paste(still, mask).blend(moving, into=blended)
    weight = mask[..., None].astype(float)
    np.testing.assert_allclose(blended, weight * moving + (1 - weight) * still, atol=2)


def test_full_and_no_weight_leave_the_pixels_exactly_as_they_are() -> None:
    generator = np.random.default_rng(1)
    still, moving = generator.integers(0, 256, (2, 4, 60, 3), np.uint8)
    mask = np.zeros((4, 60), np.float32)
    mask[:, 20:] = 1
    blended = np.zeros_like(still)
    Paste(still, mask).blend(moving, into=blended)
    np.testing.assert_array_equal(blended, np.concatenate([still[:, :20], moving[:, 20:]], axis=1))


def test_the_blend_touches_nothing_but_its_target() -> None:
    canvas = np.full((30, 30, 3), 7, np.uint8)
    moving = np.full((10, 10, 3), 200, np.uint8)
    Paste(canvas[10:20, 10:20].copy(), soft_mask((10, 10), NO_EDGES)).blend(moving, into=canvas[10:20, 10:20])
    assert (canvas[10:20, 10:20] == 200).all()
    assert (canvas == 7).sum() == (900 - 100) * 3
