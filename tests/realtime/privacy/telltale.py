"""A pattern that gives a camera picture away wherever it turns up: scaled, cut, mirrored, faded, recoloured.

A code of light and dark blocks is laid over every camera picture. It is searched for at all places and many
sizes by correlation, which neither brightness nor contrast nor the order of colours can hide.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

ACROSS, DOWN = 16, 12
CODE = np.where(np.random.default_rng(2026).random((DOWN, ACROSS)) < 0.5, -1.0, 1.0).astype(np.float32)

STRENGTH = 0.4
"""How much of a marked picture is pattern; a face under it is still found."""

SEARCHED_WIDTH = 80
"""Pixels to which a picture is reduced for the search."""

SMALLEST, LARGEST = 0.35, 2.0
"""Widths of the whole pattern that are searched for, of the picture's; of larger ones a part shows."""

ASPECTS = (0.75, 1.0, 4 / 3)
"""By which the pattern may have been stretched in height, as where a camera's picture fills another shape."""

GIVEN_AWAY = 0.36
"""Correlation from which on the pattern counts as seen; clean pictures stay below 0.33."""


def marked(picture: Picture, strength: float = STRENGTH) -> Picture:
    """The picture (h, w, 3) with the pattern over all of it."""
    height, width = picture.shape[:2]
    pattern = cv2.resize(CODE, (width, height), interpolation=cv2.INTER_NEAREST)[..., None]
    return (picture * (1 - strength) + (127.5 + 127.5 * pattern) * strength).astype(np.uint8)


def correlation(picture: Picture) -> float:
    """How well the pattern is seen in a picture (h, w, 3), from 0 to 1."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    size = (SEARCHED_WIDTH, max(1, round(SEARCHED_WIDTH * height / width)))
    field = _without_shading(cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32))
    return max(_best_match(field, pattern) for pattern in _patterns(size))


def _patterns(size: tuple[int, int]) -> list[NDArray[np.float32]]:
    """The pattern at every size and shape, mirrored and not; five parts of it where it is too large."""
    width, height = size
    found = []
    for code in (CODE, CODE[:, ::-1]):
        for across in np.geomspace(SMALLEST, LARGEST, 12) * width:
            for aspect in ASPECTS:
                shape = (round(across), round(across * DOWN / ACROSS * aspect))
                whole = _without_shading(np.asarray(cv2.resize(code, shape), np.float32))
                right, below = max(0, shape[0] - width), max(0, shape[1] - height)
                places = {(0, 0), (right, below), (right // 2, below // 2), (right, 0), (0, below)}
                found += [whole[y : y + height, x : x + width] for x, y in places]
    return found


def _without_shading(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """Only what changes from block to block: faces and rooms are smooth on that scale."""
    return np.asarray(field - cv2.GaussianBlur(field, (0, 0), 4.0), np.float32)


def _best_match(field: NDArray[np.float32], pattern: NDArray[np.float32]) -> float:
    found = cv2.matchTemplate(field, pattern, cv2.TM_CCOEFF_NORMED)
    return float(np.abs(found[np.isfinite(found)]).max(initial=0.0))
