"""What the networks are told of a photo and of a driving face, whatever machine they run on."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pechead.face.eyes import EyeMotion
from pechead.face.face_motion import FLOW_CELLS, face_condition
from pechead.face.flow import Grid
from pechead.face.geometric_motion import motion_maps
from pechead.face.head import FaceView, HeadGeometry, HeadMotion, Reach
from pechead.face.pose import Pose
from pechead_live.frames import DrivingFace
from pechead_live.source.portrait import SourcePortrait

Tensors = dict[str, NDArray[Any]]
"""By the names of the graphs' inputs and outputs; each with a leading axis of 1."""


@dataclass(frozen=True)
class SourceGeometry:
    """What is kept of the photo's geometry: enough to say how any driving face moves it.

    Attributes:
        grid: the cells of the flow; its size is the crop's, a square.
        tensors: ``source_coefficients``, ``source_landmarks`` and ``source_facing``.
    """

    geometry: HeadGeometry
    head: HeadMotion
    reach: Reach
    grid: Grid
    tensors: Tensors

    @classmethod
    def of(cls, portrait: SourcePortrait, geometry: HeadGeometry) -> "SourceGeometry":
        """Of a portrait whose crop is a square."""
        size = portrait.image.shape[0]
        pose = portrait.fit.pose
        pasted = portrait.image.shape != portrait.photo.shape
        reach = replace(Reach(), body_follows=0.0) if pasted else Reach()
        return cls(
            geometry=geometry,
            head=HeadMotion(geometry, FaceView(portrait.landmarks, pose), reach),
            reach=reach,
            grid=Grid((size, size), (FLOW_CELLS, FLOW_CELLS)),
            tensors=_face("source", portrait.landmarks, pose, portrait.fit.expression, size, geometry),
        )

    def driven_by(self, driving: DrivingFace) -> Tensors:
        """The inputs that a frame has of its own: ``driving_...``, ``flow`` and ``support``."""
        maps = motion_maps(self.head, _view(driving), self.grid, self.reach)
        face = _face(
            "driving", driving.landmarks, driving.pose, driving.expression, self.grid.size[0], self.geometry
        )
        return {**face, "flow": maps.flow[None], "support": maps.support[None]}

    def eyes(self, driving: DrivingFace) -> list[EyeMotion]:
        """How the photo's eyes move, for a finer flow than the networks'."""
        return self.head.eyes(_view(driving))


def _view(driving: DrivingFace) -> FaceView:
    return FaceView(driving.landmarks, driving.pose)


def _face(
    role: str,
    landmarks: NDArray[np.float32],
    pose: Pose,
    expression: NDArray[np.float32],
    size: int,
    geometry: HeadGeometry,
) -> Tensors:
    condition = face_condition(landmarks, pose, expression, size, geometry)
    return {
        f"{role}_coefficients": condition.coefficients[None],
        f"{role}_landmarks": condition.landmarks[None],
        f"{role}_facing": condition.facing[None],
    }
