"""Real frames to compare engines on: by default the demo portrait, moved by the demo's motion."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from pechead.face.head import HeadGeometry
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector
from pechead_engines.manifest import SIDES
from pechead_live.demo.motion import demo_motion
from pechead_live.demo.portrait import demo_portrait
from pechead_live.frames import DrivingFace, DrivingMotion, Image
from pechead_live.motion.settings import MotionSettings
from pechead_live.motion.stage import MotionStage
from pechead_live.renderers.network_inputs import SourceGeometry
from pechead_live.source.photo import load_photo
from pechead_live.source.photos import list_photos
from pechead_live.source.portrait import SourcePortrait
from pechead_live.source.prepare import prepare_portrait

FRAMES = 6
"""Spread over the motion: turned, tilted, speaking, blinking."""

CALIBRATING_FRAMES = 24
"""Of the demo portrait, for ranges that hold in between too."""


@dataclass(frozen=True)
class RealFrames:
    """What the graphs are told, as in the live driver.

    Attributes:
        photo: ``photo`` (1, 3, H, H), and ``image`` and ``source_...`` tensors, by the graphs' names.
        frames: the tensors that differ from frame to frame.
    """

    photo: Mapping[str, Tensor]
    frames: tuple[Mapping[str, Tensor], ...]


@cache
def real_frames(image_size: int, count: int = FRAMES) -> RealFrames:
    """The demo portrait and some frames of its motion.

    Args:
        image_size: pixels of a side of the crop that the networks see.
        count: of frames.

    Raises:
        PecheadError: the demo portrait is not installed.
    """
    model = FaceModel.load()
    return _moved(close_portrait(demo_portrait(), "the demo portrait", model), model, image_size, count)


def calibrating_frames(image_size: int, photos: Path | None = None) -> Iterator[RealFrames]:
    """What ranges are measured on: the demo portrait, and each photo of a folder, moved by the demo's motion.

    Args:
        image_size: pixels of a side of the crop that the networks see.
        photos: a folder of photos of a face each; None: there are none.

    Raises:
        PecheadError: the demo portrait is not installed, or a photo can't be animated.
    """
    yield real_frames(image_size, CALIBRATING_FRAMES)
    model = FaceModel.load()
    for path in [] if photos is None else list_photos([photos]):
        portrait = close_portrait(load_photo(path), path.name, model)
        yield _moved(portrait, model, image_size, FRAMES)


def _moved(portrait: SourcePortrait, model: FaceModel, image_size: int, count: int) -> RealFrames:
    """Frames spread over the demo's motion."""
    recording = demo_motion()
    stage = MotionStage(model, portrait, MotionSettings(smooth=0))
    faces = [
        stage.step(DrivingMotion(number, time, motion), time)
        for number, (time, motion) in enumerate(zip(recording.times, recording.moments, strict=True))
    ]
    return frames_of(portrait, faces[len(faces) // (2 * count) :: len(faces) // count], model, image_size)


def close_portrait(photo: Image, name: str, model: FaceModel) -> SourcePortrait:
    """The square around a photo's face, enlarged where graphs that draw whole frames need it larger."""
    with FaceDetector("image") as detector:
        portrait = prepare_portrait(photo, name, detector, model)
        side = portrait.image.shape[0]
        if side < SIDES[0]:
            larger = cv2.resize(
                photo, None, fx=SIDES[0] / side, fy=SIDES[0] / side, interpolation=cv2.INTER_CUBIC
            )
            portrait = prepare_portrait(np.asarray(larger, np.uint8), name, detector, model)
    return portrait


def frames_of(
    portrait: SourcePortrait, faces: Sequence[DrivingFace], model: FaceModel, image_size: int
) -> RealFrames:
    """What the graphs are told when a portrait is driven.

    Args:
        portrait: with a square crop.
        faces: to drive it with.
        model: the face model that landmarks belong to.
        image_size: pixels of a side of the crop that the networks see.
    """
    geometry = SourceGeometry.of(portrait, HeadGeometry.from_model(model))
    small = cv2.resize(portrait.image, (image_size, image_size), interpolation=cv2.INTER_AREA)
    photo = {"photo": _planes(portrait.image), "image": _planes(np.asarray(small, np.uint8))}
    photo |= {name: torch.from_numpy(values) for name, values in geometry.tensors.items()}
    frames = tuple(
        {name: torch.from_numpy(values) for name, values in geometry.driven_by(face).items()}
        for face in faces
    )
    return RealFrames(photo, frames)


def _planes(picture: Image) -> Tensor:
    """(height, width, 3) uint8 to (1, 3, height, width) in [0, 1]."""
    return (torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None] / 255).contiguous()
