"""The stages made from the user's settings; the same for live and offline runs."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Literal

from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector
from pechead_live.cameras.base import Camera
from pechead_live.compositor.badge import Badge
from pechead_live.compositor.compositor import Compositor
from pechead_live.compositor.fit import suggest_fit_mode
from pechead_live.controls.state import ControlState
from pechead_live.frames import Image
from pechead_live.motion.driver import DriverTracker
from pechead_live.motion.driver_choice import ChoiceSettings
from pechead_live.motion.settings import MotionSettings, default_smooth
from pechead_live.motion.stage import MotionStage
from pechead_live.pipeline.avatar import Avatar
from pechead_live.pipeline.stages import AvatarStage, KeypointStage
from pechead_live.pipeline.statistics import Statistics
from pechead_live.renderers.create import create_renderer
from pechead_live.settings import Settings
from pechead_live.source.portrait import SourcePortrait
from pechead_live.source.prepare import LARGEST_FACE_CROP, CropMode, prepare_portrait

LIVE_LONGEST_SIDE = 640
"""Pixels of the camera picture that is searched for a face in real time."""

SMALLEST_LIMIT = 512
"""Pixels; a live face crop is never held to less, however small the output, since they cost little."""

FACES_FOLLOWED = 2
"""In the camera's picture, live: the driver, and one who may take over. To look for the second one costs
1.4 ms of one core a frame while nobody else is there, 7 ms otherwise."""

FACES_LOOKED_FOR = 2
"""In the photo: a second face is not animated, but has to be noticed."""


def make_avatar_stage(
    settings: Settings,
    model: FaceModel,
    photo: Image,
    photo_name: str,
    output_size: tuple[int, int],
    statistics: Statistics,
) -> AvatarStage:
    """The stage that animates one photo; see ``make_avatar``."""
    avatar = make_avatar(settings, model, photo, photo_name, output_size)
    return dress(settings, model, avatar, statistics)


def make_avatar(
    settings: Settings, model: FaceModel, photo: Image, photo_name: str, output_size: tuple[int, int]
) -> Avatar:
    """Find the face in the photo and prepare everything that stays the same from frame to frame.

    Args:
        settings: the user's.
        model: the face model.
        photo: (height, width, 3) uint8 RGB.
        photo_name: what messages call it.
        output_size: width and height of the outputs' frames.

    Raises:
        PhotoError: no face, several faces, or one that is too small.
        ModelFileError: the landmarker's model can't be found.
    """
    portrait = find_portrait(settings, model, photo, photo_name, output_size)
    renderer = create_renderer(settings.drawn_by, model, settings.engine, settings.precision)
    renderer.set_source(portrait)
    fit_mode = suggest_fit_mode(portrait, output_size) if settings.fit == "auto" else settings.fit
    return Avatar(portrait, renderer, Compositor(portrait, output_size, fit_mode))


def dress(
    settings: Settings,
    model: FaceModel,
    avatar: Avatar,
    statistics: Statistics,
    controls: Callable[[], ControlState] | None = None,
) -> AvatarStage:
    """The stage that animates an avatar, or any other that it is given later.

    Args:
        settings: the user's.
        model: the face model.
        avatar: the first one.
        statistics: gets the stage's times.
        controls: tells what live controls have set; None if there are none.
    """
    motion = MotionStage(model, avatar.portrait, motion_settings(settings))
    badge = Badge(avatar.compositor.size) if settings.badge else None
    return AvatarStage(motion, avatar.renderer, avatar.compositor, statistics, badge, controls)


def find_portrait(
    settings: Settings, model: FaceModel, photo: Image, photo_name: str, output_size: tuple[int, int]
) -> SourcePortrait:
    """The photo's face in a crop that the renderer can draw in time.

    A frame's cost grows with the crop's area. Live a large photo is reduced until its face crop is as large
    as the output's shorter side, which is what shows of a head; offline there is time for more. A photo that
    is animated whole keeps its size.

    Args:
        settings: the user's.
        model: the face model.
        photo: (height, width, 3) uint8 RGB.
        photo_name: what messages call it.
        output_size: width and height of the outputs' frames.

    Raises:
        PhotoError: no face, several faces, or one that is too small.
        ModelFileError: the landmarker's model can't be found.
    """
    largest = LARGEST_FACE_CROP
    if not settings.offline:
        largest = min(largest, max(SMALLEST_LIMIT, min(output_size)))
    with FaceDetector("image", max_faces=FACES_LOOKED_FOR) as detector:
        return prepare_portrait(photo, photo_name, detector, model, crop_mode(settings), largest)


def crop_mode(settings: Settings) -> CropMode:
    """What is animated: networks know faces of one size, so of another photo just the face's surroundings."""
    return "close" if settings.crop == "whole" and settings.renderer == "pechead" else settings.crop


def make_keypoint_stage(
    settings: Settings, model: FaceModel, camera: Camera, statistics: Statistics, resources: ExitStack
) -> KeypointStage:
    """Prepare the search for the driver's face.

    Args:
        settings: the user's.
        model: the face model.
        camera: a motion recording, whose pictures have no size, needs no detector.
        statistics: gets the stage's times.
        resources: closes the detector in the end.

    Raises:
        ModelFileError: the landmarker's model can't be found.
    """
    detector, tracker = None, DriverTracker(model)
    if camera.size != (0, 0):
        faces = 1 if settings.offline else FACES_FOLLOWED
        detector = resources.enter_context(FaceDetector(looking_mode(settings), faces))
    if settings.offline:
        return KeypointStage(detector, tracker, statistics)
    return KeypointStage(detector, tracker, statistics, LIVE_LONGEST_SIDE, ChoiceSettings())


def looking_mode(settings: Settings) -> Literal["image", "video"]:
    """How the detector looks at the driver: following the face, or afresh in every frame.

    A face that is followed is steadier, as the landmarker smooths its landmarks: a third of a frame late on
    average. Where nothing is to be smoothed and there is time, every frame is looked at by itself.
    """
    return "image" if settings.offline and motion_settings(settings).smooth == 0 else "video"


def motion_settings(settings: Settings) -> MotionSettings:
    """How motion is taken over, from the user's settings."""
    smooth = settings.smooth
    return MotionSettings(
        mode=settings.motion,
        smooth=default_smooth(settings.motion, settings.offline) if smooth is None else smooth,
        pose_gain=1.0 if settings.pose_gain is None else settings.pose_gain,
        expression_gain=1.0 if settings.expression_gain is None else settings.expression_gain,
        idle=not settings.offline,
    )
