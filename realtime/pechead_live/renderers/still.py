"""The renderer that draws nothing: for trying cameras and outputs, and for measuring all the rest."""

from pechead_live.frames import DrivingFace, Image
from pechead_live.source.portrait import SourcePortrait


class StillRenderer:
    """Gives the portrait's crop as it is, whatever the driver does."""

    name = "still"

    def set_source(self, portrait: SourcePortrait) -> None:
        self._image = portrait.image

    def render(self, driving: DrivingFace) -> Image:
        del driving
        return self._image
