"""The eyes as the drawing kernel wants them: patches of one size, whatever the photo's."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pechead.face.eyes import EyeMotion

EYES, ROWS, COLUMNS = 2, 64, 96
"""Of patches; as fine as the pixels of an eye in a crop of 512."""

BOXES, PATCHES = (EYES, 4), (EYES, ROWS, COLUMNS, 3)
"""Shapes of what ``fill_eyes`` fills."""


def fill_eyes(eyes: Sequence[EyeMotion], boxes: NDArray[np.float32], patches: NDArray[np.float32]) -> None:
    """Write both eyes of a frame; see ``operations.draw_photo``.

    Args:
        eyes: how each eye moves; one that is not shown gets an empty box.
        boxes: of shape ``BOXES``.
        patches: of shape ``PATCHES``.
    """
    boxes[...] = 0
    for number, eye in enumerate(eyes):
        if eye.is_shown:
            left, top, right, bottom = eye.box
            across, down = (right - left) / COLUMNS, (bottom - top) / ROWS
            x = np.asarray(left + across * (np.arange(COLUMNS) + 0.5), np.float32)
            y = np.asarray(top + down * (np.arange(ROWS) + 0.5), np.float32)
            patch = eye.patch(x, y, max(across, down))
            boxes[number] = left, top, right, bottom
            patches[number, ..., :2] = patch.weighted
            patches[number, ..., 2] = patch.weight
