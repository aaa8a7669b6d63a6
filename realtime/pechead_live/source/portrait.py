"""The source portrait: the photo, its crop and the face in it, computed once per photo."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pechead.face.fit import FaceFit
from pechead_live.frames import Image


@dataclass(frozen=True)
class Crop:
    """A rectangle of the photo, in photo pixels; may reach beyond the photo's edges.

    Attributes:
        left, top, width, height: in whole pixels of the photo.
    """

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class SourcePortrait:
    """Everything about the photo that stays the same from frame to frame.

    Attributes:
        photo: (height, width, 3) uint8 RGB, upright, the whole picture.
        crop: the part of the photo that is animated.
        image: (crop height, crop width, 3) uint8 RGB, the crop's pixels; beyond the photo its edge repeats.
        landmarks: (478, 3) float32, pixels of the crop, x right, y down, z away from the camera.
        fit: face shape, expression and pose fitted to the landmarks, in pixels of the crop.
    """

    photo: Image
    crop: Crop
    image: Image
    landmarks: NDArray[np.float32]
    fit: FaceFit
