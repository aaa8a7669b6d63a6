"""The geometric renderer on the demo portrait: does the picture show the face that was asked for?"""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES
from pechead.face.fit import fit_face
from pechead.face.model import FaceModel
from pechead.face.pose import Pose, angles, rotation_from_angles
from pechead.landmarker.detector import FaceDetector, Keypoints
from pechead_live.frames import DrivingFace, Image
from pechead_live.renderers.geometric import GeometricRenderer
from pechead_live.source.portrait import Crop, SourcePortrait


@pytest.fixture(scope="module")
def portrait(portrait_photo: Image, portrait_keypoints: Keypoints, face_model: FaceModel) -> SourcePortrait:
    return whole(portrait_photo, portrait_keypoints, face_model)


@pytest.fixture(scope="module")
def renderer(face_model: FaceModel, portrait: SourcePortrait) -> GeometricRenderer:
    prepared = GeometricRenderer(face_model)
    prepared.set_source(portrait)
    return prepared


def whole(photo: Image, face: Keypoints, model: FaceModel) -> SourcePortrait:
    fit = fit_face(model, face.landmarks, face.expression_scores)
    return SourcePortrait(photo, Crop(0, 0, photo.shape[1], photo.shape[0]), photo, face.landmarks, fit)


def driven(
    portrait: SourcePortrait,
    model: FaceModel,
    *,
    yaw: float = 0,
    pitch: float = 0,
    shift: tuple[float, float] = (0, 0),
    **expression: float,
) -> DrivingFace:
    """The portrait's own face, turned, shifted, and with some blendshape weights set."""
    own = portrait.fit.pose
    pose = Pose(
        rotation_from_angles(yaw, pitch, 0) @ own.rotation,
        (own.translation + np.array([*shift, 0])).astype(np.float32),
        own.scale,
    )
    weights = portrait.fit.expression.copy()
    for name, value in expression.items():
        weights[NAMES.index(name)] = value
    return DrivingFace(portrait.fit.landmarks(model, pose, weights), pose, weights)


def difference(a: Image, b: Image) -> NDArray[np.float64]:
    return np.asarray(np.abs(a.astype(float) - b).mean(-1))


def test_the_face_at_rest_gives_the_photo_back(renderer: GeometricRenderer, portrait: SourcePortrait) -> None:
    rest = DrivingFace(portrait.landmarks, portrait.fit.pose, portrait.fit.expression)
    assert difference(renderer.render(rest), portrait.image).mean() < 1.0


@pytest.mark.parametrize(
    "asked",
    [
        {"yaw": 15},
        {"yaw": -15, "pitch": 8},
        {"shift": (12, -6)},
        {"jawOpen": 0.6},
        {"mouthPucker": 0.8, "mouthSmileLeft": 0, "mouthSmileRight": 0},
    ],
    ids=str,
)
def test_the_landmarker_finds_the_drawn_face_where_it_was_asked_to_be(
    renderer: GeometricRenderer,
    portrait: SourcePortrait,
    face_model: FaceModel,
    image_detector: FaceDetector,
    asked: dict[str, float],
) -> None:
    driving = driven(portrait, face_model, **asked)  # type: ignore[arg-type]
    drawn = image_detector.detect(renderer.render(driving))[0]
    face_height = np.ptp(driving.landmarks[:, 1])
    moved = np.abs(driving.landmarks - portrait.landmarks)[:, :2].sum(1).mean()
    error = np.abs(drawn.landmarks - driving.landmarks)[:, :2].sum(1).mean()
    assert error < 0.025 * face_height
    assert error < 0.7 * moved


def test_the_drawn_head_turns_the_way_asked(
    renderer: GeometricRenderer,
    portrait: SourcePortrait,
    face_model: FaceModel,
    image_detector: FaceDetector,
) -> None:
    def seen_yaw(yaw: float) -> float:
        drawn = image_detector.detect(renderer.render(driven(portrait, face_model, yaw=yaw)))[0]
        return angles(fit_face(face_model, drawn.landmarks, drawn.expression_scores).pose.rotation).yaw

    assert 24 < seen_yaw(20) - seen_yaw(-20) < 44


def test_an_opened_mouth_is_dark_inside(
    renderer: GeometricRenderer, portrait: SourcePortrait, face_model: FaceModel
) -> None:
    driving = driven(portrait, face_model, jawOpen=0.9)
    lips = driving.landmarks[face_model.contours.inner_lips, :2]
    x = int(lips[:, 0].mean())
    column = renderer.render(driving)[int(lips[:, 1].min()) : int(lips[:, 1].max()), x].mean(-1)
    assert column.min() < 60
    assert portrait.image[int(lips[:, 1].min()) : int(lips[:, 1].max()), x].mean(-1).min() > 90


def test_a_blink_shuts_the_eyes(
    renderer: GeometricRenderer,
    portrait: SourcePortrait,
    face_model: FaceModel,
    image_detector: FaceDetector,
) -> None:
    driving = driven(portrait, face_model, eyeBlinkLeft=1, eyeBlinkRight=1)
    drawn = image_detector.detect(renderer.render(driving))[0].landmarks
    for shut, eye in zip(eyes_open(drawn), eyes_open(portrait.landmarks), strict=True):
        assert shut < 0.3 * eye


def eyes_open(landmarks: NDArray[np.float32]) -> tuple[float, float]:
    """Pixels between the middles of the lids, of both eyes."""
    gaps = np.linalg.norm(landmarks[[159, 386], :2] - landmarks[[145, 374], :2], axis=1)
    return float(gaps[0]), float(gaps[1])


def test_gaze_shows(
    renderer: GeometricRenderer,
    portrait: SourcePortrait,
    face_model: FaceModel,
    image_detector: FaceDetector,
) -> None:
    def iris_place(driving: DrivingFace) -> float:
        found = image_detector.detect(renderer.render(driving))[0].landmarks
        corners = found[[362, 263], 0]
        return float((found[473, 0] - corners[0]) / (corners[1] - corners[0]))

    to_its_left = driven(portrait, face_model, eyeLookOutLeft=0.8, eyeLookInRight=0.8, eyeLookInLeft=0)
    to_its_right = driven(portrait, face_model, eyeLookInLeft=0.8, eyeLookOutRight=0.8, eyeLookOutLeft=0)
    assert iris_place(to_its_left) - iris_place(to_its_right) > 0.06


def test_the_background_stays_behind_a_moving_head(
    renderer: GeometricRenderer, portrait: SourcePortrait, face_model: FaceModel
) -> None:
    drawn = renderer.render(driven(portrait, face_model, yaw=15, shift=(10, 0)))
    assert difference(drawn, portrait.image)[:200, :60].max() <= 1
    assert difference(drawn, portrait.image)[:60, 330:].max() <= 1


def test_a_head_that_cannot_be_told_from_its_background_still_moves_as_one(
    portrait: SourcePortrait, face_model: FaceModel, image_detector: FaceDetector
) -> None:
    x, y, height = 222, 105, 150
    ring = np.hypot(*(np.indices((512, 512)).astype(float) - np.array([y, x])[:, None, None]))
    hair = portrait.image[30:45, 200:240].reshape(-1, 3).mean(0)
    away = np.clip((ring - 0.28 * height) / 12, 0, 1)[..., None]
    merged = (portrait.image * (1 - away) + hair * away).astype(np.uint8)
    face = image_detector.detect(merged)[0]
    same_colour = whole(merged, face, face_model)
    renderer = GeometricRenderer(face_model)
    renderer.set_source(same_colour)
    driving = driven(same_colour, face_model, yaw=10, shift=(8, 0))
    found = image_detector.detect(renderer.render(driving))[0]
    assert np.abs(found.landmarks - driving.landmarks)[:, :2].sum(1).mean() < 0.03 * height


def test_a_crop_for_pasting_does_not_move_at_its_lower_edge(
    portrait_photo: Image, portrait_keypoints: Keypoints, face_model: FaceModel
) -> None:
    crop = Crop(left=90, top=0, width=270, height=270)
    image = np.ascontiguousarray(portrait_photo[:270, 90:360])
    landmarks = portrait_keypoints.landmarks - np.array([90, 0, 0], np.float32)
    fit = fit_face(face_model, landmarks, portrait_keypoints.expression_scores)
    cropped = SourcePortrait(portrait_photo, crop, image, landmarks, fit)
    renderer = GeometricRenderer(face_model)
    renderer.set_source(cropped)
    drawn = renderer.render(driven(cropped, face_model, shift=(10, 4)))
    assert difference(drawn, image)[-8:].mean() < 4
    assert difference(drawn, image)[60:160].mean() > 8


def test_a_side_view_gets_its_hidden_half_from_the_other_side(
    renderer: GeometricRenderer,
    portrait: SourcePortrait,
    face_model: FaceModel,
    image_detector: FaceDetector,
) -> None:
    """Turned away and back again, both eyes must look like eyes, not like a smear of hair."""
    aside = renderer.render(driven(portrait, face_model, yaw=38))
    found = image_detector.detect(aside)[0]
    side_view = whole(aside, found, face_model)
    back = GeometricRenderer(face_model)
    back.set_source(side_view)
    pose = replace(side_view.fit.pose, rotation=rotation_from_angles(0, 0, 0))
    driving = DrivingFace(side_view.fit.landmarks(face_model, pose), pose, side_view.fit.expression)
    frontal = back.render(driving)
    contours = face_model.contours

    def contrast(ring: NDArray[np.int32]) -> float:
        points = driving.landmarks[ring, :2]
        (left, top), (right, bottom) = np.floor(points.min(0)).astype(int), np.ceil(points.max(0)).astype(int)
        return float(frontal[top:bottom, left:right].mean(-1).std())

    near, far = sorted((contrast(contours.left_eye), contrast(contours.right_eye)), reverse=True)
    assert far > 0.6 * near
