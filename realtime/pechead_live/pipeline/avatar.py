"""One photo, ready to be animated."""

from dataclasses import dataclass

from pechead_live.compositor.compositor import Compositor
from pechead_live.renderers.base import Renderer
from pechead_live.source.portrait import SourcePortrait


@dataclass(frozen=True)
class Avatar:
    """Everything that belongs to one photo and stays the same from frame to frame.

    Attributes:
        portrait: the photo and its face.
        renderer: has the portrait as its source.
        compositor: puts what the renderer draws into the outputs' picture.
    """

    portrait: SourcePortrait
    renderer: Renderer
    compositor: Compositor
