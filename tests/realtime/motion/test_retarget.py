"""The driver's motion on the astronaut's face."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.blendshapes import index
from pechead.face.model import FaceModel
from pechead.face.pose import Pose, angles
from pechead_live.frames import Motion
from pechead_live.motion.driver import size_free
from pechead_live.motion.eyelids import eye_openings
from pechead_live.motion.retarget import SourceFace, between, retarget
from pechead_live.motion.rotations import angle_between
from pechead_live.motion.settings import MotionSettings
from pechead_live.source.portrait import SourcePortrait

MakeMotion = Callable[..., Motion]
RELATIVE = MotionSettings()
ABSOLUTE = MotionSettings(mode="absolute")


@pytest.fixture(scope="module")
def source(face_model: FaceModel, portrait: SourcePortrait) -> SourceFace:
    return SourceFace.of(face_model, portrait.fit, (portrait.crop.width, portrait.crop.height))


def turned(source: SourceFace, pose: Pose) -> tuple[float, float, float]:
    """Yaw, pitch and roll against the photo's own pose."""
    a = angles(pose.rotation @ source.fit.pose.rotation.T)
    return a.yaw, a.pitch, a.roll


def lip_gap(source: SourceFace, landmarks: NDArray[np.float32]) -> float:
    """Mean distance of the inner lips, in centimetres."""
    ring = source.model.contours.inner_lips
    half = len(ring) // 2
    return float((landmarks[ring[1:half], 1] - landmarks[ring[:half:-1], 1]).mean()) / source.fit.pose.scale


class TestRelative:
    def test_the_neutral_gives_the_photo_itself(self, source: SourceFace, make_motion: MakeMotion) -> None:
        neutral = make_motion(yaw=12, pitch=-8, roll=3, x=0.2, y=-0.1, jawOpen=0.05, eyeBlinkLeft=0.2)
        face = retarget(source, neutral, neutral, RELATIVE)
        own = source.fit.landmarks(source.model)
        assert face.landmarks == pytest.approx(own, abs=0.01)

    @pytest.mark.parametrize("angle", [{"yaw": 15.0}, {"pitch": -12.0}, {"roll": 20.0}])
    def test_turning_turns_the_photo_as_much(
        self, source: SourceFace, make_motion: MakeMotion, angle: dict[str, float]
    ) -> None:
        face = retarget(source, make_motion(**angle), make_motion(), RELATIVE)
        expected = [angle.get(name, 0) for name in ("yaw", "pitch", "roll")]
        assert turned(source, face.pose) == pytest.approx(expected, abs=0.01)

    def test_turning_starts_from_wherever_the_driver_sits(
        self, source: SourceFace, make_motion: MakeMotion
    ) -> None:
        beside_the_camera = make_motion(yaw=20)
        face = retarget(source, make_motion(yaw=30), beside_the_camera, RELATIVE)
        assert turned(source, face.pose)[0] == pytest.approx(10, abs=0.01)

    @pytest.mark.parametrize("yaw", [35, 50, 90])
    def test_far_turns_are_bent_softly(self, source: SourceFace, make_motion: MakeMotion, yaw: float) -> None:
        reached = turned(source, retarget(source, make_motion(yaw=yaw), make_motion(), RELATIVE).pose)[0]
        less = turned(source, retarget(source, make_motion(yaw=yaw - 2), make_motion(), RELATIVE).pose)[0]
        assert less < reached < min(yaw, RELATIVE.limits.yaw[1])

    def test_a_centimetre_is_a_centimetre(self, source: SourceFace, make_motion: MakeMotion) -> None:
        far_away = make_motion(scale=0.01), make_motion(scale=0.01, x=0.02, y=-0.03)
        moved = (
            retarget(source, far_away[1], far_away[0], RELATIVE).pose.translation
            - source.fit.pose.translation
        )
        assert moved[:2] / source.fit.pose.scale == pytest.approx([2, -3], abs=1e-3)

    def test_leaning_straight_toward_the_camera_shifts_nothing(
        self, source: SourceFace, make_motion: MakeMotion
    ) -> None:
        low_in_the_picture = make_motion(y=0.2, scale=0.02)
        nearer = make_motion(y=0.3, scale=0.03)
        pose = retarget(source, nearer, low_in_the_picture, RELATIVE).pose
        assert pose.translation == pytest.approx(source.fit.pose.translation, abs=0.01)

    def test_size_follows_a_little_and_never_far(self, source: SourceFace, make_motion: MakeMotion) -> None:
        def growth(scale: float) -> float:
            face = retarget(source, make_motion(scale=scale), make_motion(scale=0.02), RELATIVE)
            return face.pose.scale / source.fit.pose.scale

        assert growth(0.022) == pytest.approx(1.1**RELATIVE.size_gain)
        assert growth(0.2) < math.exp(RELATIVE.limits.growth[1])
        assert growth(0.002) > math.exp(-RELATIVE.limits.growth[1])

    def test_gains_scale_the_movement(self, source: SourceFace, make_motion: MakeMotion) -> None:
        neutral, driving = make_motion(), make_motion(yaw=20, x=0.05, jawOpen=0.4)
        half = retarget(source, driving, neutral, MotionSettings(pose_gain=0.5, expression_gain=0.5))
        full = retarget(source, driving, neutral, RELATIVE)
        assert turned(source, half.pose)[0] == pytest.approx(10, abs=0.01)
        own = source.fit
        assert half.pose.translation[0] - own.pose.translation[0] == pytest.approx(
            (full.pose.translation[0] - own.pose.translation[0]) / 2, abs=0.01
        )
        jaw = index("jawOpen")
        assert half.expression[jaw] - own.expression[jaw] == pytest.approx(
            (full.expression[jaw] - own.expression[jaw]) / 2, abs=0.01
        )

    def test_opening_the_mouth_opens_the_photos(self, source: SourceFace, make_motion: MakeMotion) -> None:
        gaps = [
            lip_gap(source, retarget(source, make_motion(jawOpen=jaw), make_motion(), RELATIVE).landmarks)
            for jaw in (0, 0.2, 0.4, 0.6)
        ]
        assert all(b - a > 0.2 for a, b in pairwise(gaps))

    def test_closing_the_mouth_closes_it_whatever_the_neutral_was(
        self, source: SourceFace, make_motion: MakeMotion
    ) -> None:
        caught_talking = make_motion(jawOpen=0.4)
        closed = retarget(source, make_motion(jawOpen=0.01), caught_talking, RELATIVE)
        assert lip_gap(source, closed.landmarks) <= lip_gap(source, source.fit.landmarks(source.model)) + 0.02

    def test_a_neutral_caught_talking_still_lets_the_mouth_open(
        self, source: SourceFace, make_motion: MakeMotion
    ) -> None:
        caught_talking = make_motion(jawOpen=0.5)
        open_again = retarget(source, make_motion(jawOpen=0.5), caught_talking, RELATIVE)
        assert (
            lip_gap(source, open_again.landmarks) > lip_gap(source, source.fit.landmarks(source.model)) + 0.4
        )

    def test_pursing_narrows_the_photos_smile(self, source: SourceFace, make_motion: MakeMotion) -> None:
        def width(**weights: float) -> float:
            landmarks = retarget(source, make_motion(**weights), make_motion(), RELATIVE).landmarks
            return float(np.ptp(landmarks[source.model.contours.outer_lips, 0]))

        assert width(mouthPucker=0.6) < 0.85 * width()

    @pytest.mark.parametrize("at_rest", [0.02, 0.15, 0.3, 0.6])
    @pytest.mark.parametrize("yaw", [0, 20])
    def test_shut_eyes_are_shut_whatever_the_neutral_was(
        self, source: SourceFace, make_motion: MakeMotion, at_rest: float, yaw: float
    ) -> None:
        neutral = make_motion(
            eyeBlinkLeft=at_rest, eyeBlinkRight=at_rest, eyeLookDownLeft=0.25, eyeLookDownRight=0.25
        )
        shut = make_motion(
            yaw=yaw, eyeBlinkLeft=0.75, eyeBlinkRight=0.72, eyeLookDownLeft=0.6, eyeLookDownRight=0.6,
            eyeSquintLeft=0.55, eyeSquintRight=0.55,
        )  # fmt: skip
        face = retarget(source, shut, neutral, RELATIVE)
        openings = eye_openings(source.model, face.pose.to_head(face.landmarks))
        assert (np.abs(openings) < 0.12 * source.openings).all()

    def test_one_eye_can_wink(self, source: SourceFace, make_motion: MakeMotion) -> None:
        wink = make_motion(eyeBlinkLeft=0.8, eyeSquintLeft=0.6, eyeLookDownLeft=0.5)
        face = retarget(source, wink, make_motion(), RELATIVE)
        left, right = eye_openings(source.model, face.pose.to_head(face.landmarks)) / source.openings
        assert left < 0.5
        assert right > left + 0.3

    def test_weights_stay_sane(self, source: SourceFace, make_motion: MakeMotion) -> None:
        everything = make_motion()
        everything.expression[:] = 1
        nothing = make_motion()
        for driving, neutral in ((everything, nothing), (nothing, everything)):
            face = retarget(source, driving, neutral, MotionSettings(expression_gain=2))
            assert np.abs(face.expression).max() <= 2
            others = np.delete(face.expression, [index("eyeBlinkLeft"), index("eyeBlinkRight")])
            assert others.min() >= min(0, source.fit.expression.min())
            assert others.max() <= max(1, source.fit.expression.max())
            assert np.isfinite(face.landmarks).all()


class TestAbsolute:
    def test_the_photo_driving_itself_gives_the_photo(self, source: SourceFace) -> None:
        driving = size_free(source.fit.pose, source.fit.expression, source.size)
        face = retarget(source, driving, driving, ABSOLUTE)
        assert face.landmarks == pytest.approx(source.fit.landmarks(source.model), abs=0.01)

    def test_place_size_and_pose_are_taken_over(self, source: SourceFace, make_motion: MakeMotion) -> None:
        driving = make_motion(yaw=-20, pitch=5, x=0.1, y=-0.2, scale=0.02)
        pose = retarget(source, driving, make_motion(yaw=50), ABSOLUTE).pose
        width, height = source.size
        assert angle_between(pose.rotation, driving.rotation) < 0.01
        assert pose.translation[:2] == pytest.approx(
            [width / 2 + 0.1 * height, height / 2 - 0.2 * height], abs=0.01
        )
        assert pose.scale == pytest.approx(0.02 * height)

    def test_the_expression_is_taken_over(self, source: SourceFace, make_motion: MakeMotion) -> None:
        driving = make_motion(jawOpen=0.37, eyeBlinkLeft=0.6)
        assert retarget(source, driving, make_motion(), ABSOLUTE).expression == pytest.approx(
            driving.expression
        )

    def test_the_face_shape_stays_the_photos(self, source: SourceFace, make_motion: MakeMotion) -> None:
        face = retarget(source, make_motion(yaw=15), make_motion(), ABSOLUTE)
        shape = source.model.shape(source.fit.identity, face.expression) + source.fit.residual
        assert face.pose.to_head(face.landmarks) == pytest.approx(shape, abs=1e-3)

    def test_a_wide_crop_keeps_heights_and_its_centre(
        self, face_model: FaceModel, portrait: SourcePortrait, make_motion: MakeMotion
    ) -> None:
        wide = SourceFace.of(face_model, portrait.fit, (1280, 720))
        pose = retarget(wide, make_motion(x=0.1, scale=0.02), make_motion(), ABSOLUTE).pose
        assert pose.translation[:2] == pytest.approx([640 + 72, 360], abs=0.01)
        assert pose.scale == pytest.approx(14.4)


def test_toward_the_source_ends_at_the_photo_itself(source: SourceFace, make_motion: MakeMotion) -> None:
    face = retarget(
        source, make_motion(yaw=20, x=0.05, jawOpen=0.5, eyeBlinkLeft=0.8), make_motion(), RELATIVE
    )
    assert between(source, source.undriven(), face, 1.0) is face
    half = between(source, source.undriven(), face, 0.5)
    assert turned(source, half.pose)[0] == pytest.approx(10, abs=0.01)
    assert between(source, source.undriven(), face, 0.0).landmarks == pytest.approx(
        source.fit.landmarks(source.model), abs=0.01
    )
