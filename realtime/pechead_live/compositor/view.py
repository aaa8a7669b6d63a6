"""Which part of the finished picture is shown, and which way round."""

from dataclasses import dataclass

import cv2
import numpy as np

from pechead_live.frames import Image

LARGEST_ZOOM = 4.0


@dataclass(frozen=True)
class View:
    """How the picture is looked at.

    Attributes:
        zoom: 1 = all of it, up to ``LARGEST_ZOOM``.
        x, y: where the middle of what is shown lies, from -1 (as far left or up as the zoom lets it) to 1.
        mirrored: left and right changed over, after zoom and place.
    """

    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0
    mirrored: bool = False


def seen(image: Image, view: View) -> Image:
    """The picture in a view, of the same size.

    Args:
        image: (height, width, 3) uint8 RGB.
        view: the default one gives the picture itself.
    """
    if view.zoom > 1:
        image = _zoomed(image, view)
    return np.asarray(cv2.flip(image, 1), np.uint8) if view.mirrored else image


def _zoomed(image: Image, view: View) -> Image:
    height, width = image.shape[:2]
    left, top = (
        (side - side / view.zoom) * (1 + place) / 2 for side, place in ((width, view.x), (height, view.y))
    )
    # Pixel centres lie at halves; the matrix leads from the shown picture to the one that is looked at.
    step = 1 / view.zoom
    matrix = np.array([[step, 0, left + step / 2 - 0.5], [0, step, top + step / 2 - 0.5]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(image, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
