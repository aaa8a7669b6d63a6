"""The detector on the portrait, on noise, and on made pictures with several faces."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.blendshapes import index
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FIRST_PAUSE, FaceDetector, Keypoints

Image = NDArray[np.uint8]

EYES = np.array([(202, 108), (244, 106)])
"""Roughly where the portrait's eyes are, in pixels: the right one, the left one."""


@pytest.fixture
def two_faces(portrait_photo: Image) -> Image:
    """The portrait, small at the left and large at the right of a grey picture."""
    head = portrait_photo[:256, 96:352]
    picture = np.full((512, 768, 3), 128, np.uint8)
    picture[128:384, :256] = head
    picture[:, 256:] = cv2.resize(head, (512, 512), interpolation=cv2.INTER_CUBIC)
    return picture


def middle(face: Keypoints, ring: NDArray[np.int32]) -> NDArray[np.float32]:
    return np.asarray(face.landmarks[ring, :2].mean(axis=0))


def test_the_portraits_face_is_found(
    face_model: FaceModel, image_detector: FaceDetector, portrait_photo: Image
) -> None:
    (face,) = image_detector.detect(portrait_photo)
    assert face.landmarks.shape == (478, 3)
    assert face.landmarks.dtype == np.float32
    assert face.size == (512, 512)
    assert middle(face, face_model.contours.right_eye) == pytest.approx(EYES[0], abs=10)
    assert middle(face, face_model.contours.left_eye) == pytest.approx(EYES[1], abs=10)
    assert 80 < face.face_width < 130
    assert 100 < face.face_height < 160


def test_depth_grows_away_from_the_camera(face_model: FaceModel, portrait_keypoints: Keypoints) -> None:
    depth = portrait_keypoints.landmarks[:, 2]
    assert depth[face_model.contours.nose].min() < depth[face_model.contours.face_oval].min()
    assert 0.3 < np.ptp(depth) / portrait_keypoints.face_width < 1.2, "in the same unit as x"


def test_scores_tell_her_smile(portrait_keypoints: Keypoints) -> None:
    scores = portrait_keypoints.expression_scores
    assert scores.shape == (52,)
    assert scores.dtype == np.float32
    assert 0 <= scores.min() <= scores.max() <= 1
    assert scores[index("mouthSmileLeft")] > 0.5
    assert scores[index("eyeBlinkLeft")] < 0.4


def test_noise_and_nothing_have_no_face(image_detector: FaceDetector) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    assert image_detector.detect(noise) == []
    assert image_detector.detect(np.zeros((64, 64, 3), np.uint8)) == []
    assert image_detector.detect(np.zeros((1, 1, 3), np.uint8)) == []


def test_a_view_into_a_larger_picture_will_do(
    image_detector: FaceDetector, portrait_photo: Image, portrait_keypoints: Keypoints
) -> None:
    view = portrait_photo[:300, 50:400]
    (face,) = image_detector.detect(view)
    assert face.size == (350, 300)
    moved = face.landmarks[:, :2] + (50, 0)
    assert np.abs(moved - portrait_keypoints.landmarks[:, :2]).mean() < 3


def test_faces_come_largest_first(two_faces: Image) -> None:
    with FaceDetector("image", max_faces=3) as detector:
        faces = detector.detect(two_faces)
    assert len(faces) == 2
    assert faces[0].landmarks[0, 0] > 256 > faces[1].landmarks[0, 0]
    assert faces[0].face_width > 1.6 * faces[1].face_width


def test_no_more_faces_than_asked_for(two_faces: Image, image_detector: FaceDetector) -> None:
    assert len(image_detector.detect(two_faces)) == 1


def test_a_video_is_followed_even_where_its_clock_stands_still(portrait_photo: Image) -> None:
    with FaceDetector("video") as detector:
        for seconds in (0.0, 0.0, 0.0001, 0.5, 0.5):
            assert len(detector.detect(portrait_photo, seconds)) == 1


@pytest.mark.parametrize(
    "image",
    [np.zeros((0, 0, 3), np.uint8), np.zeros((48, 64), np.uint8), np.zeros((48, 64, 4), np.uint8)],
    ids=["empty", "grey", "with alpha"],
)
def test_what_is_no_picture_is_refused_and_harms_nothing(
    image: Image, image_detector: FaceDetector, portrait_photo: Image
) -> None:
    with pytest.raises(ValueError, match="no picture"):
        image_detector.detect(image)
    assert len(image_detector.detect(portrait_photo)) == 1


def test_it_works_again_after_the_native_graph_has_failed_but_does_not_start_for_every_picture(
    portrait_photo: Image, capfd: pytest.CaptureFixture[str]
) -> None:
    with FaceDetector("video") as detector:
        assert len(detector.detect(portrait_photo, 1.0)) == 1

        def fail(at_seconds: float) -> None:
            graph = detector._landmarker
            assert graph is not None
            nothing = np.zeros((0, 0, 3), np.uint8)
            broken = detector._image_type(image_format=detector._image_format, data=nothing)
            with pytest.raises(ValueError, match="failed"):
                graph.detect_for_video(broken, round(at_seconds * 1000))
            with pytest.raises(ValueError, match="has errors"):
                detector.detect(portrait_photo, at_seconds + 0.1)

        fail(2.0)
        assert len(detector.detect(portrait_photo, 3.0)) == 1, "at once, the first time"
        fail(4.0)
        with pytest.raises(RuntimeError, match="rests"):
            detector.detect(portrait_photo, 4.2)
        assert len(detector.detect(portrait_photo, 4.2 + FIRST_PAUSE)) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_closing_twice_is_safe() -> None:
    detector = FaceDetector("image")
    detector.close()
    detector.close()
