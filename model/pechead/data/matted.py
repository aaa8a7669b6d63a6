"""Pictures with the matte of the person in them: to learn to tell a person from what is behind."""

import logging
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from pechead.data.augment import AugmentSettings, ColourChange, compressed
from pechead.data.backgrounds import Person, plate, varied
from pechead.data.clip import Clip
from pechead.data.errors import DataError
from pechead.data.jpeg import Image, Mask
from pechead.data.maker import ATTEMPTS, BACKGROUND_ATTEMPTS
from pechead.data.mattes import opacity
from pechead.data.mirror import mirrored_image
from pechead.data.pairs import ClipPool
from pechead.network.config import MATTE_CELLS

log = logging.getLogger(__name__)

Array = NDArray[np.float32]

COLOURS = AugmentSettings()
STILL_SHARE, ALBUM_SHARE = 0.5, 0.1


@dataclass(frozen=True)
class MattedSettings:
    """How pictures are changed.

    Attributes:
        other: probability of another background than the person's own.
        plain: probability that then it is of one colour, and that one of the person's.
        own_colours: probability that then the colours of person and background are changed apart.
        smallest, largest: factors on lengths.
        turn: degrees, at most.
        stretch: the height against the width changes by up to this share.
        shift: share of the picture, at most.
        noise: standard deviation, at most, of 255.
        blur: standard deviation, at most, in pixels.
        compression: probability that the picture goes through JPEG.
        quality: lowest and highest quality then.
    """

    other: float = 0.7
    plain: float = 0.15
    own_colours: float = 0.7
    smallest: float = 0.75
    largest: float = 1.7
    turn: float = 20.0
    stretch: float = 0.15
    shift: float = 0.15
    noise: float = 6.0
    blur: float = 1.0
    compression: float = 0.3
    quality: tuple[int, int] = (25, 92)


class MattedPictures(Dataset[tuple[Tensor, Tensor]]):
    """The endless sequence of pictures and mattes, by position: what is there depends on the seed alone.

    Args:
        clips: those without mattes are left out.
        settings: how pictures are changed.
        seed: another seed, another sequence.

    Raises:
        DataError: no clip has mattes.
    """

    def __init__(self, clips: tuple[Clip, ...], settings: MattedSettings, seed: int = 0) -> None:
        matted = [clip for clip in clips if clip.mattes]
        if not matted:
            raise DataError("no clip has mattes", "prepare them again, with --segmenter")
        self._pool = ClipPool(matted, STILL_SHARE, ALBUM_SHARE)
        self._settings, self._seed = settings, seed

    def __getitem__(self, position: int) -> tuple[Tensor, Tensor]:
        """(3, 128, 128) in [0, 1] and (1, 128, 128), how much of each cell is the person's.

        Raises:
            DataError: many pictures in a row are damaged.
        """
        generator = np.random.default_rng((self._seed, position))
        for _ in range(ATTEMPTS):
            try:
                image, matte = self._drawn(generator)
            except ValueError as error:
                log.warning("left out a damaged picture (%s)", error)
                continue
            return (
                torch.from_numpy(image).permute(2, 0, 1).contiguous().float().div_(255),
                torch.from_numpy(opacity(matte))[None],
            )
        raise DataError(f"{ATTEMPTS} damaged pictures in a row", "prepare the shards again")

    def _drawn(self, generator: Generator) -> tuple[Image, Mask]:
        settings = self._settings
        image, matte = self._any(generator)
        place = _placement(image.shape[0], settings, generator)
        image, matte = _placed(image, place), _placed(matte, place)
        if generator.random() < settings.other:
            behind = self._behind(image, matte, generator)
            if generator.random() < settings.own_colours:
                image = ColourChange.draw(COLOURS, generator).apply(image)
                behind = ColourChange.draw(COLOURS, generator).apply(behind)
            image = Person(image, matte).before(behind)
        if generator.random() < 0.5:
            image, matte = mirrored_image(image), mirrored_image(matte)
        image = ColourChange.draw(COLOURS, generator).apply(image)
        blur = generator.uniform(0, settings.blur)
        if blur > 0.3:
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur), np.uint8)
        noise = generator.normal(0, generator.uniform(0, settings.noise), image.shape)
        image = np.asarray((image + noise).round().clip(0, 255), np.uint8)
        if generator.random() < settings.compression:
            image = compressed(image, int(generator.integers(*settings.quality)))
        return image, matte

    def _any(self, generator: Generator) -> tuple[Image, Mask]:
        clip = self._pool.draw(generator)
        index = int(generator.integers(len(clip)))
        return clip.image(index), clip.matte(index)

    def _behind(self, image: Image, matte: Mask, generator: Generator) -> Image:
        """Another background, (128, 128, 3)."""
        if generator.random() >= self._settings.plain:
            for _ in range(BACKGROUND_ATTEMPTS):
                found = plate(*self._any(generator))
                if found is not None:
                    background = varied(found, generator)
                    return _placed(background, _placement(background.shape[0], self._settings, generator))
        rows, columns = np.nonzero(matte > 127)
        chosen = int(generator.integers(len(rows))) if len(rows) else 0
        colour = image[rows[chosen], columns[chosen]] if len(rows) else image[0, 0]
        return np.broadcast_to(colour, image.shape).copy()


def _placement(size: int, settings: MattedSettings, generator: Generator) -> Array:
    """(2, 3) from pixels of a square picture to those of one of 128 a side, counted from pixels' middles."""
    growth = np.exp(generator.uniform(np.log(settings.smallest), np.log(settings.largest)))
    taller = np.exp(generator.uniform(-settings.stretch, settings.stretch) / 2)
    angle = np.radians(generator.uniform(-settings.turn, settings.turn))
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = growth * MATTE_CELLS / size * turned @ np.diag([1 / taller, taller])
    middle = (MATTE_CELLS - 1) / 2 + generator.uniform(-settings.shift, settings.shift, 2) * MATTE_CELLS
    return np.column_stack([linear, middle - linear @ np.full(2, (size - 1) / 2)]).astype(np.float32)


def _placed(picture: Image, place: Array) -> Image:
    """(128, 128[, 3]); what comes in from outside is mirrored at the edge."""
    size = (MATTE_CELLS, MATTE_CELLS)
    halved = np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    smaller = place.copy()
    smaller[:, :2] *= 2
    smaller[:, 2] += place[:, :2] @ np.full(2, 0.5, np.float32)
    moved = cv2.warpAffine(halved, smaller, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8)
