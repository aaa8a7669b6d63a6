"""The inside of an opened mouth, which the photo shows too little of or not at all."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.face.head import FaceView
from pechead.face.pose import Pose
from pechead_live.frames import Image
from pechead_live.renderers.layers import warped

Array = NDArray[np.float32]

SMALLEST_OPENING = 0.06
"""Centimetres; below it a mouth counts as closed."""

UPPER_TEETH = 1.3
"""Centimetres below the upper lip down to which an open mouth in the photo shows upper teeth."""


@dataclass(frozen=True)
class _Jaws:
    """Where the lips' inner edge is in the head's own plane: centimetres, x right, y up, turned with it.

    Attributes:
        ring: (N, 2) the inner edge of the lips.
        opening: mean height of the gap.
    """

    ring: Array
    opening: float

    @property
    def width(self) -> float:
        return float(np.ptp(self.ring[:, 0]))

    @property
    def lowest(self) -> Array:
        """(2,) the middle of the lower lip's edge."""
        near_middle = np.abs(self.ring[:, 0] - self.ring[:, 0].mean()) < 0.2 * self.width
        middle = self.ring[near_middle]
        lower: Array = middle[middle[:, 1] <= np.median(middle[:, 1])].mean(0)
        return lower


class MouthInterior:
    """Fills the gap between the driving lips.

    What the photo shows of teeth and tongue is used where it belongs: the upper part stays with the skull,
    the lower part moves with the jaw. The rest is drawn: a dark cavity, a hint of tongue, the edge of the
    upper teeth.

    Args:
        image: (height, width, 3) uint8 RGB, the source crop.
        view: the face in it.
        ring: (N,) landmark indices along the inner edge of the lips, in order.
    """

    def __init__(self, image: Image, view: FaceView, ring: NDArray[np.int32]) -> None:
        self._image = image
        self._pose = view.pose
        self._ring = ring
        self._source = self._jaws(view)
        height, width = image.shape[:2]
        self._shown = _polygon(view.landmarks[ring, :2], (0, 0), (width, height))
        outline = np.round(view.landmarks[ring, :2]).astype(int).clip(0, [width - 1, height - 1])
        lips = image[outline[:, 1], outline[:, 0]].astype(np.float32)
        skin = np.median(image[self._skin(view)].reshape(-1, 3), 0)
        self._cavity = (np.median(lips, 0) * [0.30, 0.16, 0.16]).astype(np.float32)
        self._tongue = (np.median(lips, 0) * [0.62, 0.42, 0.42]).astype(np.float32)
        self._teeth = np.minimum(1.35 * (0.4 * skin + 0.6 * skin.mean()), 235).astype(np.float32)

    @property
    def is_open_in_photo(self) -> bool:
        """Whether the photo shows something of the inside."""
        return self._source.opening >= 2 * SMALLEST_OPENING

    def _skin(self, view: FaceView) -> tuple[slice, slice]:
        """A patch of skin between mouth and nose."""
        x, y = np.round(view.landmarks[self._ring, :2].mean(0) - (0, 1.2 * view.pose.scale)).astype(int)
        reach = max(2, round(view.pose.scale))
        return slice(max(0, y - reach), max(1, y + reach)), slice(max(0, x - reach), max(1, x + reach))

    def _jaws(self, view: FaceView) -> _Jaws:
        ring = _to_jaw(view.pose, view.landmarks[self._ring, :2])
        area = 0.5 * abs(float(ring[:, 0] @ np.roll(ring[:, 1], 1) - ring[:, 1] @ np.roll(ring[:, 0], 1)))
        return _Jaws(ring, area / max(float(np.ptp(ring[:, 0])), 1e-3))

    def fill(self, picture: Image, driving: FaceView) -> None:
        """Draw the gap into ``picture``, (height, width, 3) uint8 RGB of the source crop's size, in place."""
        jaws = self._jaws(driving)
        amount = _ramp(jaws.opening - 1.15 * self._source.opening, 0.0, 2 * SMALLEST_OPENING)
        if amount <= 0 or jaws.opening < SMALLEST_OPENING:
            return
        corners = driving.landmarks[self._ring, :2]
        height, width = picture.shape[:2]
        left, top = np.maximum(np.floor(corners.min(0)).astype(int) - 3, 0)
        right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int) + 4, [width, height])
        if right - left < 2 or bottom - top < 2:
            return
        inside = _polygon(corners, (left, top), (right - left, bottom - top))
        soft = max(0.4, 0.05 * driving.pose.scale)
        inside = np.asarray(cv2.GaussianBlur(inside, (0, 0), soft), np.float32) * amount
        x, y = np.meshgrid(np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5)
        place = _to_jaw(driving.pose, np.stack([x, y], -1).astype(np.float32))
        interior = self._drawn(place, jaws)
        for moved, upper in ((jaws.lowest - self._source.lowest, False), (np.zeros(2, np.float32), True)):
            shown, weight = self._from_photo(place - moved, upper)
            interior += (shown - interior) * weight[..., None]
        region = picture[top:bottom, left:right]
        region[:] = (region + (interior - region) * inside[..., None]).clip(0, 255).astype(np.uint8)

    def _drawn(self, place: Array, jaws: _Jaws) -> Array:
        """Cavity, tongue and edge of the upper teeth at places (height, width, 2) of the head's plane."""
        across = (place[..., 0] - jaws.ring[:, 0].mean()) / (0.5 * jaws.width)
        floor, ceiling = jaws.lowest[1], jaws.ring[:, 1].max()
        rise = (place[..., 1] - floor) / max(ceiling - floor, 1e-3)
        tongue = _ramp(0.55 - rise, 0, 0.4) * _ramp(0.85 - np.abs(across), 0, 0.4)
        tongue = tongue * _ramp(jaws.opening, 0.3, 1.0)
        drawn = self._cavity + (self._tongue - self._cavity) * tongue[..., None]
        edge = self._source.ring[:, 1].mean() - 0.08
        teeth = _ramp(place[..., 1] - edge, 0, 0.1) * _ramp(0.92 - np.abs(across), 0, 0.35)
        shade = 0.78 + 0.22 * _ramp(1 - rise, 0.0, 0.25) * (1 - 0.45 * across**2)
        return np.asarray(
            drawn + (self._teeth * shade[..., None] - drawn) * (0.9 * teeth[..., None]), np.float32
        )

    def _from_photo(self, place: Array, upper: bool) -> tuple[Array, Array]:
        """What the photo's own open mouth shows at a place, and how far it is to be believed."""
        if not self.is_open_in_photo:
            return np.zeros((*place.shape[:2], 3), np.float32), np.zeros(place.shape[:2], np.float32)
        pixels = _from_jaw(self._pose, place)
        shown, weight = warped(self._image, pixels).astype(np.float32), warped(self._shown, pixels)
        split = self._source.ring[:, 1].max() - UPPER_TEETH
        side = place[..., 1] - split if upper else split - place[..., 1]
        return shown, np.asarray(weight * _ramp(side, -0.05, 0.05), np.float32)


def _plane(pose: Pose) -> Array:
    """(2, 2) from the head's x right, y up in centimetres to pixels, at the depth of the mouth."""
    return np.asarray(pose.scale * pose.rotation[:2, :2] * np.array([[1], [-1]]), np.float32)


def _to_jaw(pose: Pose, pixels: Array) -> Array:
    return np.asarray((pixels - _mouth(pose)) @ np.linalg.inv(_plane(pose)).T, np.float32)


def _from_jaw(pose: Pose, place: Array) -> Array:
    return np.asarray(place @ _plane(pose).T + _mouth(pose), np.float32)


def _mouth(pose: Pose) -> Array:
    """(2,) pixels: where the middle of the upper front teeth is, a centimetre behind the lips."""
    return pose.project(np.array([[0, -3.8, 4.6]], np.float32))[0, :2]


def _polygon(corners: Array, offset: tuple[int, int], size: tuple[int, int]) -> Array:
    """(height, width) float32 coverage in [0, 1] of a polygon given in pixels of the whole picture."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    fixed = np.round((corners - np.array(offset) - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(mask, [fixed.reshape(-1, 1, 2)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / np.float32(255)


def _ramp(value: Array | float, low: float, high: float) -> Array:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((np.asarray(value, np.float32) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
