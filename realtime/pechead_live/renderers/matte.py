"""Person and background of the photo, told apart once, so that the background stays behind a moving head."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.face.head import FaceView, HeadGeometry
from pechead_live.frames import Image
from pechead_live.renderers.layers import blended, enlarged

WORKING_SIZE = 192
RIGHT_OUTLINE = ((5, 8), (6, 13), (16, 17), (24, 24), (27, 60))
RIGHT_CORE = ((3.5, 8), (5, 17), (12, 23), (14, 60))
"""Centimetres right of and below the middle of the head: where a body may be, and where it surely is."""

SOFT_EDGE = 1.2
"""Centimetres over which the person fades out, outside the outline."""

NOTICEABLE_EDGE = 18
"""Difference of colours, of 255, that makes an outline a real edge."""

Mask = NDArray[np.uint8]
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Matte:
    """The photo in two layers.

    Attributes:
        alpha: (height, width) float32 in [0, 1], 1 on the person; its soft edge lies outside the person's, so
            that no hair is cut off.
        plate: (height, width, 3) uint8 RGB, the photo with the person painted over by the background around.
        edge_contrast: share of the head's outline along which the photo really changes colour, [0, 1]; low
            where the outline is a guess.
    """

    alpha: NDArray[np.float32]
    plate: Image
    edge_contrast: float


def find_matte(image: Image, view: FaceView, geometry: HeadGeometry) -> Matte:
    """Separate person and background by GrabCut (Rother et al. 2004), started from the head's geometry.

    Args:
        image: (height, width, 3) uint8 RGB.
        view: the face in it.
    """
    size = image.shape[1], image.shape[0]
    shrink = WORKING_SIZE / max(size)
    small_size = max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))
    small = np.asarray(cv2.resize(image, small_size, interpolation=cv2.INTER_AREA), np.uint8)
    centimetre = view.pose.scale * shrink
    head, hints = _hints(view, geometry, shrink, (small_size[1], small_size[0]))
    person = _grab_cut(small, hints) | head
    outside = np.asarray(cv2.distanceTransform(1 - person, cv2.DIST_L2, 5), np.float32)
    ramp = SOFT_EDGE * centimetre
    hole = (outside < 0.5 * ramp).astype(np.uint8)
    painted = np.asarray(cv2.inpaint(small, hole, 3, cv2.INPAINT_TELEA), np.uint8)
    painted = np.asarray(cv2.resize(painted, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    beyond = enlarged(outside, size)
    alpha = np.clip(1 - (beyond - 0.5) / ramp, 0, 1).astype(np.float32)
    plate = blended(image, painted, np.clip(beyond / ramp - 0.5, 0, 1).astype(np.float32))
    shoulders = round((view.pose.translation[1] + 8 * view.pose.scale) * shrink)
    return Matte(alpha, plate, _edge_contrast(small, person, outside, shoulders, centimetre))


def _hints(
    view: FaceView, geometry: HeadGeometry, shrink: float, shape: tuple[int, int]
) -> tuple[Mask, Mask]:
    """The mask of a bald head, and GrabCut's first guess."""
    centimetre = view.pose.scale * shrink
    middle = view.pose.translation[:2] * shrink
    face_points = view.landmarks[:, :2] * np.float32(shrink)
    skull_points = view.pose.project(geometry.skull)[:, :2] * np.float32(shrink)
    face = _filled(np.asarray(cv2.convexHull(face_points)), shape)
    head = _filled(np.asarray(cv2.convexHull(np.concatenate([skull_points, face_points]))), shape)
    body = _filled(_both_sides(RIGHT_OUTLINE) * centimetre + middle, shape)
    core = _filled(_both_sides(RIGHT_CORE) * centimetre + middle, shape)
    hints = np.full(shape, cv2.GC_BGD, np.uint8)
    hints[_grown(head | body, 7 * centimetre) > 0] = cv2.GC_PR_BGD
    hints[(_grown(head, centimetre) | body) > 0] = cv2.GC_PR_FGD
    hints[(_grown(face, -0.6 * centimetre) | core) > 0] = cv2.GC_FGD
    return _grown(head, -0.8 * centimetre) | core, hints


def _grab_cut(image: Image, hints: Mask) -> Mask:
    """GrabCut's person, without islands and small holes."""
    if not (hints == cv2.GC_BGD).any():
        hints[0] = np.where(hints[0] == cv2.GC_PR_BGD, cv2.GC_BGD, hints[0])
    if not (hints == cv2.GC_BGD).any():
        return np.ones_like(hints)
    smooth = cv2.GaussianBlur(image, (0, 0), 0.7)
    cv2.setRNGSeed(0)
    anywhere = (0, 0, 0, 0)
    colours = np.zeros((2, 1, 65))
    cv2.grabCut(smooth, hints, anywhere, colours[0], colours[1], 3, cv2.GC_INIT_WITH_MASK)
    person = np.isin(hints, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    person = np.asarray(cv2.morphologyEx(person, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    person = _parts(person, at_least=person.size // 10)
    return 1 - _parts(1 - person, at_least=person.size // 50)


def _parts(mask: Mask, at_least: int) -> Mask:
    """The mask's connected parts of at least so many pixels, and always the largest."""
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return mask
    areas = np.asarray(sizes)[1:, cv2.CC_STAT_AREA]
    kept = 1 + np.flatnonzero((areas >= at_least) | (areas == areas.max()))
    return np.isin(np.asarray(labels), kept).astype(np.uint8)


def _edge_contrast(image: Image, person: Mask, outside: Array, shoulders: int, centimetre: float) -> float:
    """Share of the outline above the shoulders where the colours inside and outside differ."""
    inside = np.asarray(cv2.distanceTransform(person, cv2.DIST_L2, 5), np.float32)
    near = max(2.0, 1.2 * centimetre)
    window = 2 * round(near) + 1
    within = _local_mean(image, (inside > 0.7) & (inside < near), window)
    without = _local_mean(image, (outside > 0.7) & (outside < near), window)
    outline = (inside > 0) & (inside < 1.5)
    outline[max(0, shoulders) :] = False
    if not outline.any():
        return 0.0
    return float((np.abs(within - without).max(-1)[outline] > NOTICEABLE_EDGE).mean())


def _local_mean(image: Image, region: NDArray[np.bool_], window: int) -> Array:
    """(height, width, 3) mean colour of the region's pixels in a square window around each pixel."""
    weight = region.astype(np.float32)
    colours = np.asarray(cv2.blur(image * weight[..., None], (window, window)), np.float32)
    return colours / (np.asarray(cv2.blur(weight, (window, window)))[..., None] + np.float32(1e-6))


def _both_sides(right: tuple[tuple[float, float], ...]) -> Array:
    """A closed outline from its right half, mirrored."""
    half = np.array(right, np.float32)
    return np.concatenate([half, half[::-1] * np.array([-1, 1], np.float32)])


def _filled(outline: Array, shape: tuple[int, int]) -> Mask:
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32).reshape(-1, 1, 2)], 1)
    return mask


def _grown(mask: Mask, pixels: float) -> Mask:
    """Dilated by so many pixels, or eroded if negative."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(abs(pixels)) + 1,) * 2)
    return np.asarray(cv2.dilate(mask, kernel) if pixels > 0 else cv2.erode(mask, kernel), np.uint8)
