"""The picture that people see until the avatar is there."""

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from pechead_live.frames import Image

CENTRE = (46, 51, 60)
EDGE = (17, 19, 23)
FIGURE = (70, 77, 89)
TEXT = (186, 193, 204)


def draw_slate(size: tuple[int, int], text: str) -> Image:
    """A calm dark picture: the outline of a person and a line of text below.

    Args:
        size: width and height in pixels.
        text: a few words; made smaller until they fit.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    width, height = size
    picture = Pictures.fromarray(_background(width, height))
    unit = min(width, height * 4 / 3) / 100
    picture.paste(FIGURE, (0, 0), _figure(width, height, unit))
    draw = ImageDraw.Draw(picture)
    font_size = 4.2 * unit
    while font_size > 1 and draw.textlength(text, ImageFont.load_default(font_size)) > 0.9 * width:
        font_size *= 0.9
    if font_size > 1:
        font = ImageFont.load_default(font_size)
        draw.text((width / 2, height / 2 + 25 * unit), text, TEXT, font, anchor="mm")
    return np.array(picture, np.uint8)


def _background(width: int, height: int) -> Image:
    """A vignette, with noise of half a grey level so that no rings show."""
    x = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    y = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.45
    distance = np.clip(np.hypot(x[None, :], y[:, None]) / 0.7, 0, 1)[..., None]
    smooth = distance * distance * (3 - 2 * distance)
    centre, edge = np.array(CENTRE, np.float32), np.array(EDGE, np.float32)
    colour = centre * (1 - smooth) + edge * smooth
    dither = np.random.default_rng(0).random((height, width, 1), dtype=np.float32)
    return (colour + dither).astype(np.uint8)


def _figure(width: int, height: int, unit: float) -> Pictures.Image:
    """Coverage of head and shoulders, 0 to 255, drawn large and reduced for smooth edges."""
    factor = 4 if width * height <= 1920 * 1080 else 2
    mask = Pictures.new("L", (width * factor, height * factor))
    draw = ImageDraw.Draw(mask)
    across, down, unit = width * factor / 2, height * factor / 2 - 6 * unit * factor, unit * factor
    draw.ellipse((across - 8 * unit, down - 19 * unit, across + 8 * unit, down + 1 * unit), fill=255)
    shoulders = (across - 17 * unit, down + 4 * unit, across + 17 * unit, down + 40 * unit)
    draw.pieslice(shoulders, 180, 360, fill=255)
    return mask.resize((width, height), Pictures.Resampling.BOX)
