"""The portrait and the stages that the pipeline's tests run."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector
from pechead_live.clock import Clock, MonotonicClock
from pechead_live.compositor.compositor import Compositor
from pechead_live.motion.driver import DriverTracker
from pechead_live.motion.settings import MotionSettings
from pechead_live.motion.stage import MotionStage
from pechead_live.pipeline.stages import AvatarStage, KeypointStage
from pechead_live.pipeline.statistics import Statistics
from pechead_live.renderers.base import Renderer
from pechead_live.renderers.still import StillRenderer
from pechead_live.source.portrait import SourcePortrait
from pechead_live.source.prepare import prepare_portrait


@pytest.fixture(scope="session")
def whole_portrait(
    portrait_photo: NDArray[np.uint8], image_detector: FaceDetector, face_model: FaceModel
) -> SourcePortrait:
    """The portrait with the whole photo as its crop, so that a still renderer shows just the photo."""
    return prepare_portrait(portrait_photo, "portrait", image_detector, face_model, "whole")


@pytest.fixture
def clock() -> Clock:
    return MonotonicClock()


@pytest.fixture
def statistics(clock: Clock) -> Statistics:
    return Statistics(clock)


@pytest.fixture
def keypoints(face_model: FaceModel, statistics: Statistics) -> KeypointStage:
    """For cameras without pictures."""
    return KeypointStage(None, DriverTracker(face_model), statistics)


@pytest.fixture
def make_avatar(
    whole_portrait: SourcePortrait, face_model: FaceModel, statistics: Statistics
) -> Callable[[Renderer], AvatarStage]:
    """Stages in absolute motion that show the portrait at its own size with a given renderer."""

    def make(renderer: Renderer) -> AvatarStage:
        renderer.set_source(whole_portrait)
        motion = MotionStage(face_model, whole_portrait, MotionSettings(mode="absolute", smooth=0))
        return AvatarStage(motion, renderer, Compositor(whole_portrait), statistics)

    return make


@pytest.fixture
def still_avatar(make_avatar: Callable[[Renderer], AvatarStage]) -> AvatarStage:
    return make_avatar(StillRenderer())
