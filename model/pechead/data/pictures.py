"""The pictures of a sample, before they are augmented and described."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pechead.data.backgrounds import Person
from pechead.data.sway import Sway
from pechead.face.fit import FaceFit

Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """A source and T driving frames with the faces in them.

    Attributes:
        source: (size, size, 3) uint8 RGB.
        source_fit: the face in it.
        driving: T, as the source.
        driving_fits: T.
        mattes: of the source and of each driving frame, (size, size) uint8, 255 on the person; None: it is
            not known.
    """

    source: Image
    source_fit: FaceFit
    driving: list[Image]
    driving_fits: list[FaceFit]
    mattes: tuple[Mask | None, ...]

    @property
    def images(self) -> list[Image]:
        """The source and the driving frames."""
        return [self.source, *self.driving]

    def changed(self, change: Callable[[Image], Image]) -> "Pictures":
        """All pictures and mattes changed alike; the faces are the caller's."""
        source, *driving = (change(image) for image in self.images)
        mattes = tuple(None if matte is None else change(matte) for matte in self.mattes)
        return replace(self, source=source, driving=driving, mattes=mattes)

    def before(self, background: Image) -> "Pictures":
        """The same person before another background; all mattes have to be known.

        Args:
            background: (size, size, 3) uint8 RGB.
        """
        known = [matte for matte in self.mattes if matte is not None]
        source, *driving = (
            Person(image, matte).before(background) for image, matte in zip(self.images, known, strict=True)
        )
        return replace(self, source=source, driving=driving)

    def swayed(self, source: Sway | None, driving: Sway | None) -> "Pictures":
        """Pictures, mattes and faces moved as a whole: the source by one, the driving frames by another."""
        sways = [source, *(driving for _ in self.driving)]
        images = [
            image if sway is None else sway.image(image)
            for image, sway in zip(self.images, sways, strict=True)
        ]
        fits = [
            fit if sway is None else sway.fit(fit)
            for fit, sway in zip((self.source_fit, *self.driving_fits), sways, strict=True)
        ]
        mattes = tuple(
            matte if sway is None or matte is None else sway.image(matte)
            for matte, sway in zip(self.mattes, sways, strict=True)
        )
        return Pictures(images[0], fits[0], images[1:], fits[1:], mattes)
