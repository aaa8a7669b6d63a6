"""What live controls do to the pictures that all outputs get."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.model import FaceModel
from pechead_live.compositor.badge import Badge
from pechead_live.compositor.compositor import Compositor
from pechead_live.compositor.view import View, seen
from pechead_live.controls.state import ControlState
from pechead_live.demo.motion import demo_motion
from pechead_live.frames import DrivingMotion, Image
from pechead_live.motion.settings import MotionSettings
from pechead_live.motion.stage import MotionStage
from pechead_live.pipeline.avatar import Avatar
from pechead_live.pipeline.stages import AvatarStage
from pechead_live.pipeline.statistics import Statistics
from pechead_live.renderers.geometric import GeometricRenderer
from pechead_live.renderers.still import StillRenderer
from pechead_live.source.portrait import SourcePortrait

MOTIONS = demo_motion().moments


class Controlled:
    """An avatar whose controls the test sets."""

    def __init__(self, stage: Callable[[Callable[[], ControlState]], AvatarStage]) -> None:
        self.state = ControlState()
        self.stage = stage(lambda: self.state)
        self._count = 0

    def frame(self, moment: int) -> Image:
        self._count += 1
        now = self._count / 30
        return self.stage.step(DrivingMotion(self._count, now, MOTIONS[moment]), now).image


@pytest.fixture
def controlled(whole_portrait: SourcePortrait, face_model: FaceModel, statistics: Statistics) -> Controlled:
    def make(controls: Callable[[], ControlState]) -> AvatarStage:
        renderer = GeometricRenderer(face_model)
        renderer.set_source(whole_portrait)
        motion = MotionStage(face_model, whole_portrait, MotionSettings(mode="absolute", smooth=0))
        compositor = Compositor(whole_portrait)
        return AvatarStage(motion, renderer, compositor, statistics, Badge(compositor.size), controls)

    return Controlled(make)


def test_frozen_the_picture_stays_and_then_the_driver_is_followed_again(controlled: Controlled) -> None:
    before = controlled.frame(0)
    controlled.state = ControlState(freeze=True)
    np.testing.assert_array_equal(controlled.frame(120), before)
    controlled.state = ControlState()
    assert (controlled.frame(120) != before).mean() > 0.1


def test_hidden_there_is_a_slate_without_any_of_the_photo(controlled: Controlled) -> None:
    before = controlled.frame(0)
    controlled.state = ControlState(hide=True, freeze=True)
    slate = controlled.frame(0)
    assert slate.shape == before.shape
    assert slate.std() < 30
    np.testing.assert_array_equal(controlled.frame(120), slate)
    controlled.state = ControlState()
    assert (controlled.frame(0) == before).mean() > 0.99


def test_zoom_and_mirror_change_the_avatar_and_not_its_badge(controlled: Controlled) -> None:
    plain = controlled.frame(0)
    controlled.state = ControlState(zoom=2, pan_x=0.5, mirror_output=True)
    shown = controlled.frame(0)
    place = Badge((512, 512)).place.slices
    expected = seen(plain, View(2, 0.5, 0.0, True))
    free = np.ones((512, 512), bool)
    free[place] = False
    assert np.abs(shown[free].astype(int) - expected[free]).mean() < 1
    unmarked = expected.copy()
    Badge((512, 512)).mark(expected)
    assert np.abs(shown[place].astype(int) - expected[place]).mean() < 3
    assert np.abs(shown[place].astype(int) - unmarked[place]).mean() > 10


def test_another_avatar_is_put_on_between_two_frames(
    controlled: Controlled, whole_portrait: SourcePortrait, portrait_photo: NDArray[np.uint8]
) -> None:
    controlled.frame(0)
    other = replace(whole_portrait, photo=255 - portrait_photo, image=255 - portrait_photo)
    renderer = StillRenderer()
    renderer.set_source(other)
    controlled.stage.wear(Avatar(other, renderer, Compositor(other)))
    place = Badge((512, 512)).place.slices
    expected = 255 - portrait_photo
    Badge((512, 512)).mark(expected)
    np.testing.assert_array_equal(controlled.frame(1)[place], expected[place])
    np.testing.assert_array_equal(controlled.frame(2), expected)
