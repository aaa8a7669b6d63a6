"""Closer crops: a part of all pictures of a pair, enlarged, so that faces come in more than one size."""

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from pechead.data.crop import SquareCrop
from pechead.face.fit import FaceFit


def draw_closer(size: int, closest: float, generator: Generator) -> SquareCrop:
    """A part somewhere in a square picture.

    Args:
        size: width and height of the picture in pixels.
        closest: greatest enlargement, at least 1.
        generator: for the enlargement and the place.
    """
    side = round(size / generator.uniform(1, closest))
    left, top = generator.integers(size - side + 1, size=2).tolist()
    return SquareCrop(left, top, side)


def fit_in_crop(fit: FaceFit, crop: SquareCrop, size: int) -> FaceFit:
    """The face in a part that is enlarged to ``size`` pixels a side; head space stays as it is."""
    by = np.float32(size / crop.side)
    pose = fit.pose
    moved = (pose.translation - np.array([crop.left, crop.top, 0], np.float32)) * by
    return replace(fit, pose=replace(pose, translation=moved, scale=pose.scale * float(by)))
