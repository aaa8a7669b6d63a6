"""Which landmark is which when left and right are exchanged."""

import numpy as np
from numpy.typing import NDArray

from pechead.face.bundle import read_canonical_mesh
from pechead.face.model import SURFACE_POINTS, FaceModel
from pechead.landmarker.locate import find_model_file

Array = NDArray[np.float32]


def mirror_indices(model: FaceModel) -> NDArray[np.int64]:
    """(478,) the landmark on the other side of the face; one in the middle is its own.

    The canonical mesh is exactly symmetric; the irises are told apart from the eyelids by their place.

    Args:
        model: for the irises.

    Raises:
        ModelFileError: the file that holds the canonical mesh can't be found.
    """
    surface = read_canonical_mesh(find_model_file()).vertices
    irises = model.mean[SURFACE_POINTS:]
    return np.concatenate([_opposite(surface), SURFACE_POINTS + _opposite(irises)])


def _opposite(points: Array) -> NDArray[np.int64]:
    """For each point the one nearest to its mirror image."""
    flipped = points * np.array([-1, 1, 1], np.float32)
    return np.asarray(((points[:, None] - flipped[None]) ** 2).sum(-1).argmin(1), np.int64)
