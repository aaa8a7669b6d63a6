"""Fitting the photo to the output's size: where it lies, which part of it shows, what fills the rest."""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from pechead_live.frames import Image
from pechead_live.source.crop import cut_out
from pechead_live.source.portrait import Crop, SourcePortrait

FitMode = Literal["fill", "letterbox", "blur"]

EYE_HEIGHT = 0.42
"""Where a filled picture has the eyes, if the photo allows, as a fraction of its height from the top."""

HAIR = 0.45
"""Height of hair and skull above the face's box, in heights of the box."""

ROOMY = 1.75
"""Filling the output is suggested where it shows this many times the width and height of the face's box."""

BACKGROUND_BLUR = 0.03
"""Standard deviation of the blurred background, as a fraction of the output's longer side."""

BACKGROUND_BRIGHTNESS = 0.5

_IRIS_CENTRES = (468, 473)


@dataclass(frozen=True)
class Rectangle:
    """Whole pixels of the output."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of an image."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def intersect(self, other: "Rectangle") -> "Rectangle":
        return Rectangle(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def relative_to(self, other: "Rectangle") -> "Rectangle":
        return Rectangle(
            self.left - other.left, self.top - other.top, self.right - other.left, self.bottom - other.top
        )


@dataclass(frozen=True)
class Layout:
    """Where photo and crop lie in the output.

    Attributes:
        size: width and height of the output.
        content: where the photo shows; the rest is bars.
        crop: where the crop lies; may reach beyond ``content``.
        window: (left, top, right, bottom) in photo pixels, float: what ``content`` shows of the photo.
    """

    size: tuple[int, int]
    content: Rectangle
    crop: Rectangle
    window: tuple[float, float, float, float]


def lay_out(portrait: SourcePortrait, size: tuple[int, int] | None, mode: FitMode) -> Layout:
    """Place the photo in the output.

    The crop's position and size are nudged onto whole pixels of the output, and the photo's with them: then a
    frame needs one plain resize, and the animated crop matches the still photo around it.

    Args:
        portrait: the photo, its crop and its face.
        size: width and height of the output; None means the photo's own.
        mode: ``"fill"`` shows as much of the photo as fills the output, with the face in a pleasing place;
            ``"letterbox"`` and ``"blur"`` show all of it.
    """
    photo_size = (portrait.photo.shape[1], portrait.photo.shape[0])
    size = size or photo_size
    if mode == "fill":
        left, top, width, _ = fill_window(portrait, size)
        scale = size[0] / width
        content = Rectangle(0, 0, *size)
    else:
        scale = min(size[0] / photo_size[0], size[1] / photo_size[1])
        width, height = (min(size[axis], round(photo_size[axis] * scale)) for axis in (0, 1))
        x, y = (size[0] - width) // 2, (size[1] - height) // 2
        content = Rectangle(x, y, x + width, y + height)
        left, top = -x / scale, -y / scale

    crop = portrait.crop
    crop_left, crop_top = round((crop.left - left) * scale), round((crop.top - top) * scale)
    crop_width, crop_height = max(1, round(crop.width * scale)), max(1, round(crop.height * scale))
    across, down = crop.width / crop_width, crop.height / crop_height
    return Layout(
        size=size,
        content=content,
        crop=Rectangle(crop_left, crop_top, crop_left + crop_width, crop_top + crop_height),
        window=(
            crop.left + (content.left - crop_left) * across,
            crop.top + (content.top - crop_top) * down,
            crop.left + (content.right - crop_left) * across,
            crop.top + (content.bottom - crop_top) * down,
        ),
    )


def fill_window(portrait: SourcePortrait, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The part of the photo that fills an output of this size.

    It is the largest part with the output's aspect; the face is centred across, and the eyes lie at
    ``EYE_HEIGHT``, as far as the photo's edges allow and the head is not cut.

    Returns:
        left, top, width, height in photo pixels.
    """
    photo_height, photo_width = portrait.photo.shape[:2]
    width = min(photo_width, photo_height * size[0] / size[1])
    height = min(photo_height, photo_width * size[1] / size[0])
    landmarks = _in_photo(portrait)
    (face_left, face_top), (face_right, face_bottom) = landmarks.min(axis=0), landmarks.max(axis=0)
    eyes = float(landmarks[list(_IRIS_CENTRES), 1].mean())
    hair_top = float(face_top - HAIR * (face_bottom - face_top))
    low, high = sorted((float(face_bottom) - height, hair_top))
    top = min(max(eyes - EYE_HEIGHT * height, low), high)
    left = float(face_left + face_right) / 2 - width / 2
    return min(max(left, 0.0), photo_width - width), min(max(top, 0.0), photo_height - height), width, height


def suggest_fit_mode(portrait: SourcePortrait, size: tuple[int, int]) -> FitMode:
    """``"fill"`` where it shows the whole head and some room around it, ``"blur"`` where it would cut it."""
    *_, width, height = fill_window(portrait, size)
    face_size = np.ptp(portrait.landmarks[:, :2], axis=0)
    return "fill" if bool(np.all(np.array([width, height]) >= ROOMY * face_size)) else "blur"


def still_canvas(photo: Image, layout: Layout, mode: FitMode) -> Image:
    """The output with the still photo in it.

    Args:
        photo: (height, width, 3) uint8 RGB.
        layout: from ``lay_out`` with the same mode.
        mode: what fills the bars: black, or for ``"blur"`` the photo enlarged, blurred and darkened.

    Returns:
        (output height, output width, 3) uint8 RGB.
    """
    width, height = layout.size
    if layout.content.size == layout.size or mode != "blur":
        canvas = np.zeros((height, width, 3), np.uint8)
    else:
        canvas = _blurred(photo, layout.size)
    canvas[layout.content.slices] = _resampled(photo, layout.window, layout.content.size)
    return canvas


def _in_photo(portrait: SourcePortrait) -> NDArray[np.float32]:
    """(478, 2) landmarks in pixels of the photo."""
    offset = np.array([portrait.crop.left, portrait.crop.top], np.float32)
    landmarks: NDArray[np.float32] = portrait.landmarks[:, :2] + offset
    return landmarks


def _resampled(photo: Image, window: tuple[float, float, float, float], size: tuple[int, int]) -> Image:
    """A part of the photo, not of whole pixels, at another size. Beyond the photo its edge is repeated."""
    left, top = math.floor(window[0]), math.floor(window[1])
    part = Crop(left, top, math.ceil(window[2]) - left, math.ceil(window[3]) - top)
    box = (window[0] - left, window[1] - top, window[2] - left, window[3] - top)
    picture = Pictures.fromarray(cut_out(photo, part))
    return np.array(picture.resize(size, Pictures.Resampling.BICUBIC, box=box))


def _blurred(photo: Image, size: tuple[int, int]) -> Image:
    """The photo's middle, enlarged to fill the output, blurred and darkened."""
    photo_height, photo_width = photo.shape[:2]
    width = min(photo_width, photo_height * size[0] / size[1])
    height = min(photo_height, photo_width * size[1] / size[0])
    left, top = (photo_width - width) / 2, (photo_height - height) / 2
    # A wide blur needs no pixels: it is made at an eighth of the size.
    small_size = (max(1, size[0] // 8), max(1, size[1] // 8))
    small = _resampled(photo, (left, top, left + width, top + height), small_size)
    blurred = cv2.GaussianBlur(
        small, (0, 0), BACKGROUND_BLUR * max(small_size), borderType=cv2.BORDER_REPLICATE
    )
    darkened = cv2.convertScaleAbs(blurred, alpha=BACKGROUND_BRIGHTNESS)
    return np.asarray(cv2.resize(darkened, size, interpolation=cv2.INTER_CUBIC), np.uint8)
