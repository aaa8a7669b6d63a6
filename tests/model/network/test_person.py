"""Person and background: what is taken for the background, and what is filled in behind the person."""

import torch

from pechead.network.person import background_behind


def test_behind_the_person_the_colours_around_go_on() -> None:
    columns = torch.linspace(0.2, 0.8, 256).expand(3, 256, 256)
    photo, person = columns.clone(), torch.zeros(1, 1, 128, 128)
    photo[:, 80:180, 80:180] = 0.0
    person[:, :, 40:90, 40:90] = 1.0
    background = background_behind(photo[None], person)
    plate = background.plate(photo[None])[0]
    assert (plate - columns).abs().max() < 0.15
    assert (plate - columns).abs().mean() < 0.02
    assert (background.known[0, 0, 40:90, 40:90] == 0).all()


def test_the_plate_is_the_photo_pixel_for_pixel_away_from_the_person() -> None:
    photo, person = torch.rand(1, 3, 512, 512), torch.zeros(1, 1, 128, 128)
    person[:, :, 60:100, 60:100] = 1.0
    plate = background_behind(photo, person).plate(photo)
    torch.testing.assert_close(plate[:, :, :200], photo[:, :, :200], atol=1e-6, rtol=0)
    assert (plate - photo).abs().max() > 0.3


def test_just_beside_the_person_the_photo_is_not_trusted() -> None:
    """Hair that the matte misses would stay behind as an outline when the head moves on."""
    photo, person = torch.ones(1, 3, 256, 256), torch.zeros(1, 1, 128, 128)
    person[:, :, 40:90, 40:90] = 1.0
    photo[:, :, 76:184, 76:184] = 0.0
    plate = background_behind(photo, person).plate(photo)
    assert plate.min() > 0.95


def test_a_photo_that_the_person_fills_has_its_mean_colour_behind() -> None:
    photo = torch.rand(1, 3, 256, 256)
    plate = background_behind(photo, torch.ones(1, 1, 128, 128)).plate(photo)
    assert torch.allclose(plate, photo.mean((2, 3), keepdim=True).expand_as(plate), atol=1e-3)
