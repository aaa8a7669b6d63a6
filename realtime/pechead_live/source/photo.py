"""Loading a photo: any picture file becomes upright 8-bit RGB, or one clear line says why not."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image as Pictures
from PIL import ImageCms

from pechead.errors import PhotoError
from pechead_live import frames

LONGEST_SIDE = 4096
"""Larger photos are reduced to this many pixels on their longer side while they are loaded."""

SMALLEST_FACE = 96
"""Pixels; the longer side of a face needs at least this many to be animated, and so do the photo's sides."""

MOST_MEGAPIXELS_JPEG = 256
"""JPEG is reduced while it is decoded, so that the largest phone cameras' pictures cost little memory."""

MOST_MEGAPIXELS = 128
"""Every other format is decoded whole: four bytes a pixel, for a moment twice."""

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "JPEG2000", "PPM")

BACKGROUND = (128, 128, 128, 255)
"""Shows where a photo is transparent."""

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Pictures.Transpose.FLIP_LEFT_RIGHT,
    3: Pictures.Transpose.ROTATE_180,
    4: Pictures.Transpose.FLIP_TOP_BOTTOM,
    5: Pictures.Transpose.TRANSPOSE,
    6: Pictures.Transpose.ROTATE_270,
    7: Pictures.Transpose.TRANSVERSE,
    8: Pictures.Transpose.ROTATE_90,
}
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_DECODING_ERRORS = (OSError, SyntaxError, ValueError, EOFError, IndexError, RuntimeError, struct.error)
"""What Pillow's decoders raise on damaged files."""


def load_photo(path: Path | str) -> frames.Image:
    """Read a photo.

    The EXIF orientation is applied, an embedded colour profile is converted to sRGB, 16-bit grey is scaled to
    8 bit, transparent parts show a neutral grey, and of an animation the first picture is taken. A photo with
    a side longer than ``LONGEST_SIDE`` is reduced.

    Returns:
        (height, width, 3) uint8 RGB, upright.

    Raises:
        PhotoError: the file is missing, unreadable, not a picture, damaged, too small or too large.
    """
    path = Path(path)
    if path.is_dir():
        raise PhotoError(f"{path} is a folder", "name one photo in it")
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise PhotoError(f"{path.name} is empty (0 bytes)", "copy or download it again")
            return _read(file, path.name, path.stat().st_size)
    except FileNotFoundError:
        raise PhotoError(f"no photo at {path}", "check the path") from None
    except OSError as error:
        raise PhotoError(
            f"{path} can't be read ({error.strerror})", "check its permissions, or use a copy"
        ) from error


def _read(file: BinaryIO, name: str, byte_count: int) -> frames.Image:
    file.seek(0)
    try:
        with _without_pillows_size_check():
            picture = Pictures.open(file, formats=FORMATS)
    except _DECODING_ERRORS as error:
        if _is_heic(file):
            raise PhotoError(
                f"{name} is a HEIC picture, a kind that can't be read here", "save it as JPEG or PNG"
            ) from error
        raise PhotoError(
            f"{name} is not a picture, or one that is damaged ({byte_count:,} bytes)",
            "use a whole JPEG, PNG, WebP, AVIF or TIFF file",
        ) from error
    _check_size(picture, name)
    width, height = picture.size
    try:
        return np.array(_upright_rgb(picture), dtype=np.uint8)
    except _DECODING_ERRORS as error:
        raise PhotoError(
            f"{name} is damaged or cut short ({byte_count:,} bytes, {width}x{height})",
            "copy or download it again, or save it anew as JPEG or PNG",
        ) from error


def _is_heic(file: BinaryIO) -> bool:
    file.seek(0)
    start = file.read(12)
    return start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS


@contextmanager
def _without_pillows_size_check() -> Iterator[None]:
    """Pillow's own limit counts a JPEG's pixels before it is reduced, and refuses photos of phones."""
    limit = Pictures.MAX_IMAGE_PIXELS
    Pictures.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Pictures.MAX_IMAGE_PIXELS = limit


def _check_size(picture: Pictures.Image, name: str) -> None:
    width, height = picture.size
    if min(width, height) < SMALLEST_FACE:
        raise PhotoError(
            f"{name} is too small ({width}x{height})",
            "use a photo with one face looking at the camera, at least 128 px wide",
        )
    megapixels = width * height / 1e6
    limit = MOST_MEGAPIXELS_JPEG if picture.format in ("JPEG", "MPO") else MOST_MEGAPIXELS
    if megapixels > limit:
        raise PhotoError(
            f"{name} is too large ({width}x{height}, {megapixels:.0f} megapixels; at most {limit})",
            f"reduce it to about {LONGEST_SIDE} pixels on the longer side",
        )


def _upright_rgb(picture: Pictures.Image) -> Pictures.Image:
    profile = picture.info.get("icc_profile")
    orientation = picture.getexif().get(_ORIENTATION_TAG)

    reduction = min(1.0, LONGEST_SIDE / max(picture.size))
    size = (max(1, round(picture.width * reduction)), max(1, round(picture.height * reduction)))
    picture.draft(None, size)
    if picture.mode.startswith("I"):
        picture = _eight_bit_grey(picture)
    elif picture.mode != "RGBA" and picture.has_transparency_data:
        picture = picture.convert("RGBA")
    elif picture.mode not in ("L", "RGB", "RGBA", "CMYK"):
        picture = picture.convert("RGB")
    if picture.size != size:
        picture = picture.resize(size, Pictures.Resampling.LANCZOS, reducing_gap=2.0)

    picture = _in_srgb(picture, profile)
    if picture.mode == "RGBA":
        picture = Pictures.alpha_composite(Pictures.new("RGBA", picture.size, BACKGROUND), picture)
    picture = picture.convert("RGB")
    return picture.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else picture


def _eight_bit_grey(picture: Pictures.Image) -> Pictures.Image:
    """Pillow's own conversion clips 16-bit grey at 255 instead of scaling it."""
    values = np.clip(np.asarray(picture), 0, 65535).astype(np.uint16)
    return Pictures.fromarray((values >> 8).astype(np.uint8))


def _in_srgb(picture: Pictures.Image, profile: bytes | None) -> Pictures.Image:
    """Phones write Display P3 and printers CMYK profiles; without this skin loses its colour."""
    if not profile:
        return picture
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A profile that is damaged or belongs to another kind of pixel says nothing about this picture.
        return picture
    return converted if converted is not None else picture
