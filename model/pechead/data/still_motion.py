"""Still-photo motion: a photo moved by the geometric renderer, with a motion borrowed from a clip.

The live driver's packages are imported when the first still is moved, not before: ``pechead`` does not need
them otherwise.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pechead.data.clip import Clip, FaceTrack
from pechead.face.fit import FaceFit
from pechead.face.model import FaceModel

if TYPE_CHECKING:
    from pechead_live.frames import DrivingFace, Motion
    from pechead_live.renderers.geometric import GeometricRenderer

Image = NDArray[np.uint8]

MOST_GAIN = 1.6
"""By how much a clip's head movements are enlarged at most, where a drawn picture is only the source."""

MOST_KEPT = 400
"""Stills whose mattes are kept; about 1 MB each."""


@dataclass(frozen=True)
class MovedStill:
    """A still that has been moved.

    Attributes:
        image: (size, size, 3) uint8 RGB, drawn by the geometric renderer.
        fit: the face in it.
    """

    image: Image
    fit: FaceFit


class StillAnimator:
    """Moves stills; keeps what it has learned of them.

    Args:
        model: the face model.
    """

    def __init__(self, model: FaceModel) -> None:
        self._model = model
        self._kept: OrderedDict[str, GeometricRenderer] = OrderedDict()

    def move(
        self,
        still: Clip,
        fit: FaceFit,
        image: Image,
        track: FaceTrack,
        neutral: int,
        moments: Sequence[int],
        gain: float = 1.0,
    ) -> list[MovedStill]:
        """The still with the changes that a clip's face undergoes, moderately.

        Args:
            still: a clip of one frame.
            fit, image: of it, in pixels of the picture.
            track: whose motion is borrowed, in pixels of equally large pictures.
            neutral: the frame of the track that corresponds to the still as it is.
            moments: frames of the track to imitate.
            gain: factor on its head movements, 1 to 1.6; the more, the farther they may go.
        """
        size = image.shape[0]
        renderer = self._renderer(still, fit, image)
        moved = []
        for face in _retargeted(self._model, fit, size, track, neutral, moments, gain):
            there = FaceFit(face.pose, fit.identity, face.expression, fit.residual)
            moved.append(MovedStill(renderer.render(face), there))
        return moved

    def _renderer(self, still: Clip, fit: FaceFit, image: Image) -> "GeometricRenderer":
        key = still.info.key
        if key not in self._kept:
            self._kept[key] = _prepared_renderer(self._model, fit, image)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _prepared_renderer(model: FaceModel, fit: FaceFit, image: Image) -> "GeometricRenderer":
    from pechead_live.renderers.geometric import GeometricRenderer
    from pechead_live.source.crop import whole_photo
    from pechead_live.source.portrait import SourcePortrait

    renderer = GeometricRenderer(model)
    crop = whole_photo((image.shape[1], image.shape[0]))
    renderer.set_source(SourcePortrait(image, crop, image, fit.landmarks(model), fit))
    return renderer


def _retargeted(
    model: FaceModel,
    fit: FaceFit,
    size: int,
    track: FaceTrack,
    neutral: int,
    moments: Sequence[int],
    gain: float,
) -> "list[DrivingFace]":
    """As the live driver maps a driver's motion to a photo, in relative mode, with narrower limits."""
    from pechead_live.motion.retarget import SourceFace, retarget
    from pechead_live.motion.settings import MotionSettings, PoseLimits

    limits = PoseLimits(
        yaw=(12.0 * gain, 20.0 * gain),
        pitch=(8.0 * gain, 14.0 * gain),
        roll=(10.0, 16.0),
        shift=(1.5, 3.0),
        growth=(0.05, 0.12),
    )
    settings = MotionSettings(mode="relative", limits=limits, pose_gain=gain)
    source = SourceFace.of(model, fit, (size, size))
    start = _motion(track, neutral, size)
    return [retarget(source, _motion(track, moment, size), start, settings) for moment in moments]


def _motion(track: FaceTrack, index: int, size: int) -> "Motion":
    from pechead_live.frames import Motion

    place = (track.translation[index, :2] - size / 2) / size
    return Motion(
        track.rotation[index],
        place.astype(np.float32),
        float(track.scale[index]) / size,
        track.expression[index],
    )
