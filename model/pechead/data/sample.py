"""One training sample in NumPy: pictures, and what the networks are told about the motion between them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.data.mattes import opacity
from pechead.face.face_motion import FaceMotionArrays
from pechead.face.model import FaceModel
from pechead.network.config import MATTE_CELLS

Array = NDArray[np.float32]
Image = NDArray[np.uint8]

EMPHASIS_CELLS = 64
EMPHASIS = 8.0
"""Weight of the losses where mouth and eyes are, against 1 elsewhere."""


@dataclass(frozen=True)
class TrainingSample:
    """A source, T driving frames and the motions between them.

    Attributes:
        source: (size, size, 3) uint8 RGB.
        driving: (T, size, size, 3) uint8 RGB, what the networks are to draw.
        motions: T.
        landmarks: (T, 478, 2) float32, [-1, 1] from edge to edge: the face as it was found in each driving
            frame. The motions' own driving landmarks are the source's face in the driving pose instead.
        emphasis: (T, 64, 64) float32, from 1 to about 8 where mouth and eyes of the driving frame are.
        mattes: (1 + T, 128, 128) uint8, of the source and of each driving frame, 255 on the person; all 255
            where it is not known.
        matted: (1 + T,) bool, which of them are known.
    """

    source: Image
    driving: Image
    motions: tuple[FaceMotionArrays, ...]
    landmarks: Array
    emphasis: Array
    mattes: NDArray[np.uint8]
    matted: NDArray[np.bool_]


def emphasis_map(landmarks: Array, model: FaceModel, size: float) -> Array:
    """Where a difference is seen most: (64, 64) float32, 8 on mouth and eyes, softly down to 1.

    Args:
        landmarks: (478, 3) pixels of the crop.
        size: width and height of the crop in pixels.
    """
    contours = model.contours
    places = landmarks[:, :2] * np.float32(EMPHASIS_CELLS / size)
    face_width = float(np.ptp(places[contours.face_oval, 0]))
    mask = np.zeros((EMPHASIS_CELLS, EMPHASIS_CELLS), np.uint8)
    for ring in (contours.outer_lips, contours.left_eye, contours.right_eye):
        corners = np.round((places[ring] - 0.5) * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
        # A shut eye has no inside, but is looked at all the same.
        cv2.polylines(mask, [corners], True, 255, max(1, round(0.08 * face_width)), cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.03 * face_width))
    return np.asarray(1 + (EMPHASIS - 1) / 255 * soft.astype(np.float32), np.float32)


def matte_map(matte: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """How much of each cell is the person's, (128, 128) uint8; all 255 if it is not known.

    Args:
        matte: (size, size) uint8, 255 on the person.
    """
    if matte is None:
        return np.full((MATTE_CELLS, MATTE_CELLS), 255, np.uint8)
    share = cv2.resize(opacity(matte), (MATTE_CELLS, MATTE_CELLS), interpolation=cv2.INTER_AREA)
    return np.asarray((share * 255).round(), np.uint8)
