"""How the user's settings become stages: the size that is animated, and how the photo is fitted."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.model import FaceModel
from pechead_live.cameras.open import open_camera
from pechead_live.clock import MonotonicClock
from pechead_live.compositor.badge import Badge
from pechead_live.frames import DrivingMotion, Image
from pechead_live.pipeline.assembly import find_portrait, make_avatar_stage, make_keypoint_stage
from pechead_live.pipeline.statistics import Statistics
from pechead_live.settings import Settings
from pechead_live.source.crop import FACE_CROP_STEP

LIVE = Settings(renderer="still")
OFFLINE = replace(LIVE, offline=True)
BEFORE_ANY_FACE = DrivingMotion(sequence=0, captured_at=0.0, motion=None)


@pytest.fixture(scope="module")
def close_up(portrait_photo: NDArray[np.uint8]) -> Image:
    """(1200, 900, 3): the face fills half of the width."""
    close = np.ascontiguousarray(portrait_photo[20:260, 130:310])
    return np.asarray(cv2.resize(close, (900, 1200), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize(
    ("settings", "output_size", "crop_side"),
    [
        (LIVE, (1280, 720), 720),
        (LIVE, (720, 1280), 720),
        (LIVE, (320, 240), 512),
        (LIVE, (4096, 2160), 1024),
        (OFFLINE, (1280, 720), 1024),
    ],
)
def test_a_large_photo_is_reduced_to_what_can_be_drawn_in_time(
    settings: Settings, output_size: tuple[int, int], crop_side: int, close_up: Image, face_model: FaceModel
) -> None:
    portrait = find_portrait(settings, face_model, close_up, "me.png", output_size)
    assert 0 <= portrait.crop.width - crop_side <= FACE_CROP_STEP


def test_a_photo_that_is_animated_whole_keeps_its_size(close_up: Image, face_model: FaceModel) -> None:
    portrait = find_portrait(replace(LIVE, crop="whole"), face_model, close_up, "me.png", (320, 240))
    np.testing.assert_array_equal(portrait.image, close_up)


def test_every_picture_carries_the_badge_unless_it_is_refused(
    portrait_photo: NDArray[np.uint8], face_model: FaceModel, statistics: Statistics
) -> None:
    place = Badge((512, 512)).place.slices
    shown = {}
    for badge in (True, False):
        settings = replace(LIVE, crop="whole", badge=badge)
        stage = make_avatar_stage(settings, face_model, portrait_photo, "me.png", (512, 512), statistics)
        shown[badge] = [stage.step(BEFORE_ANY_FACE, now=at).image for at in (0.0, 0.1)]
    for marked, unmarked in zip(shown[True], shown[False], strict=True):
        np.testing.assert_array_equal(unmarked, portrait_photo)
        Badge((512, 512)).mark(unmarked)
        np.testing.assert_array_equal(marked, unmarked)
        assert (marked[place] != portrait_photo[place]).mean() > 0.5


@pytest.mark.parametrize(("smooth", "lags"), [(None, False), (0.5, True)])
def test_what_is_compared_frame_by_frame_does_not_lag(
    smooth: float | None,
    lags: bool,
    portrait_photo: NDArray[np.uint8],
    face_model: FaceModel,
    statistics: Statistics,
    tmp_path: Path,
) -> None:
    """Offline and absolute: a head that jumps by 24 pixels from frame to frame has jumped in each of them."""
    places = [0, 24, 0, 24, 0, 24]
    talk = tmp_path / "talk.mkv"
    with av.open(str(talk), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 448, 448, "bgr0"
        for place in places:
            frame = np.ascontiguousarray(portrait_photo[:448, 32 - place : 480 - place])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24").reformat(format="bgr0")))
        container.mux(stream.encode(None))
    settings = replace(OFFLINE, motion="absolute", camera=str(talk), smooth=smooth)
    found = []
    with ExitStack() as resources:
        camera = resources.enter_context(open_camera(str(talk), MonotonicClock(), realtime=False))
        stage = make_keypoint_stage(settings, face_model, camera, statistics, resources)
        while (taken := camera.read()) is not None:
            driving = stage.step(taken)
            assert driving.motion is not None
            found.append(driving.motion.translation[0] * 448)
    jumps = np.abs(np.diff(found))
    assert (jumps.min() < 20) if lags else (np.abs(jumps - 24).max() < 1.5)


@pytest.mark.parametrize(("output_size", "same_as"), [((1280, 720), "blur"), ((720, 960), "fill")])
def test_unless_said_otherwise_the_photo_fills_the_output_where_the_head_is_not_cut(
    output_size: tuple[int, int],
    same_as: str,
    close_up: Image,
    face_model: FaceModel,
    statistics: Statistics,
) -> None:
    def shown(settings: Settings) -> Image:
        stage = make_avatar_stage(settings, face_model, close_up, "me.png", output_size, statistics)
        return stage.step(BEFORE_ANY_FACE, now=0.0).image

    frames = {fit: shown(replace(LIVE, fit=fit)) for fit in ("fill", "letterbox", "blur")}
    automatic = shown(LIVE)
    assert [fit for fit, frame in frames.items() if np.array_equal(frame, automatic)] == [same_as]
