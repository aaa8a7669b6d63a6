"""Turning pictures upright by the matrix that is stored beside them."""

import struct

import numpy as np
import pytest

from pechead_live.cameras.orientation import Orientation

STORED = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


@pytest.mark.parametrize(
    ("matrix", "shown"),
    [
        ((1, 0, 0, 1), STORED),
        ((-1, 0, 0, -1), STORED[::-1, ::-1]),
        ((0, 1, -1, 0), np.rot90(STORED, -1)),
        ((0, -1, 1, 0), np.rot90(STORED, 1)),
        ((-1, 0, 0, 1), STORED[:, ::-1]),
        ((1, 0, 0, -1), STORED[::-1]),
        ((0, 1, 1, 0), STORED.transpose(1, 0, 2)),
        ((0.999, 0.02, -0.02, 0.999), STORED),
    ],
    ids=[
        "as is",
        "half turn",
        "clockwise",
        "anticlockwise",
        "mirrored",
        "upside down",
        "transposed",
        "tilted",
    ],
)
def test_every_quarter_turn_and_mirror_image(
    matrix: tuple[float, float, float, float], shown: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> None:
    a, b, c, d = (round(value * 65536) for value in matrix)
    orientation = Orientation.from_display_matrix(struct.pack("=9i", a, b, 0, c, d, 0, 0, 0, 1 << 30))

    np.testing.assert_array_equal(orientation.apply(STORED), shown)
    assert orientation.size(3, 2) == (shown.shape[1], shown.shape[0])
