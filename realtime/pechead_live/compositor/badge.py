"""The mark that says that the picture is an avatar."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from pechead_live.compositor.fit import Rectangle
from pechead_live.compositor.paste import Paste
from pechead_live.frames import Image

TEXT = "AI avatar"

FONT_HEIGHT = 0.032
"""Of the picture's shorter side: readable in a meeting's tile, small beside a face."""

SMALLEST_FONT = 10.0
"""Pixels, wherever the badge still leaves most of the picture free."""

WIDEST = 0.5
"""Share of the picture's width that the badge takes at most."""

INK, GROUND, COVERAGE = (245, 245, 245), (16, 18, 22), 0.72


class Badge:
    """A label in the lower right corner, where meeting programs show no names.

    Args:
        size: width and height in pixels of the pictures.

    Attributes:
        place: the pixels that it covers.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        label, coverage = _label(size)
        height, width = coverage.shape
        margin = round(0.025 * min(size))
        right, bottom = max(width, size[0] - margin), max(height, size[1] - margin)
        self.place = Rectangle(right - width, bottom - height, right, bottom).intersect(
            Rectangle(0, 0, *size)
        )
        shown = self.place.relative_to(Rectangle(right - width, bottom - height, right, bottom)).slices
        self._paste = Paste(label[shown], 1 - coverage[shown])

    def mark(self, image: Image) -> None:
        """Draw it into a picture of the size, in place."""
        place = image[self.place.slices]
        self._paste.blend(place, into=place)

    def unmirror(self, mirrored: Image) -> None:
        """Make it readable in a marked picture that was mirrored, in place."""
        across = mirrored.shape[1]
        flipped = slice(across - self.place.right, across - self.place.left)
        place = mirrored[self.place.slices[0], flipped]
        place[:] = place[:, ::-1].copy()


def _label(size: tuple[int, int]) -> tuple[Image, NDArray[np.float32]]:
    """The badge's own picture (h, w, 3), and how much of each pixel it covers, (h, w) in [0, 1]."""
    font_size = max(SMALLEST_FONT, FONT_HEIGHT * min(size))
    while font_size > 1 and _width(font_size) > WIDEST * size[0]:
        font_size *= 0.9
    width, height = round(_width(font_size)), round(1.7 * font_size)
    factor = 4
    ground = Pictures.new("L", (width * factor, height * factor))
    box = (0, 0, width * factor - 1, height * factor - 1)
    ImageDraw.Draw(ground).rounded_rectangle(box, height * factor / 3, fill=255)
    coverage = np.asarray(ground.resize((width, height), Pictures.Resampling.BOX), np.float32) / 255
    picture = Pictures.new("RGB", (width, height), GROUND)
    font = ImageFont.load_default(font_size)
    ink = Pictures.new("L", (width, height))
    ImageDraw.Draw(ink).text((width / 2, height / 2), TEXT, 255, font, anchor="mm")
    picture.paste(INK, (0, 0), ink)
    inked = np.asarray(ink, np.float32) / 255
    opacity = COVERAGE + (1 - COVERAGE) * inked
    return np.array(picture, np.uint8), np.asarray(coverage * opacity, np.float32)


def _width(font_size: float) -> float:
    return ImageFont.load_default(font_size).getlength(TEXT) + 1.2 * font_size
