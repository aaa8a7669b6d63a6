"""What travels between the stages of the pipeline.

Every item carries ``sequence`` (counts from 0) and ``captured_at`` (seconds of the monotonic clock when the
camera frame was taken), so that drops can be counted and frame age measured wherever the item ends up.
Images are RGB throughout; only OpenCV's own calls see BGR.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pechead.face.pose import Pose

Image = NDArray[np.uint8]
"""(height, width, 3) uint8, RGB."""


@dataclass(frozen=True)
class CameraFrame:
    """A picture from the camera.

    Attributes:
        image: (height, width, 3) uint8 RGB.
    """

    sequence: int
    captured_at: float
    image: Image


@dataclass(frozen=True)
class Motion:
    """Pose and expression of a driver's face, free of the size of the picture it was seen in.

    Attributes:
        rotation: (3, 3) float32, head space to camera space (x right, y up, z toward the camera).
        translation: (2,) float32, where the origin of head space projects to, measured from the picture's
            centre in picture heights, x right, y down.
        scale: picture heights per centimetre of head space.
        expression: (52,) float32, blendshape weights, about [0, 1], in the order of
            ``pechead.face.blendshapes.NAMES``.
        person: counts up when another face takes the driver's place; a neutral belongs to one person.
    """

    rotation: NDArray[np.float32]
    translation: NDArray[np.float32]
    scale: float
    expression: NDArray[np.float32]
    person: int = 0


@dataclass(frozen=True)
class DrivingMotion:
    """One moment of the driver; ``motion`` is None while no face is seen."""

    sequence: int
    captured_at: float
    motion: Motion | None


@dataclass(frozen=True)
class DrivingFace:
    """The avatar's face as the renderer has to draw it: the source's shape, the driver's pose and expression.

    Attributes:
        landmarks: (478, 3) float32, pixels of the source crop, x right, y down, z away from the camera.
        pose: in pixels of the source crop.
        expression: (52,) float32, blendshape weights.
    """

    landmarks: NDArray[np.float32]
    pose: Pose
    expression: NDArray[np.float32]


@dataclass(frozen=True)
class RenderedFrame:
    """A finished picture on its way to the outputs."""

    sequence: int
    captured_at: float
    image: Image
