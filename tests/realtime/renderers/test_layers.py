"""The two layers of the networks at the photo's own resolution: its background, and the person before it."""

import numpy as np
import torch
from numpy.typing import NDArray

from pechead.network.person import background_behind
from pechead_live.renderers.layers import background_plate, composed


def test_the_plate_is_the_networks_own_at_the_photos_size() -> None:
    generator = np.random.default_rng(4)
    photo = generator.integers(0, 256, (512, 512, 3), np.uint8)
    person = np.zeros((1, 1, 128, 128), np.float32)
    person[:, :, 30:90, 40:100] = 1
    planes = torch.from_numpy(photo).permute(2, 0, 1)[None] / 255
    small = torch.nn.functional.avg_pool2d(planes, 2)
    background = background_behind(small, torch.from_numpy(person))
    features = {"filled": background.filled.numpy(), "known": background.known.numpy()}
    found = background_plate(photo, features)
    assert found is not None
    expected = background.plate(planes)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(found - expected).max() <= 1.01
    np.testing.assert_array_equal(found[:80], photo[:80])


def test_networks_of_one_layer_have_no_plate() -> None:
    assert background_plate(np.zeros((64, 64, 3), np.uint8), {}) is None


def test_what_moves_is_seen_where_the_person_is_and_the_plate_elsewhere() -> None:
    photo, plate = np.full((64, 64, 3), 200, np.uint8), np.full((64, 64, 3), 40, np.uint8)
    centres = 2 * (np.arange(16, dtype=np.float32) + 0.5) / 16 - 1
    person = np.zeros((32, 32), np.float32)
    person[:, 16:] = 1
    parts: dict[str, NDArray[np.generic]] = {
        "photo_flow": np.stack(np.meshgrid(centres, centres), -1),
        "alpha": np.full((32, 32), 0.5, np.float32),
        "painted": np.full((32, 32, 3), 100, np.uint8),
        "person": person,
    }
    frame = composed(photo, plate, parts)
    assert (frame[:, :30] == 40).all()
    assert np.abs(frame[:, 34:].astype(int) - 150).max() <= 1
    one_layer = composed(photo, None, {name: part for name, part in parts.items() if name != "person"})
    assert np.abs(one_layer.astype(int) - 150).max() <= 1
