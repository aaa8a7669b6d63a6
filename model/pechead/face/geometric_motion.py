"""What geometry alone knows of a head's motion, as dense maps: the first guess of every renderer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pechead.face.eyes import put_eyes
from pechead.face.flow import AnchorGroup, Array, Grid, dense_flow, spread
from pechead.face.head import FaceView, HeadMotion, Reach

NOTICEABLY_TURNED = 0.02
"""Share of the face that a photo must hide before its mirror image is worth a second flow."""

MIRROR_FADES = 3e-2
HEAD_FADES = 1e-4


@dataclass(frozen=True)
class GeometricFlow:
    """Backward flow of a head, from the photo and from the photo's mirrored half.

    Attributes:
        direct: (rows, columns, 2) float32, pixels of the photo: where each cell's centre comes from.
        mirrored: likewise, each point of the head taken from the other side of the face; ``direct`` itself
            where the photo hides nothing worth it.
        mirrored_share: (rows, columns) float32, [0, 1]: how much of the mirrored one to take.
    """

    direct: Array
    mirrored: Array
    mirrored_share: Array


def geometric_flow(head: HeadMotion, driving: FaceView, grid: Grid, reach: Reach) -> GeometricFlow:
    """The two flows and the share between them, without eyes: ``put_eyes`` is for the finest grid at hand.

    Args:
        head: of the photo.
        driving: the face as it is to be.
        grid: where to evaluate.
        reach: the one that ``head`` was made with.
    """
    return _flow(head, head.anchors(driving), driving, grid, reach)


def _flow(
    head: HeadMotion, direct_anchors: Sequence[AnchorGroup], driving: FaceView, grid: Grid, reach: Reach
) -> GeometricFlow:
    direct = dense_flow(direct_anchors, grid, reach.stay)
    if head.hidden_share <= NOTICEABLY_TURNED:
        return GeometricFlow(direct, direct, np.zeros(direct.shape[:2], np.float32))
    anchors = head.mirrored_anchors(driving)
    share = spread(anchors, head.hidden_sides(), grid, stay=MIRROR_FADES)
    return GeometricFlow(
        direct,
        dense_flow(anchors, grid, reach.stay),
        np.asarray(np.clip(2.5 * share - 0.75, 0, 1), np.float32),
    )


@dataclass(frozen=True)
class MotionMaps:
    """What the networks are told about a motion, cell by cell, free of the picture's size.

    Attributes:
        flow: (4, rows, columns) float32: x and y of the direct flow, then of the mirrored one, as positions
            in the photo, [-1, 1] from edge to edge.
        support: (4, rows / 2, columns / 2) float32 in [0, 1]: how much the head carries the direct flow
            rather than body and background; how much of the mirrored flow geometry would take; how well the
            photo shows what the head carries; how far it is skin of the face that the photo shows.
    """

    flow: Array
    support: Array


def motion_maps(head: HeadMotion, driving: FaceView, grid: Grid, reach: Reach) -> MotionMaps:
    """``geometric_flow`` and its reasons, for a network to correct.

    Args:
        head: of the photo.
        driving: the face as it is to be.
        grid: where to evaluate, an even number of cells each way; its size is the photo's.
        reach: the one that ``head`` was made with.
    """
    anchors = head.anchors(driving)
    flow = _flow(head, anchors, driving, grid, reach)
    put_eyes(flow.direct, grid, head.eyes(driving))
    if flow.mirrored is not flow.direct:
        put_eyes(flow.mirrored, grid, head.eyes(driving, mirrored=True))
    columns, rows = (cells // 2 for cells in grid.cells)
    coarse = Grid(grid.size, (columns, rows))
    of_head = [
        np.stack([np.ones_like(shown), shown, kept], -1)
        for shown, kept in zip(head.shown(), head.kept(), strict=True)
    ]
    carried, shown, kept = np.moveaxis(spread(anchors[:3], of_head, coarse, HEAD_FADES), -1, 0)
    mirrored_share = flow.mirrored_share.reshape(rows, 2, columns, 2).mean((1, 3))
    size = np.array(grid.size, np.float32)
    positions = [2 * cells / size - 1 for cells in (flow.direct, flow.mirrored)]
    return MotionMaps(
        flow=np.ascontiguousarray(np.concatenate(positions, -1).transpose(2, 0, 1), np.float32),
        support=np.stack([carried, mirrored_share, shown, kept]).astype(np.float32),
    )
