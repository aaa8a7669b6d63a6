"""From a photo to a portrait, and which photos are refused, in which words."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.errors import PhotoError
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector, Keypoints
from pechead_live.source.crop import cut_out
from pechead_live.source.portrait import Crop
from pechead_live.source.prepare import CropMode, find_faces, prepare_portrait

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def large_photo(portrait_photo: Picture) -> Picture:
    """(1536, 1536, 3): the face is about 270 px wide."""
    return np.asarray(cv2.resize(portrait_photo, (1536, 1536), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.fixture(scope="module")
def face_box(portrait_keypoints: Keypoints) -> tuple[int, int, int, int]:
    """left, top, right, bottom of the face in ``portrait_photo``."""
    left, top = portrait_keypoints.landmarks[:, :2].min(axis=0)
    right, bottom = portrait_keypoints.landmarks[:, :2].max(axis=0)
    return int(left), int(top), int(right), int(bottom)


def test_the_crop_shows_the_photo_around_the_face(
    portrait_photo: Picture,
    face_box: tuple[int, int, int, int],
    several_faces_detector: FaceDetector,
    face_model: FaceModel,
) -> None:
    portrait = prepare_portrait(portrait_photo, "me.png", several_faces_detector, face_model)
    np.testing.assert_array_equal(portrait.photo, portrait_photo)
    np.testing.assert_array_equal(portrait.image, cut_out(portrait_photo, portrait.crop))
    left, top, right, bottom = face_box
    crop = portrait.crop
    assert crop.left < left - 20
    assert crop.left + crop.width > right + 20
    assert crop.top < top - 20
    assert crop.top + crop.height > bottom + 20


def test_landmarks_and_fit_are_in_pixels_of_the_crop(
    portrait_photo: Picture,
    portrait_keypoints: Keypoints,
    several_faces_detector: FaceDetector,
    face_model: FaceModel,
) -> None:
    portrait = prepare_portrait(portrait_photo, "me.png", several_faces_detector, face_model)
    in_photo = portrait.landmarks[:, :2] + (portrait.crop.left, portrait.crop.top)
    assert np.abs(in_photo - portrait_keypoints.landmarks[:, :2]).mean() < 2
    np.testing.assert_allclose(portrait.fit.landmarks(face_model), portrait.landmarks, atol=0.01)


FACE: CropMode = "face"
CLOSE: CropMode = "close"


def test_the_whole_photo_as_the_crop(
    portrait_photo: Picture,
    portrait_keypoints: Keypoints,
    several_faces_detector: FaceDetector,
    face_model: FaceModel,
) -> None:
    wide = np.ascontiguousarray(portrait_photo[:301])
    portrait = prepare_portrait(wide, "me.png", several_faces_detector, face_model, crop_mode="whole")
    assert portrait.crop == Crop(0, 0, 512, 301)
    np.testing.assert_array_equal(portrait.image, wide)
    assert np.abs(portrait.landmarks[:, :2] - portrait_keypoints.landmarks[:, :2]).mean() < 2


def test_a_close_photo_is_animated_whole_and_of_a_wider_one_the_faces_surroundings(
    large_photo: Picture,
    portrait_photo: Picture,
    several_faces_detector: FaceDetector,
    face_model: FaceModel,
) -> None:
    near = np.ascontiguousarray(large_photo[30:700, 350:1020])
    portrait = prepare_portrait(near, "me.png", several_faces_detector, face_model, crop_mode="close")
    assert portrait.crop == Crop(0, 0, 670, 670)
    oblong = np.ascontiguousarray(near[:, :600])
    for wider in (portrait_photo, oblong):
        close, face = (
            prepare_portrait(wider, "me.png", several_faces_detector, face_model, crop_mode=mode)
            for mode in (CLOSE, FACE)
        )
        assert close.crop == face.crop


def test_a_whole_photo_of_256_pixels_is_large_enough_for_a_face_that_fills_half_of_it(
    large_photo: Picture, several_faces_detector: FaceDetector, face_model: FaceModel
) -> None:
    small = np.asarray(
        cv2.resize(large_photo[30:700, 350:1020], (256, 256), interpolation=cv2.INTER_AREA), np.uint8
    )
    portrait = prepare_portrait(small, "me.png", several_faces_detector, face_model, crop_mode="whole")
    assert portrait.image.shape == (256, 256, 3)


def test_a_photo_whose_crop_is_too_large_is_scaled_down_with_everything_in_it(
    large_photo: Picture, several_faces_detector: FaceDetector, face_model: FaceModel
) -> None:
    portrait = prepare_portrait(
        large_photo, "me.png", several_faces_detector, face_model, largest_face_crop=256
    )
    assert portrait.crop.width == 256
    np.testing.assert_array_equal(portrait.image, cut_out(portrait.photo, portrait.crop))
    found = several_faces_detector.detect(portrait.image)[0]
    assert np.abs(found.landmarks[:, :2] - portrait.landmarks[:, :2]).mean() < 1.5


def test_a_face_that_fills_the_photo_is_found(
    large_photo: Picture,
    face_box: tuple[int, int, int, int],
    several_faces_detector: FaceDetector,
    face_model: FaceModel,
) -> None:
    left, top, right, bottom = (3 * edge for edge in face_box)
    tight = np.ascontiguousarray(large_photo[top + 48 : bottom - 48, left + 40 : right - 40])
    assert not several_faces_detector.detect(tight), "else this photo would not show that the border is tried"
    portrait = prepare_portrait(tight, "me.png", several_faces_detector, face_model)
    assert abs(np.ptp(portrait.landmarks[:, 0]) - (right - left)) < 0.15 * (right - left)


def test_a_small_face_in_a_large_photo_is_found(
    large_photo: Picture, several_faces_detector: FaceDetector, face_model: FaceModel
) -> None:
    group_photo = np.full((1500, 2400, 3), 120, np.uint8)
    group_photo[700:1100, 1700:2100] = cv2.resize(
        large_photo[:900, 200:1100], (400, 400), interpolation=cv2.INTER_AREA
    )
    assert not several_faces_detector.detect(group_photo), (
        "else this photo would not show that tiles are tried"
    )
    portrait = prepare_portrait(group_photo, "me.png", several_faces_detector, face_model)
    x, y, _ = portrait.landmarks.mean(axis=0)
    assert 1700 < portrait.crop.left + x < 2100
    assert 700 < portrait.crop.top + y < 1100


def test_a_face_seen_in_several_tiles_counts_once(
    large_photo: Picture, several_faces_detector: FaceDetector
) -> None:
    group_photo = np.full((1500, 2400, 3), 120, np.uint8)
    group_photo[500:900, 1000:1400] = cv2.resize(
        large_photo[:900, 200:1100], (400, 400), interpolation=cv2.INTER_AREA
    )
    assert len(find_faces(group_photo, several_faces_detector)) == 1


def test_a_small_face_in_the_background_does_not_matter(
    portrait_photo: Picture, several_faces_detector: FaceDetector, face_model: FaceModel
) -> None:
    photo = np.asarray(
        cv2.resize(portrait_photo[:260, 90:350], (780, 780), interpolation=cv2.INTER_CUBIC), np.uint8
    )
    photo[400:660, 520:] = portrait_photo[:260, 90:350]
    assert len(find_faces(photo, several_faces_detector)) == 2, "else this photo has no background face"
    portrait = prepare_portrait(photo, "me.png", several_faces_detector, face_model)
    assert np.ptp(portrait.landmarks[:, 0]) > 200


@pytest.mark.parametrize("crop_mode", ["face", "whole"])
def test_no_face(several_faces_detector: FaceDetector, face_model: FaceModel, crop_mode: CropMode) -> None:
    wall = np.full((1024, 1024, 3), 120, np.uint8)
    with pytest.raises(PhotoError) as refused:
        prepare_portrait(wall, "me.png", several_faces_detector, face_model, crop_mode)
    assert str(refused.value) == (
        "no face found in me.png (1024x1024): "
        "use a photo with one face looking at the camera, at least 128 px wide"
    )
    assert refused.value.exit_code == 3


def test_several_faces(
    portrait_photo: Picture, several_faces_detector: FaceDetector, face_model: FaceModel
) -> None:
    twins = np.hstack([portrait_photo, portrait_photo[:, ::-1]])
    with pytest.raises(PhotoError, match=r"^2 faces found in me.png \(1024x512\), \d+ and \d+ px wide: crop"):
        prepare_portrait(twins, "me.png", several_faces_detector, face_model)
    crowd = np.hstack([portrait_photo[:400, 30:430]] * 3)
    with pytest.raises(PhotoError, match=r"^3 faces found in me.png \(1200x400\), \d+ to \d+ px wide: crop"):
        prepare_portrait(crowd, "me.png", several_faces_detector, face_model)


@pytest.mark.parametrize("crop_mode", ["face", "whole"])
def test_a_face_with_too_few_pixels(
    portrait_photo: Picture, several_faces_detector: FaceDetector, face_model: FaceModel, crop_mode: CropMode
) -> None:
    small = np.asarray(cv2.resize(portrait_photo, (300, 300), interpolation=cv2.INTER_AREA), np.uint8)
    with pytest.raises(
        PhotoError, match=r"^the face in me.png \(300x300\) is too small \(5\dx6\d px, at least 96"
    ):
        prepare_portrait(small, "me.png", several_faces_detector, face_model, crop_mode)
