"""Other backgrounds: whoever is filmed comes to stand before what is behind somebody else.

A few dozen people stand before a few dozen walls. Before the walls of all others, moving or not, networks
have to learn what a person's outline is, that straight lines behind it stay straight, and what comes to
light where the person was.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pechead.data.closer import draw_closer
from pechead.data.mattes import opacity
from pechead.data.mirror import mirrored_image

Array = NDArray[np.float32]
Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]

FILL_SIZE = 64
"""Width and height at which the background goes on behind the person."""

PERSON_GROWTH = 5
"""Of ``FILL_SIZE``'s pixels by which the person's outline is widened before it is filled."""

LEAST_BACKGROUND = 0.12
"""Share of the picture; where it is less, there is nothing to take a background from."""

CLOSEST = 1.6
MOST_SHAPES = 8


def plate(image: Image, matte: Mask) -> Image | None:
    """The picture without its person, whose place is filled with the colours around it.

    Args:
        image: (size, size, 3) uint8 RGB.
        matte: (size, size) uint8, 255 on the person.

    Returns:
        (size, size, 3) uint8 RGB; None if hardly any background is seen.
    """
    small_matte = cv2.resize(matte, (FILL_SIZE, FILL_SIZE), interpolation=cv2.INTER_AREA)
    person = cv2.dilate(small_matte, np.ones((PERSON_GROWTH, PERSON_GROWTH), np.uint8))
    if (person < 128).mean() < LEAST_BACKGROUND:
        return None
    small = np.asarray(cv2.resize(image, (FILL_SIZE, FILL_SIZE), interpolation=cv2.INTER_AREA), np.float32)
    known = (person < 32).astype(np.float32)
    filled = _filled(small, known)
    size = image.shape[1], image.shape[0]
    behind = cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR)
    share = cv2.resize(cv2.GaussianBlur(person, (0, 0), 1.0), size).astype(np.float32)[..., None] / 255
    return np.asarray((image + share * (behind - image)).round().clip(0, 255), np.uint8)


def _filled(values: Array, known: Array) -> Array:
    """Unknown cells from the mean of the known ones around, found at ever coarser sizes."""
    cells = len(known)
    if cells == 1:
        return values
    weighed = np.dstack([values * known[..., None], known])
    small = cv2.resize(weighed, (cells // 2, cells // 2), interpolation=cv2.INTER_AREA)
    small = small.reshape(cells // 2, cells // 2, -1)
    weight = small[..., -1]
    mean = np.asarray(small[..., :-1] / np.maximum(weight, 1e-4)[..., None], np.float32)
    coarse = _filled(mean, (weight > 1e-4).astype(np.float32))
    guess = cv2.resize(coarse, (cells, cells), interpolation=cv2.INTER_LINEAR).reshape(cells, cells, -1)
    return np.asarray(values * known[..., None] + guess * (1 - known[..., None]), np.float32)


def varied(background: Image, generator: Generator) -> Image:
    """Another part of a background, perhaps mirrored, half the time with lines and boxes that are not there.

    Args:
        background: (size, size, 3) uint8 RGB.
        generator: for all that is chosen.
    """
    size = background.shape[0]
    if generator.random() < 0.5:
        background = mirrored_image(background)
    chosen = draw_closer(size, CLOSEST, generator).cut(background, size).copy()
    if generator.random() < 0.5:
        for _ in range(int(generator.integers(1, MOST_SHAPES + 1))):
            _draw_shape(chosen, generator)
        chosen = np.asarray(cv2.GaussianBlur(chosen, (0, 0), float(generator.uniform(0.4, 2.0))), np.uint8)
    return chosen


def _draw_shape(image: Image, generator: Generator) -> None:
    size = image.shape[0]
    colour = tuple(int(value) for value in generator.integers(0, 256, 3))
    start, end = generator.integers(-size // 4, size + size // 4, (2, 2)).tolist()
    if generator.random() < 0.6:
        cv2.line(image, start, end, colour, int(generator.integers(1, 1 + size // 24)), cv2.LINE_AA)
    else:
        cv2.rectangle(image, start, end, colour, -1 if generator.random() < 0.5 else 2, cv2.LINE_AA)


@dataclass(frozen=True)
class Person:
    """Somebody cut out.

    Attributes:
        image: (size, size, 3) uint8 RGB.
        matte: (size, size) uint8, 255 on the person.
    """

    image: Image
    matte: Mask

    def before(self, background: Image) -> Image:
        """(size, size, 3) uint8 RGB: the person before a background of the same size."""
        share = opacity(self.matte)[..., None]
        mixed = background + share * (self.image.astype(np.float32) - background)
        return np.asarray(mixed.round(), np.uint8)
