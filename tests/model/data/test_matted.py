"""Pictures and mattes to learn from: changed alike, before many backgrounds, always the same."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from pechead.data.clip import Clip
from pechead.data.errors import DataError
from pechead.data.jpeg import encode_matte, encode_picture
from pechead.data.matted import MattedPictures, MattedSettings

OWN_BACKGROUND = MattedSettings(other=0.0, noise=0.0)


@pytest.fixture(scope="module")
def painted(clips: dict[str, Clip]) -> tuple[Clip, ...]:
    """Everybody is a white square before black; and the matte says so."""
    white = np.zeros((128, 128), np.uint8)
    white[40:100, 30:90] = 255
    picture, matte = encode_picture(np.dstack([white] * 3)), encode_matte(white)
    return tuple(
        replace(clip, pictures=(picture,) * len(clip), mattes=(matte,) * len(clip)) for clip in clips.values()
    )


def test_picture_and_matte_are_moved_alike(painted: tuple[Clip, ...]) -> None:
    seen = MattedPictures(painted, OWN_BACKGROUND)
    for position in range(8):
        picture, matte = seen[position]
        assert picture.shape == (3, 128, 128)
        assert matte.shape == (1, 128, 128)
        person, behind = matte[0] > 0.95, matte[0] < 0.05
        assert person.any()
        lightest, darkest = picture[:, person].mean(1), picture[:, behind].mean(1)
        assert (lightest - darkest > 0.4).all()


def test_other_backgrounds_come_behind_the_same_person(painted: tuple[Clip, ...]) -> None:
    """The person's place is the same, and what is around isn't black any more."""
    settings = replace(OWN_BACKGROUND, other=1.0, plain=1.0, own_colours=0.0, blur=0.0, compression=0.0)
    picture, matte = MattedPictures(painted, settings)[3]
    assert picture.mean() > 0.6
    assert 0.1 < matte.mean() < 0.9


def test_a_position_always_holds_the_same_picture(painted: tuple[Clip, ...]) -> None:
    one, again, other = (MattedPictures(painted, MattedSettings(), seed)[5][0] for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_clips_without_mattes_are_no_use(clips: dict[str, Clip]) -> None:
    with pytest.raises(DataError, match="no clip has mattes: prepare them again, with --segmenter"):
        MattedPictures(tuple(clips.values()), MattedSettings())
