"""Our own losses, for a generator that blends a warped photo with paint; the paper has none of them.

In a blend that mostly shows the warped photo, paint gets hardly any gradient and stays grey, and then the
blend has no reason to show it. So paint is trained by itself where the warp fails, and the blend weight is
pushed down where paint is the better of the two.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

ERROR_CELL = 4
"""Pixels of a side of the cells in which errors are averaged before they are compared."""

COARSE_CELL = 8
"""Pixels of a side of the cells in which the moved photo is compared coarsely."""

WARP_FAILURE = 0.1
"""Mean absolute error from which on the warp has failed."""


def local_error(image: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference in and around each cell of 4 x 4 pixels; no gradient.

    Args:
        image, target: (B, 3, H, W).

    Returns:
        (B, 1, H / 4, W / 4).
    """
    with torch.no_grad():
        difference = (image.float() - target.float()).abs().mean(1, keepdim=True)
        return F.avg_pool2d(F.avg_pool2d(difference, ERROR_CELL), 3, 1, 1, count_include_pad=False)


def warp_failure(warped_error: Tensor, hidden: Tensor | None = None) -> Tensor:
    """Where paint is called for: (B, 1, h, w) in [0, 1].

    Args:
        warped_error: (B, 1, h, w) ``local_error`` of the warped photo.
        hidden: (B, 1, h, w) in [0, 1], 1 where geometry says that the source doesn't show what is needed.
    """
    failure = (warped_error / WARP_FAILURE).clamp(max=1).square()
    return failure if hidden is None else torch.maximum(failure, hidden.float())


def warped_photo_loss(warped: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the photo moved by the blended flow, at full size and at an eighth of it.

    Seen small, a flow that misses by many pixels still learns in which direction.

    Args:
        warped, target: (B, 3, H, W).
    """
    warped, target = warped.float(), target.float()
    small = F.avg_pool2d(warped, COARSE_CELL), F.avg_pool2d(target, COARSE_CELL)
    return (F.l1_loss(warped, target) + F.l1_loss(*small)) / 2


def paint_pixel_loss(
    painted: Tensor,
    target: Tensor,
    failure: Tensor,
    emphasis: Tensor | None = None,
    everywhere: float = 0.1,
) -> Tensor:
    """Mean absolute difference of the paint alone.

    Args:
        painted, target: (B, 3, H, W).
        failure: (B, 1, H, W) of ``warp_failure``, enlarged.
        emphasis: (B, 1, H, W) by which pixels count more; None: all the same.
        everywhere: least weight of a pixel; where the warp has failed the weight is 1.
    """
    difference = (painted.float() - target.float()).abs()
    weight = failure.clamp(min=everywhere)
    return (difference * (weight if emphasis is None else weight * emphasis)).mean()


def put_in_place(picture: Tensor, target: Tensor, where: Tensor) -> Tensor:
    """The target with a picture where the map says so: for losses that are to see only such places.

    Args:
        picture, target: (B, 3, H, W).
        where: (B, 1, H, W) in [0, 1].
    """
    return torch.lerp(target.float(), picture.float(), where)


def blend_loss(alpha: Tensor, warped_error: Tensor, painted_error: Tensor, margin: float = 0.03) -> Tensor:
    """Showing the warped photo costs as much as it is worse than the paint, beyond a margin.

    Args:
        alpha: (B, 1, H, W), 1 = warped photo.
        warped_error, painted_error: (B, 1, H / 4, W / 4) of ``local_error``.
        margin: error by which paint has to be better before it counts: paint is never as sharp.
    """
    shown = F.avg_pool2d(alpha.float(), ERROR_CELL)
    return (shown * F.relu(warped_error - painted_error - margin)).mean()
