"""The kernels' arithmetic, against NumPy and OpenCV; the processor runs the same text."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead_live.cuda.device import Device, DeviceBuffer, Stream, fetched, placed
from pechead_live.cuda.eye_patches import BOXES, PATCHES
from pechead_live.cuda.operations import (
    BT601,
    BT709,
    CameraFormat,
    ColourMatrix,
    EyeBuffers,
    Normalisation,
    VirtualCameraFormat,
    camera_shape,
    draw_photo,
    halve,
    put_before,
    resize,
    to_planes,
    to_virtual_camera,
)
from pechead_live.frames import Image

Array = NDArray[np.float32]
Samples = NDArray[Any]

TO_RGB = {
    BT601: np.array([[1.164384, 0, 1.596027], [1.164384, -0.391762, -0.812968], [1.164384, 2.017232, 0]]),
    BT709: np.array([[1.164384, 0, 1.792741], [1.164384, -0.213249, -0.532909], [1.164384, 2.112402, 0]]),
}
"""What the standards' limited range comes to: rows red, green, blue; columns Y - 16, U - 128, V - 128."""

NAMES = {BT601: "BT.601", BT709: "BT.709"}


class Bench:
    """A device with one stream, and arrays in and out."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.stream: Stream = device.stream()

    def put(self, array: Samples) -> DeviceBuffer:
        return placed(self.device, self.stream, array)

    def empty(self, shape: tuple[int, ...], dtype: type[np.generic]) -> DeviceBuffer:
        return self.device.device_buffer(shape, dtype)

    def get(self, buffer: DeviceBuffer) -> Samples:
        return fetched(self.device, self.stream, buffer)

    def planes_of(
        self, picture: Image, pixels: CameraFormat, size: tuple[int, int], matrix: ColourMatrix = BT601
    ) -> Array:
        """(height, width, 3) in [0, 255]."""
        planes = self.empty((3, size[1], size[0]), np.float32)
        to_planes(self.stream, self.put(picture), pixels, planes, matrix)
        return np.asarray(self.get(planes), np.float32).transpose(1, 2, 0) * 255

    def packed(self, picture: Image, pixels: VirtualCameraFormat, matrix: ColourMatrix = BT601) -> Image:
        height, width = picture.shape[:2]
        taken = self.empty(camera_shape(pixels, (width, height)), np.uint8)
        to_virtual_camera(self.stream, self.put(picture), pixels, taken, matrix)
        return np.asarray(self.get(taken), np.uint8)


@pytest.fixture
def bench(computing_device: Device) -> Bench:
    return Bench(computing_device)


def noise(*shape: int) -> Image:
    return np.random.default_rng(len(shape) + sum(shape)).integers(0, 256, shape, np.uint8)


def smooth(height: int, width: int) -> Image:
    """All colours, without edges."""
    coarse = noise(height // 16 + 1, width // 16 + 1, 3)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def as_rgb(y: Samples, u: Samples, v: Samples, matrix: ColourMatrix) -> Array:
    yuv = np.stack([y, u, v], -1).astype(np.float32) - np.array([16, 128, 128], np.float32)
    return np.asarray(np.clip(yuv @ TO_RGB[matrix].T, 0, 255), np.float32)


def doubled(samples: Samples, rows: int, columns: int) -> Samples:
    return samples.repeat(rows, 0).repeat(columns, 1)


@pytest.mark.parametrize("pixels", ["RGB", "BGR"])
def test_colours_of_a_camera_become_planes(bench: Bench, pixels: CameraFormat) -> None:
    picture = noise(37, 53, 3)
    expected = picture if pixels == "RGB" else picture[..., ::-1]
    np.testing.assert_allclose(bench.planes_of(picture, pixels, (53, 37)), expected, atol=1e-4)


@pytest.mark.parametrize("matrix", [BT601, BT709], ids=NAMES.get)
def test_nv12_of_a_camera_becomes_planes(bench: Bench, matrix: ColourMatrix) -> None:
    width, height = 54, 38
    picture = noise(height * 3 // 2, width)
    chroma = picture[height:].reshape(height // 2, width // 2, 2)
    u, v = (doubled(chroma[..., k], 2, 2) for k in (0, 1))
    expected = as_rgb(picture[:height], u, v, matrix)
    found = bench.planes_of(picture, "NV12", (width, height), matrix)
    np.testing.assert_allclose(found, expected, atol=1e-2)
    if matrix == BT601:
        opencvs = cv2.cvtColor(picture, cv2.COLOR_YUV2RGB_NV12)
        legal = picture[:height] >= 16
        assert np.abs(found - opencvs)[legal].max() < 2


@pytest.mark.parametrize("matrix", [BT601, BT709], ids=NAMES.get)
def test_yuy2_of_a_camera_becomes_planes(bench: Bench, matrix: ColourMatrix) -> None:
    picture = noise(38, 54, 2)
    u, v = (doubled(picture[:, k::2, 1], 1, 2) for k in (0, 1))
    expected = as_rgb(picture[..., 0], u, v, matrix)
    found = bench.planes_of(picture, "YUY2", (54, 38), matrix)
    np.testing.assert_allclose(found, expected, atol=1e-2)
    if matrix == BT601:
        opencvs = cv2.cvtColor(picture, cv2.COLOR_YUV2RGB_YUY2)
        legal = picture[..., 0] >= 16
        assert np.abs(found - opencvs)[legal].max() < 2


@pytest.mark.parametrize("size", [(30, 20), (33, 21), (61, 47), (256, 256), (90, 20)])
def test_planes_are_resized_as_opencv_does_and_normalised(bench: Bench, size: tuple[int, int]) -> None:
    planes = np.random.default_rng(4).random((3, 47, 61), np.float32)
    mean, deviation = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
    shrinks = size[0] <= 61 and size[1] <= 47
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    expected = [cv2.resize(plane, size, interpolation=interpolation) for plane in planes]
    resized = bench.empty((1, 3, size[1], size[0]), np.float32)
    resize(bench.stream, bench.put(planes), resized, Normalisation(bench.put(mean), bench.put(deviation)))
    found = np.asarray(bench.get(resized), np.float32)[0] * deviation[:, None, None] + mean[:, None, None]
    np.testing.assert_allclose(found, np.stack(expected), atol=2e-4)


@pytest.mark.parametrize("matrix", [BT601, BT709], ids=NAMES.get)
@pytest.mark.parametrize("pixels", ["I420", "NV12", "YUY2"])
def test_colours_survive_the_way_through_a_virtual_camera(
    bench: Bench, pixels: VirtualCameraFormat, matrix: ColourMatrix
) -> None:
    picture = smooth(64, 96)
    packed = bench.packed(picture, pixels, matrix)
    chroma_rows = 1 if pixels == "YUY2" else 2
    y, u, v = yuv_planes(packed, pixels, (96, 64))
    assert (packed >= 16).all()
    assert (y <= 235).all()
    assert (packed <= 240).all()
    back = as_rgb(y, doubled(u, chroma_rows, 2), doubled(v, chroma_rows, 2), matrix)
    pooled = cv2.blur(picture, (2, 2)).astype(np.float32)
    assert np.abs(back - picture).mean() < 4
    assert abs((back - pooled).mean()) < 0.5


def yuv_planes(
    packed: Image, pixels: VirtualCameraFormat, size: tuple[int, int]
) -> tuple[Samples, Samples, Samples]:
    width, height = size
    if pixels == "YUY2":
        return packed[..., 0], packed[:, ::2, 1], packed[:, 1::2, 1]
    if pixels == "NV12":
        chroma = packed[height:].reshape(height // 2, width // 2, 2)
        return packed[:height], chroma[..., 0], chroma[..., 1]
    u, v = packed[height:].reshape(2, height // 2, width // 2)
    return packed[:height], u, v


@pytest.mark.parametrize("matrix", [BT601, BT709], ids=NAMES.get)
@pytest.mark.parametrize("pixels", ["I420", "NV12", "YUY2"])
def test_a_virtual_camera_gets_each_pixels_y_and_the_mean_chroma_of_neighbours(
    bench: Bench, pixels: VirtualCameraFormat, matrix: ColourMatrix
) -> None:
    picture = noise(22, 36, 3)
    from_rgb = np.linalg.inv(TO_RGB[matrix])
    yuv = picture @ from_rgb.T + [16, 128, 128]
    rows = 1 if pixels == "YUY2" else 2
    chroma = yuv[..., 1:].reshape(22 // rows, rows, 18, 2, 2).mean((1, 3))
    found = yuv_planes(bench.packed(picture, pixels, matrix), pixels, (36, 22))
    for plane, expected in zip(found, (yuv[..., 0], chroma[..., 0], chroma[..., 1]), strict=True):
        assert np.abs(plane.astype(np.float64) - expected).max() < 0.51
    if matrix == BT601 and pixels == "I420":
        opencvs = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)[:22]
        assert np.abs(found[0].astype(int) - opencvs).max() <= 1


def test_a_picture_is_halved_as_opencv_does(bench: Bench) -> None:
    picture = noise(34, 58, 3)
    half = bench.empty((17, 29, 3), np.uint8)
    halve(bench.stream, bench.put(picture), half)
    expected = cv2.resize(picture, (29, 17), interpolation=cv2.INTER_AREA)
    assert np.abs(np.asarray(bench.get(half), int) - expected).max() <= 1


NO_BOXES, NO_EYES = np.zeros(BOXES, np.float32), np.zeros(PATCHES, np.float32)


def draw(
    bench: Bench,
    photo: Image,
    flow: Array,
    alpha: Array,
    painted: Image,
    boxes: Array = NO_BOXES,
    patches: Array = NO_EYES,
) -> NDArray[np.int_]:
    drawn = bench.empty(photo.shape, np.uint8)
    of_flow, of_alpha, of_paint = (bench.put(part[None]) for part in (flow, alpha, painted))
    eyes = EyeBuffers(bench.put(boxes), bench.put(patches))
    draw_photo(bench.stream, bench.put(photo), of_flow, eyes, of_alpha, of_paint, drawn)
    return np.asarray(bench.get(drawn), np.int_)


def still_flow(cells: int) -> Array:
    """Every cell comes from where it is."""
    centres = 2 * (np.arange(cells, dtype=np.float32) + 0.5) / cells - 1
    return np.stack(np.meshgrid(centres, centres), -1).astype(np.float32)


def test_where_alpha_is_one_the_photo_shows_pixel_for_pixel(bench: Bench) -> None:
    photo = noise(80, 80, 3)
    flow = np.stack(np.meshgrid(*[2 * (np.arange(80) + 0.5) / 80 - 1] * 2), -1).astype(np.float32)
    drawn = draw(bench, photo, flow, np.ones((20, 20), np.float32), noise(20, 20, 3))
    np.testing.assert_array_equal(drawn, photo)


def test_where_alpha_is_nothing_paint_shows_enlarged_as_opencv_does(bench: Bench) -> None:
    paint = noise(20, 20, 3)
    drawn = draw(bench, noise(80, 80, 3), still_flow(10), np.zeros((20, 20), np.float32), paint)
    expected = cv2.resize(paint, (80, 80), interpolation=cv2.INTER_CUBIC)
    assert np.abs(drawn - expected).max() <= 1


def test_alpha_is_enlarged_and_blends(bench: Bench) -> None:
    black, white = np.zeros((64, 64, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)
    alpha = np.random.default_rng(1).random((16, 16), np.float32)
    drawn = draw(bench, black, still_flow(8), alpha, white)
    expected = 255 * (1 - cv2.resize(alpha, (64, 64), interpolation=cv2.INTER_LINEAR))
    assert np.abs(drawn - expected[..., None]).max() < 0.51


def test_the_photo_moves_by_the_enlarged_flow_and_its_edge_is_repeated(bench: Bench) -> None:
    photo = smooth(64, 64)
    flow = still_flow(16) + np.array([10 / 32, -3.25 / 32], np.float32)
    drawn = draw(bench, photo, flow, np.ones((8, 8), np.float32), noise(8, 8, 3))
    # Inside; towards the edge half a cell of the flow is constant.
    shift = np.array([[1, 0, 10], [0, 1, -3.25]], np.float32)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(photo, shift, (64, 64), flags=how, borderMode=cv2.BORDER_REPLICATE)
    assert np.abs(drawn - moved)[4:-4, 4:-4].max() <= 2


def test_in_its_box_an_eye_is_fetched_from_where_its_patch_says(bench: Bench) -> None:
    photo = smooth(64, 64)
    boxes, patches = np.zeros(BOXES, np.float32), np.zeros(PATCHES, np.float32)
    boxes[1] = 8, 20, 32, 36
    x = 8 + 24 * (np.arange(PATCHES[2]) + 0.5) / PATCHES[2]
    y = 20 + 16 * (np.arange(PATCHES[1]) + 0.5) / PATCHES[1]
    patches[1, ..., :2] = np.stack(np.meshgrid(x + 20, y - 8), -1)
    patches[1, ..., 2] = 1
    patches[1, :, PATCHES[2] // 2 :] *= 0.5
    alpha = np.ones((8, 8), np.float32)
    drawn = draw(bench, photo, still_flow(16), alpha, noise(8, 8, 3), boxes, patches)
    assert np.abs(drawn[21:35, 9:19] - photo[13:27, 29:39]).max() <= 2
    assert np.abs(drawn[21:35, 21:31] - photo[17:31, 31:41]).max() <= 2
    outside = np.ones((64, 64), bool)
    outside[20:36, 8:32] = False
    still = draw(bench, photo, still_flow(16), alpha, noise(8, 8, 3))
    np.testing.assert_array_equal(drawn[outside], still[outside])


def test_what_is_drawn_stands_before_the_plate_where_the_person_is(bench: Bench) -> None:
    drawn, plate = noise(48, 80, 3), noise(48, 80, 3)
    person = np.random.default_rng(2).random((16, 16), np.float32)
    on_device = bench.put(drawn)
    put_before(bench.stream, bench.put(plate), bench.put(person[None]), on_device)
    share = cv2.resize(person, (80, 48), interpolation=cv2.INTER_LINEAR)[..., None]
    expected = share * drawn + (1 - share) * plate
    assert np.abs(bench.get(on_device) - expected).max() < 0.51


@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf, 1e30])
def test_a_wild_flow_stays_inside_the_photo(bench: Bench, wild: float) -> None:
    photo = np.full((16, 16, 3), 99, np.uint8)
    flow = np.full((4, 4, 2), wild, np.float32)
    assert (draw(bench, photo, flow, np.ones((4, 4), np.float32), noise(4, 4, 3)) == 99).all()


def test_wrong_shapes_and_types_are_refused(bench: Bench) -> None:
    rgb = bench.put(noise(8, 6, 3))
    with pytest.raises(ValueError, match=r"expected uint8 \(12, 6\), got uint8 \(8, 6\)"):
        to_virtual_camera(bench.stream, rgb, "I420", bench.empty((8, 6), np.uint8), BT601)
    with pytest.raises(ValueError, match="expected float32"):
        to_planes(bench.stream, rgb, "RGB", bench.empty((3, 8, 6), np.float64), BT601)
    with pytest.raises(ValueError, match="can't be 7x8"):
        to_virtual_camera(bench.stream, bench.put(noise(8, 7, 3)), "NV12", rgb, BT601)
