"""The photo, moved by geometry alone: no learned model, no runtime, any machine."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pechead.face.eyes import EyeMotion
from pechead.face.flow import Grid
from pechead.face.geometric_motion import geometric_flow
from pechead.face.head import FaceView, HeadGeometry, HeadMotion, Reach
from pechead.face.model import FaceModel
from pechead_live.frames import DrivingFace, Image
from pechead_live.renderers.layers import blended, enlarged, warped, with_eyes
from pechead_live.renderers.matte import Matte, find_matte
from pechead_live.renderers.mouth import MouthInterior
from pechead_live.source.portrait import SourcePortrait

CELLS_PER_CENTIMETRE = 4.0
MOST_CELLS = 160
TRUSTED_EDGE_CONTRAST = 0.9

Array = NDArray[np.float32]


class GeometricRenderer:
    """Warps the photo by the flow between the source's and the driving landmarks.

    The side of the face that a turned photo hides is taken from its mirror image; an opened mouth is filled;
    where person and background can be told apart, the background stays still.

    Args:
        model: the face model that the landmarks belong to.
    """

    name = "geometric"

    def __init__(self, model: FaceModel) -> None:
        self._geometry = HeadGeometry.from_model(model)
        self._ring = model.contours.inner_lips

    def set_source(self, portrait: SourcePortrait) -> None:
        """Find the matte, the flow's grid and the mouth's colours; about half a second."""
        view = FaceView(portrait.landmarks, portrait.fit.pose)
        size = portrait.image.shape[1], portrait.image.shape[0]
        self._image = portrait.image
        self._grid = _grid(size, view.pose.scale)
        self._mouth = MouthInterior(portrait.image, view, self._ring)
        matte = find_matte(portrait.image, view, self._geometry)
        self._matte: Matte | None = matte if matte.edge_contrast >= TRUSTED_EDGE_CONTRAST else None
        pasted = portrait.image.shape != portrait.photo.shape
        self._reach = _choose_reach(pasted, self._matte is not None)
        self._head = HeadMotion(self._geometry, view, self._reach)

    def render(self, driving: DrivingFace) -> Image:
        """Draw one frame; see ``Renderer.render``."""
        view = FaceView(driving.landmarks, driving.pose)
        flow = geometric_flow(self._head, view, self._grid, self._reach)
        picture = self._warp(flow.direct, self._head.eyes(view))
        alpha = self._warp_alpha(flow.direct)
        if flow.mirrored is not flow.direct:
            share = flow.mirrored_share
            mirrored = self._warp(flow.mirrored, self._head.eyes(view, mirrored=True))
            picture = blended(mirrored, picture, enlarged(share, self._grid.size))
            alpha += (self._warp_alpha(flow.mirrored) - alpha) * share
        if self._matte is not None:
            picture = blended(picture, self._matte.plate, enlarged(alpha, self._grid.size))
        self._mouth.fill(picture, view)
        return picture

    def _warp(self, flow: Array, eyes: Sequence[EyeMotion]) -> Image:
        return warped(self._image, with_eyes(flow, eyes, self._grid.size))

    def _warp_alpha(self, flow: Array) -> Array:
        """The matte, moved, on the flow's grid: its edge is wider than a cell."""
        if self._matte is None:
            return np.ones(flow.shape[:2], np.float32)
        return warped(self._matte.alpha, flow)


def _grid(size: tuple[int, int], scale: float) -> Grid:
    """Cells fine enough for eyelids and lips; scale: pixels per centimetre of the head."""
    columns, rows = (min(MOST_CELLS, int(np.ceil(side * CELLS_PER_CENTIMETRE / scale))) for side in size)
    return Grid(size, (columns, rows))


def _choose_reach(pasted: bool, has_plate: bool) -> Reach:
    """A crop pasted into a larger photo must not move at its edge; a plate leaves nothing to hold back."""
    reach = Reach()
    return replace(
        reach,
        body_follows=0.0 if pasted else reach.body_follows,
        stay=reach.stay * 1e-3 if has_plate else reach.stay,
    )
