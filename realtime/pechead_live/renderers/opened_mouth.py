"""A renderer whose mouths are filled by geometry where the photo shows teeth: networks would stretch them."""

import numpy as np
from numpy.typing import NDArray

from pechead.face.head import FaceView
from pechead.face.model import FaceModel
from pechead_live.frames import DrivingFace, Image
from pechead_live.renderers.base import Renderer
from pechead_live.renderers.mouth import MouthInterior
from pechead_live.source.portrait import SourcePortrait


class OpenedMouth:
    """Draws what another renderer draws, and the inside of a mouth that is opened wider than in the photo.

    Only if the photo's mouth is open: what a closed one hides, networks paint better.

    Args:
        inner: draws all else.
        model: the face model that the landmarks belong to.
    """

    def __init__(self, inner: Renderer, model: FaceModel) -> None:
        self.name = inner.name
        self._inner = inner
        self._ring: NDArray[np.int32] = model.contours.inner_lips
        self._mouth: MouthInterior | None = None

    def set_source(self, portrait: SourcePortrait) -> None:
        """See ``Renderer.set_source``."""
        self._inner.set_source(portrait)
        view = FaceView(portrait.landmarks, portrait.fit.pose)
        mouth = MouthInterior(portrait.image, view, self._ring)
        self._mouth = mouth if mouth.is_open_in_photo else None

    def render(self, driving: DrivingFace) -> Image:
        """Draw one frame; see ``Renderer.render``."""
        picture = self._inner.render(driving)
        if self._mouth is not None:
            self._mouth.fill(picture, FaceView(driving.landmarks, driving.pose))
        return picture
