"""Changes of pictures."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class AugmentSettings:
    """How much pictures are changed.

    Attributes:
        background: probability that a pair with mattes comes to stand before another background.
        sway: probability that then one of its two sides is moved as a whole.
        sway_shift, sway_growth, sway_turn: by how much at most, see ``Sway.draw``; degrees for the last.
        flip: probability that a pair is mirrored.
        proportions: probability that a pair is stretched, slanted and turned, both pictures alike.
        stretch, slant, turn: by how much at most, see ``Proportions.draw``; degrees for the last.
        colour: probability that a pair's colours are changed, source and driving alike.
        brightness, contrast, saturation, tint, gamma: greatest change, as a share.
        closer: probability that a closer crop of the pair is taken.
        closest: greatest enlargement then.
        compression: probability that the source goes through JPEG.
        quality: lowest and highest quality then.
    """

    background: float = 0.5
    sway: float = 0.6
    sway_shift: float = 0.13
    sway_growth: float = 0.1
    sway_turn: float = 6.0
    flip: float = 0.5
    proportions: float = 0.6
    stretch: float = 0.18
    slant: float = 0.08
    turn: float = 12.0
    colour: float = 0.8
    brightness: float = 0.15
    contrast: float = 0.25
    saturation: float = 0.4
    tint: float = 0.1
    gamma: float = 0.25
    closer: float = 0.6
    closest: float = 1.4
    compression: float = 0.3
    quality: tuple[int, int] = (40, 92)

    @classmethod
    def none(cls) -> "AugmentSettings":
        """No change at all."""
        return cls(background=0, flip=0, proportions=0, colour=0, closer=0, compression=0)


@dataclass(frozen=True)
class ColourChange:
    """One change of colours, for all pictures of a sample.

    Attributes:
        table: (256, 3) uint8, new value of each channel.
        saturation: factor on the distance to grey.
    """

    table: Image
    saturation: float

    @classmethod
    def draw(cls, settings: AugmentSettings, generator: Generator) -> "ColourChange":
        """A random change within the settings' bounds."""

        def around(reach: float, count: int = 1) -> NDArray[np.float64]:
            return np.exp(generator.uniform(-reach, reach, count))

        value = np.linspace(0, 1, 256)[:, None]
        gain = around(settings.contrast) * around(settings.tint, 3)
        shift = generator.uniform(-settings.brightness, settings.brightness)
        changed = (value ** around(settings.gamma) - 0.5) * gain + 0.5 + shift
        table = (changed.clip(0, 1) * 255).round().astype(np.uint8)
        return cls(table, float(around(settings.saturation)[0]))

    def apply(self, image: Image) -> Image:
        """(height, width, 3) uint8 RGB with the colours changed."""
        grey = np.array([0.299, 0.587, 0.114]) * (1 - self.saturation)
        matrix = np.eye(3) * self.saturation + grey[None]
        tinted = cv2.LUT(image, self.table.reshape(1, 256, 3))
        return np.asarray(cv2.transform(tinted, matrix), np.uint8)


def compressed(image: Image, quality: int) -> Image:
    """(height, width, 3) uint8 RGB after a JPEG of that quality, 0 to 100."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
