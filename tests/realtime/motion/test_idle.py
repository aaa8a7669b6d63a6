"""What an avatar does that nobody drives."""

from itertools import pairwise

import numpy as np
import pytest

from pechead.face.model import FaceModel
from pechead.face.pose import angles
from pechead_live.frames import DrivingMotion
from pechead_live.motion.idle import BLINK_EVERY, blink, idle_face
from pechead_live.motion.retarget import SourceFace
from pechead_live.motion.settings import MotionSettings
from pechead_live.motion.stage import MotionStage
from pechead_live.source.portrait import SourcePortrait

FRAME = 1 / 30


@pytest.fixture(scope="module")
def source(face_model: FaceModel, portrait: SourcePortrait) -> SourceFace:
    return SourceFace.of(face_model, portrait.fit, (portrait.crop.width, portrait.crop.height))


def test_it_moves_a_little_all_the_time_and_never_far(source: SourceFace) -> None:
    faces = [idle_face(source, i * FRAME) for i in range(900)]
    turned = np.array(
        [
            (a.yaw, a.pitch, a.roll)
            for a in (angles(face.pose.rotation @ source.fit.pose.rotation.T) for face in faces)
        ]
    )
    assert np.abs(turned).max() < 2.5
    assert (turned.std(axis=0) > 0.1).all()
    steps = [
        float(np.linalg.norm(b.landmarks - a.landmarks, axis=1)[:468].mean()) for a, b in pairwise(faces)
    ]
    assert 0 < np.median(steps) < 0.2, "pixels a frame"


def test_it_blinks_about_as_often_as_people_do_at_uneven_times() -> None:
    shut = np.array([blink(i / 100) for i in range(6000)])
    begins = np.flatnonzero((shut[1:] > 0.5) & (shut[:-1] <= 0.5)) / 100
    assert 60 / BLINK_EVERY - 2 <= len(begins) <= 60 / BLINK_EVERY + 2
    assert np.diff(begins).std() > 0.5
    assert np.diff(begins).min() > 0.5
    assert shut.max() > 0.99
    assert (shut > 0).mean() < 0.1


def test_a_blink_shuts_the_photos_eyes(source: SourceFace) -> None:
    moments = np.arange(0, 10, 0.01)
    shut = moments[int(np.argmax([blink(now) for now in moments]))]
    openness = source.eyelids.opening(idle_face(source, shut).expression)
    assert (openness < 0.35 * source.eyelids.opening(source.fit.expression)).all()


def test_the_avatar_idles_whenever_nobody_drives_it_and_passes_over_without_a_jump(
    face_model: FaceModel, portrait: SourcePortrait, source: SourceFace, make_motion: object
) -> None:
    stage = MotionStage(face_model, portrait, MotionSettings(idle=True, smooth=0))
    seen = make_motion(yaw=20)  # type: ignore[operator]
    calm = make_motion()  # type: ignore[operator]
    motions = [None] * 30 + [calm] * 60 + [seen] * 30 + [None] * 120
    faces = [stage.step(DrivingMotion(i, i * FRAME, motion), i * FRAME) for i, motion in enumerate(motions)]
    for i in (0, 29, len(motions) - 1):
        np.testing.assert_allclose(faces[i].landmarks, idle_face(source, i * FRAME).landmarks, atol=0.01)
    steps = [float(np.linalg.norm(b.landmarks - a.landmarks, axis=1).mean()) for a, b in pairwise(faces)]
    assert max(steps[121:]) < 3, "pixels from frame to frame, from the loss on"
