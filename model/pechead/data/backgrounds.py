"""Other backgrounds: whoever is filmed comes to stand before what is behind somebody else.

A few dozen people stand before a few dozen walls. Before the walls of all others, moving or not, networks
have to learn what a person's outline is, that straight lines behind it stay straight, and what comes to
light where the person was.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from pechead.data.closer import draw_closer
from pechead.data.mattes import opacity
from pechead.data.mirror import mirrored_image
from pechead.network.config import MATTE_CELLS
from pechead.network.person import background_behind

Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]

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
    photo = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    person = cv2.resize(matte, (MATTE_CELLS, MATTE_CELLS), interpolation=cv2.INTER_AREA)
    background = background_behind(photo, torch.from_numpy(person)[None, None].float() / 255)
    if background.known.mean() < LEAST_BACKGROUND:
        return None
    filled = background.plate(photo)[0].permute(1, 2, 0)
    return np.asarray((filled * 255).round().clamp(0, 255).byte().numpy(), np.uint8)


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
