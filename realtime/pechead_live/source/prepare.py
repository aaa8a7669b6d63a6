"""From a photo to a source portrait: find the one face, choose the crop, measure and fit the face in it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.errors import PhotoError
from pechead.face.fit import fit_face
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector, Keypoints
from pechead_live.frames import Image
from pechead_live.source.crop import cut_out, face_crop, face_crop_side, is_near_face_crop, whole_photo
from pechead_live.source.photo import SMALLEST_FACE
from pechead_live.source.portrait import Crop, SourcePortrait

CropMode = Literal["face", "whole", "close"]

LARGEST_FACE_CROP = 1024
"""Pixels; a photo whose face crop would be larger is scaled down as a whole."""

COMPARABLE_FACE = 0.4
"""A second face counts from this fraction of the largest one's width on; smaller ones are background."""

BORDER = 0.5
"""Width of the border, in photo sides, that lets the detector find a face that fills the photo."""

LARGEST_OVERVIEW = 2048
"""Pixels on the longer side of the picture that is searched for faces; more would only take time."""

TILE_FRACTIONS = (0.5, 0.25)
"""Sizes of the tiles, in longer photo sides, that let the detector find a small face in a large photo."""

USE_ANOTHER = "use a photo with one face looking at the camera, at least 128 px wide"


def prepare_portrait(
    photo: Image,
    name: str,
    detector: FaceDetector,
    model: FaceModel,
    crop_mode: CropMode = "face",
    largest_face_crop: int = LARGEST_FACE_CROP,
) -> SourcePortrait:
    """Everything about a photo that stays the same from frame to frame.

    Args:
        photo: (height, width, 3) uint8 RGB, upright.
        name: what messages call the photo.
        detector: in image mode, looking for two faces or more, so that a second one is noticed.
        model: the face model to fit.
        crop_mode: ``"face"`` animates a square around the face; ``"whole"`` the photo as it is, at its size;
            ``"close"`` the whole photo where it is hardly more than that square.
        largest_face_crop: pixels. Where the square around the face would be larger, the whole photo is scaled
            down first, so that a crop's pixels always are the portrait's photo's pixels.

    Raises:
        PhotoError: no face, several faces of comparable size, or one that is too small.
    """
    height, width = photo.shape[:2]
    where = f"{name} ({width}x{height})"
    face = _measured_closely(photo, _the_one_face(find_faces(photo, detector), where), detector)
    _check_size(face, where)
    is_close = crop_mode == "close" and is_near_face_crop(face.landmarks, (width, height))
    if crop_mode == "whole" or is_close:
        return _portrait(photo, whole_photo((width, height)), face, model)

    side = face_crop_side(face.landmarks, (width, height))
    if side > largest_face_crop:
        photo, face = _scaled_down(photo, face, largest_face_crop / side)
    return _portrait(photo, face_crop(face.landmarks, face.size), face, model)


def find_faces(photo: Image, detector: FaceDetector) -> list[Keypoints]:
    """All faces in a photo, largest first, each once, with rough landmarks.

    The detector is made for faces of a selfie's size. Where it finds none, it is shown the photo with a
    border (for faces that fill it) and then overlapping parts of the photo (for faces that are small in it).

    Args:
        photo: (height, width, 3) uint8 RGB.
        detector: in image mode.

    Returns:
        keypoints in pixels of the photo.
    """
    height, width = photo.shape[:2]
    overview = photo
    if max(height, width) > LARGEST_OVERVIEW:
        scale = LARGEST_OVERVIEW / max(height, width)
        overview = _scaled(photo, scale)
    for views in _views(overview.shape[1], overview.shape[0]):
        found = [
            _from_view(face, view) for view in views for face in detector.detect(cut_out(overview, view))
        ]
        if found:
            return [_in_pixels_of(face, overview, (width, height)) for face in _each_once(found)]
    return []


def _views(width: int, height: int) -> Iterator[list[Crop]]:
    """Sets of views in the order in which they are tried."""
    yield [whole_photo((width, height))]
    border_x, border_y = round(width * BORDER), round(height * BORDER)
    yield [Crop(-border_x, -border_y, width + 2 * border_x, height + 2 * border_y)]
    for fraction in TILE_FRACTIONS:
        side = round(max(width, height) * fraction)
        if side < 2 * SMALLEST_FACE:
            return
        yield [
            Crop(left, top, min(side, width), min(side, height))
            for top in _tile_starts(height, side)
            for left in _tile_starts(width, side)
        ]


def _tile_starts(length: int, tile: int) -> list[int]:
    """Tiles overlap by about half, so that a face cut by one is whole in another."""
    if tile >= length:
        return [0]
    count = 1 + -(-(length - tile) * 2 // tile)
    return [round(start) for start in np.linspace(0, length - tile, count)]


def _from_view(face: Keypoints, view: Crop) -> Keypoints:
    return replace(face, landmarks=face.landmarks + np.array([view.left, view.top, 0], np.float32))


def _in_pixels_of(face: Keypoints, seen_in: Image, size: tuple[int, int]) -> Keypoints:
    """The face in the pixels of a larger or smaller picture of the same."""
    across, down = size[0] / seen_in.shape[1], size[1] / seen_in.shape[0]
    return replace(face, landmarks=face.landmarks * np.array([across, down, across], np.float32), size=size)


def _centre(face: Keypoints) -> NDArray[np.float32]:
    centre: NDArray[np.float32] = (face.landmarks[:, :2].min(axis=0) + face.landmarks[:, :2].max(axis=0)) / 2
    return centre


def _same_face(one: Keypoints, other: Keypoints) -> bool:
    distance = float(np.linalg.norm(_centre(one) - _centre(other)))
    return distance < 0.5 * max(one.face_width, other.face_width)


def _each_once(faces: list[Keypoints]) -> list[Keypoints]:
    """Drop repeated finds of a face; the largest stays, since smaller finds may be cut by a tile's edge."""
    kept: list[Keypoints] = []
    for face in sorted(faces, key=lambda face: face.face_width, reverse=True):
        if not any(_same_face(face, other) for other in kept):
            kept.append(face)
    return kept


def _the_one_face(faces: list[Keypoints], where: str) -> Keypoints:
    if not faces:
        raise PhotoError(f"no face found in {where}", USE_ANOTHER)
    largest = faces[0]
    comparable = [face for face in faces if face.face_width >= COMPARABLE_FACE * largest.face_width]
    if len(comparable) > 1:
        between = " and " if len(comparable) == 2 else " to "
        widths = between.join(f"{face.face_width:.0f}" for face in (comparable[0], comparable[-1]))
        raise PhotoError(
            f"{len(comparable)} faces found in {where}, {widths} px wide", "crop the photo to one of them"
        )
    return largest


def _check_size(face: Keypoints, where: str) -> None:
    # The longer side counts, as a turned face is narrow without being small.
    if max(face.face_width, face.face_height) < SMALLEST_FACE:
        raise PhotoError(
            f"the face in {where} is too small ({face.face_width:.0f}x{face.face_height:.0f} px, "
            f"at least {SMALLEST_FACE} on its longer side)",
            "use a larger or closer photo, with a face at least 128 px wide",
        )


def _measured_closely(photo: Image, face: Keypoints, detector: FaceDetector) -> Keypoints:
    """The face's keypoints measured in a crop, where it has the size that the detector knows best."""
    size = (photo.shape[1], photo.shape[0])
    crop = face_crop(face.landmarks, size)
    for again in detector.detect(cut_out(photo, crop)):
        measured = replace(_from_view(again, crop), size=size)
        if _same_face(measured, face):
            return measured
    return face


def _scaled_down(photo: Image, face: Keypoints, scale: float) -> tuple[Image, Keypoints]:
    smaller = _scaled(photo, scale)
    return smaller, _in_pixels_of(face, photo, (smaller.shape[1], smaller.shape[0]))


def _scaled(photo: Image, scale: float) -> Image:
    size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)


def _portrait(photo: Image, crop: Crop, face: Keypoints, model: FaceModel) -> SourcePortrait:
    landmarks = face.landmarks - np.array([crop.left, crop.top, 0], np.float32)
    fit = fit_face(model, landmarks, face.expression_scores)
    return SourcePortrait(photo, crop, cut_out(photo, crop), landmarks, fit)
