"""What the preview adds for the user's own eyes; no other output passes through here."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from pechead_live.clock import Clock
from pechead_live.compositor.badge import Badge
from pechead_live.controls.controls import Controls
from pechead_live.frames import Image

RENEWED_EVERY = 0.5
"""Seconds; figures that change quicker can't be read, and drawing them takes a few milliseconds."""

INK = (235, 238, 242)
GROUND = 0.3
"""Of the picture's brightness: text is readable on it, and nothing is covered."""

FONT_HEIGHT = 0.028


class PreviewDecoration:
    """Mirrors the preview alone, and writes figures and notices into it.

    Args:
        controls: tell what is wanted.
        clock: for the figures' renewal.
        figures: the overlay's lines.
        badge: stays readable in a mirrored preview; None if there is none.
    """

    def __init__(
        self, controls: Controls, clock: Clock, figures: Callable[[], Sequence[str]], badge: Badge | None
    ) -> None:
        self._controls = controls
        self._clock = clock
        self._figures = figures
        self._badge = badge
        self._drawn: tuple[tuple[str, ...], Image] | None = None
        self._lines: tuple[str, ...] = ()
        self._renewed_at = float("-inf")

    def __call__(self, image: Image) -> Image:
        """The picture for the preview.

        Args:
            image: (height, width, 3) uint8 RGB; left as it is.
        """
        state, notice = self._controls.state, self._controls.notice
        if state.mirror_preview:
            image = np.asarray(cv2.flip(image, 1), np.uint8)
            if self._badge is not None:
                self._badge.unmirror(image)
        lines = (*(self._current_figures() if state.overlay else ()), *([notice] if notice else ()))
        if not lines:
            return image
        label = self._label(lines, min(image.shape[:2]))
        height, width = (min(a, b) for a, b in zip(label.shape, image.shape[:2], strict=False))
        decorated = image.copy()
        ground = cv2.convertScaleAbs(image[:height, :width], alpha=GROUND)
        decorated[:height, :width] = cv2.max(ground, label[:height, :width])
        return decorated

    def _current_figures(self) -> tuple[str, ...]:
        now = self._clock.now()
        if now - self._renewed_at >= RENEWED_EVERY:
            self._lines, self._renewed_at = tuple(self._figures()), now
        return self._lines

    def _label(self, lines: tuple[str, ...], shorter_side: int) -> Image:
        if self._drawn is None or self._drawn[0] != lines:
            self._drawn = lines, _draw(lines, max(11.0, FONT_HEIGHT * shorter_side))
        return self._drawn[1]


def _draw(lines: Sequence[str], font_size: float) -> Image:
    font = ImageFont.load_default(font_size)
    step = 1.35 * font_size
    width = max(font.getlength(line) for line in lines) + 1.2 * font_size
    picture = Pictures.new("RGB", (round(width), round(step * len(lines) + 0.6 * font_size)))
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((0.6 * font_size, 0.3 * font_size + step * (number + 0.5)), line, INK, font, anchor="lm")
    return np.array(picture, np.uint8)
