"""Any picture file becomes upright RGB; anything else is refused with one line that says what to do."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pechead.errors import PhotoError
from pechead_live.source.photo import LONGEST_SIDE, load_photo

Picture = NDArray[np.uint8]

STORED: dict[int, Callable[[Picture], Picture]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright),
    7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}
"""How the EXIF standard lays out an upright picture in the file, by orientation."""


@pytest.fixture
def colours() -> Picture:
    """(120, 160, 3): smooth, and different in every corner."""
    across, down = np.meshgrid(np.linspace(0, 255, 160), np.linspace(0, 255, 120))
    return np.stack([across, down, 255 - across], axis=-1).astype(np.uint8)


def saved(picture: Image.Image, path: Path, **options: Any) -> Path:
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("orientation", STORED)
def test_the_picture_is_turned_upright(orientation: int, colours: Picture, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](colours)))
    np.testing.assert_array_equal(load_photo(saved(stored, tmp_path / "a.png", exif=exif)), colours)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.avif", "a.tif", "a.bmp", "a.jp2", "a.ppm"])
def test_common_formats_are_read(name: str, colours: Picture, tmp_path: Path) -> None:
    photo = load_photo(saved(Image.fromarray(colours), tmp_path / name))
    assert photo.dtype == np.uint8
    assert photo.shape == colours.shape
    assert np.abs(photo.astype(int) - colours).mean() < 4


def test_the_suffix_does_not_matter(colours: Picture, tmp_path: Path) -> None:
    Image.fromarray(colours).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "photo")
    np.testing.assert_array_equal(load_photo(tmp_path / "photo"), colours)


def test_grey_becomes_three_equal_channels(colours: Picture, tmp_path: Path) -> None:
    photo = load_photo(saved(Image.fromarray(colours[..., 0]), tmp_path / "a.png"))
    np.testing.assert_array_equal(photo, np.repeat(colours[..., :1], 3, axis=-1))


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_sixteen_bit_grey_keeps_its_range(suffix: str, tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (128, 1))
    cv2.imwrite(str(tmp_path / f"a.{suffix}"), ramp)
    photo = load_photo(tmp_path / f"a.{suffix}")
    np.testing.assert_allclose(photo[64, :, 1], np.arange(256), atol=1)


def test_sixteen_bit_colour_keeps_its_range(colours: Picture, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), colours[..., ::-1].astype(np.uint16) * 257)
    np.testing.assert_allclose(load_photo(tmp_path / "a.png"), colours, atol=1)


def test_palette_colours_are_looked_up(colours: Picture, tmp_path: Path) -> None:
    picture = Image.fromarray(colours).quantize(256)
    photo = load_photo(saved(picture, tmp_path / "a.png"))
    np.testing.assert_array_equal(photo, np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_show_a_neutral_grey(mode: str, colours: Picture, tmp_path: Path) -> None:
    alpha = np.full(colours.shape[:2], 255, np.uint8)
    alpha[:, :80] = 0
    picture = Image.fromarray(np.dstack([colours, alpha]))
    photo = load_photo(
        saved(picture.quantize(64) if mode == "P" else picture.convert(mode), tmp_path / "a.png")
    )
    assert (photo[:, :80] == 128).all()
    assert photo[:, 80:].std() > 20


def test_a_colour_that_stands_for_transparency_shows_the_same_grey(tmp_path: Path) -> None:
    green = Image.new("RGB", (128, 128), (0, 255, 0))
    green.paste((200, 10, 20), (64, 0, 128, 128))
    photo = load_photo(saved(green, tmp_path / "a.png", transparency=(0, 255, 0)))
    assert (photo[:, :64] == 128).all()
    assert (photo[:, 64:] == (200, 10, 20)).all()


def test_cmyk_becomes_rgb(colours: Picture, tmp_path: Path) -> None:
    photo = load_photo(saved(Image.fromarray(colours).convert("CMYK"), tmp_path / "a.jpg", quality=95))
    assert np.abs(photo.astype(int) - colours).mean() < 8


def test_of_an_animation_the_first_picture_is_taken(colours: Picture, tmp_path: Path) -> None:
    first, second = Image.fromarray(colours[..., 0]), Image.fromarray(255 - colours[..., 0])
    photo = load_photo(saved(first, tmp_path / "a.gif", save_all=True, append_images=[second]))
    np.testing.assert_allclose(photo[..., 0], colours[..., 0], atol=2)


def test_an_embedded_colour_profile_is_applied(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red_and_blue_swapped = (
        profile.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    )
    red = Image.new("RGB", (128, 128), (200, 0, 0))
    photo = load_photo(saved(red, tmp_path / "a.png", icc_profile=red_and_blue_swapped))
    np.testing.assert_allclose(photo[64, 64], (0, 0, 200), atol=4)


def test_a_damaged_colour_profile_is_ignored(colours: Picture, tmp_path: Path) -> None:
    path = saved(Image.fromarray(colours), tmp_path / "a.png", icc_profile=b"not a profile")
    np.testing.assert_array_equal(load_photo(path), colours)


def test_a_hundred_megapixel_photo_is_reduced(tmp_path: Path) -> None:
    grey = Image.new("L", (11600, 8700), 90)
    grey.paste(200, (5800, 0, 11600, 8700))
    photo = load_photo(saved(grey, tmp_path / "large.jpg"))
    assert photo.shape == (3072, LONGEST_SIDE, 3)
    assert abs(int(photo[1500, 1000, 0]) - 90) <= 2
    assert abs(int(photo[1500, 3000, 0]) - 200) <= 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a process's own peak")
def test_a_jpeg_of_a_hundred_megapixels_is_never_whole_in_memory(tmp_path: Path) -> None:
    """Pillow stores a pixel of colour in 4 bytes; reduced while it is decoded it needs a quarter of them."""
    path = saved(Image.new("RGB", (11600, 8700), (90, 60, 200)), tmp_path / "large.jpg")
    script = (
        "import sys\n"
        "from pechead_live.source.photo import load_photo\n"
        "load_photo(sys.argv[1])\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, check=True, text=True
    )
    peak = 1024 * int(told.stdout.split()[1])
    assert peak < 11600 * 8700 * 4


def test_a_long_photo_in_a_format_that_is_decoded_whole_is_reduced(tmp_path: Path) -> None:
    photo = load_photo(saved(Image.new("RGBA", (5000, 500), (10, 20, 30, 255)), tmp_path / "long.png"))
    assert photo.shape == (410, LONGEST_SIDE, 3)
    np.testing.assert_array_equal(photo[200, 2000], (10, 20, 30))


def refusal(path: Path) -> str:
    with pytest.raises(PhotoError) as refused:
        load_photo(path)
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_a_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "me.png") == f"no photo at {tmp_path / 'me.png'}: check the path"


def test_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path} is a folder: name one photo in it"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "me.png").touch()
    assert refusal(tmp_path / "me.png") == "me.png is empty (0 bytes): copy or download it again"


def test_a_file_that_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "me.png").write_text("Dear diary, " * 100)
    assert refusal(tmp_path / "me.png").startswith(
        "me.png is not a picture, or one that is damaged (1,200 bytes): use a"
    )


def test_a_heic_picture(tmp_path: Path) -> None:
    (tmp_path / "me.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(500))
    assert refusal(tmp_path / "me.heic").endswith("save it as JPEG or PNG")


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "bmp", "gif", "webp", "avif", "jp2"])
@pytest.mark.parametrize("kept", [0.3, 0.8])
def test_a_truncated_picture(suffix: str, kept: float, colours: Picture, tmp_path: Path) -> None:
    path = saved(Image.fromarray(colours), tmp_path / f"me.{suffix}")
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    message = refusal(path)
    assert "damaged" in message
    assert f"{int(kept * len(content)):,} bytes" in message


def test_an_avif_picture_whose_pixels_are_damaged(colours: Picture, tmp_path: Path) -> None:
    """Its decoder raises RuntimeError, which no other one does."""
    path = saved(Image.fromarray(colours), tmp_path / "me.avif")
    content = bytearray(path.read_bytes())
    pixels = content.index(b"mdat") + len(b"mdat")
    content[pixels : pixels + 40] = bytes(40)
    path.write_bytes(content)
    assert refusal(path).startswith(
        f"me.avif is damaged or cut short ({len(content):,} bytes, 160x120): copy"
    )


@pytest.mark.parametrize("size", [(1, 1), (2000, 95), (95, 2000)])
def test_a_picture_too_small_for_a_face(size: tuple[int, int], tmp_path: Path) -> None:
    message = refusal(saved(Image.new("RGB", size), tmp_path / "me.png"))
    assert message.startswith(f"me.png is too small ({size[0]}x{size[1]}): use a photo")


def test_a_picture_too_large_to_decode(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    file = BytesIO(b"\x89PNG\r\n\x1a\n")
    file.seek(0, 2)
    file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 50000, 8, 2, 0, 0, 0)))
    file.write(chunk(b"IDAT", zlib.compress(bytes(1000))))
    (tmp_path / "bomb.png").write_bytes(file.getvalue())
    assert refusal(tmp_path / "bomb.png").startswith(
        "bomb.png is too large (60000x50000, 3000 megapixels; at most 128): reduce it"
    )
