"""The one interface that every renderer has."""

from typing import Protocol

from pechead_live.frames import DrivingFace, Image
from pechead_live.source.portrait import SourcePortrait


class Renderer(Protocol):
    """Draws the source portrait with a driving face."""

    name: str

    def set_source(self, portrait: SourcePortrait) -> None:
        """Prepare everything that depends on the photo alone."""
        ...

    def render(self, driving: DrivingFace) -> Image:
        """Draw one frame.

        Returns:
            (height, width, 3) uint8 RGB, of the size of the portrait's crop.
        """
        ...
