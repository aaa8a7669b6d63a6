"""What the networks are told of a face and its motion, in NumPy: the same in training and at run time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pechead.face.fit import FaceFit
from pechead.face.flow import Grid
from pechead.face.geometric_motion import motion_maps
from pechead.face.head import FaceView, HeadGeometry, HeadMotion, Reach
from pechead.face.model import FaceModel
from pechead.face.pose import Pose

Array = NDArray[np.float32]

FLOW_CELLS = 128
"""Columns and rows of the flow that the networks are given."""


@dataclass(frozen=True)
class FaceConditionArrays:
    """``pechead.network.motion_input.FaceCondition`` of one face, in NumPy.

    Attributes:
        coefficients: (61,) float32.
        landmarks: (478, 2) float32, [-1, 1] from edge to edge of the crop, x right, y down.
        facing: (468,) float32, [-1, 1].
    """

    coefficients: Array
    landmarks: Array
    facing: Array


@dataclass(frozen=True)
class FaceMotionArrays:
    """``pechead.network.motion_input.FaceMotion`` of one pair, in NumPy.

    Attributes:
        source, driving: the face as it is and as it is to be.
        flow: (4, 128, 128) float32.
        support: (4, 64, 64) float32.
    """

    source: FaceConditionArrays
    driving: FaceConditionArrays
    flow: Array
    support: Array


def as_positions(landmarks: Array, size: float) -> Array:
    """Pixels of a crop (N, 3) to positions (N, 2), [-1, 1] from edge to edge, as the networks want them.

    Args:
        landmarks: x right, y down; depth is left out.
        size: width and height of the crop in pixels.
    """
    return np.asarray(2 * landmarks[:, :2] / np.float32(size) - 1, np.float32)


def face_condition(
    landmarks: Array, pose: Pose, expression: Array, size: float, geometry: HeadGeometry
) -> FaceConditionArrays:
    """What the networks are told of a face.

    Args:
        landmarks: (478, 3) pixels of the crop.
        pose: in the same pixels.
        expression: (52,) blendshape weights.
        size: width and height of the crop in pixels.
        geometry: of heads.
    """
    coefficients = np.concatenate(
        [
            pose.rotation[:2].ravel(),
            2 * pose.translation[:2] / size - 1,
            [np.log(2 * pose.scale / size)],
            expression,
        ]
    )
    return FaceConditionArrays(
        coefficients.astype(np.float32),
        as_positions(landmarks, size),
        geometry.facing(landmarks),
    )


def face_motions(
    source: FaceFit,
    driving: Sequence[tuple[Pose, Array]],
    size: int,
    model: FaceModel,
    geometry: HeadGeometry,
) -> tuple[FaceMotionArrays, ...]:
    """The source's face with the poses and expressions of T driving frames, exactly as at run time.

    Args:
        source: the fit to the source, pixels of the crop.
        driving: pose (pixels of the crop) and expression (52,) of each driving frame.
        size: width and height of the crop in pixels.
        model, geometry: of the fit and of heads.
    """
    reach, grid = Reach(), Grid((size, size), (FLOW_CELLS, FLOW_CELLS))
    landmarks = source.landmarks(model)
    head = HeadMotion(geometry, FaceView(landmarks, source.pose), reach)
    at_source = face_condition(landmarks, source.pose, source.expression, size, geometry)
    motions = []
    for pose, expression in driving:
        moved = source.landmarks(model, pose, expression)
        maps = motion_maps(head, FaceView(moved, pose), grid, reach)
        target = face_condition(moved, pose, expression, size, geometry)
        motions.append(FaceMotionArrays(at_source, target, maps.flow, maps.support))
    return tuple(motions)
