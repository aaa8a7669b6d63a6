"""The kernels as functions: buffers checked, threads counted, arguments in order.

Every buffer may have one more leading axis, of 1, as the graphs' tensors have.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pechead_live.cuda.device import DeviceBuffer, KernelArgument, Stream
from pechead_live.cuda.eye_patches import BOXES, COLUMNS, PATCHES, ROWS

CameraFormat = Literal["RGB", "BGR", "NV12", "YUY2"]
VirtualCameraFormat = Literal["I420", "NV12", "YUY2"]


@dataclass(frozen=True)
class ColourMatrix:
    """How much red and blue count in Y; green is the rest. Y is 16 to 235, U and V are 16 to 240."""

    red: float
    blue: float


BT601 = ColourMatrix(0.299, 0.114)
"""Of webcams and virtual cameras unless they say otherwise."""

BT709 = ColourMatrix(0.2126, 0.0722)


@dataclass(frozen=True)
class Normalisation:
    """``(value - mean) / deviation``.

    Attributes:
        mean, deviation: (channels,) float32 on the device.
    """

    mean: DeviceBuffer
    deviation: DeviceBuffer


@dataclass(frozen=True)
class EyeBuffers:
    """The eyes of a frame, from ``eye_patches.fill_eyes``.

    Attributes:
        boxes: (2, 4) float32: left, top, right and bottom of each, in pixels of the drawn picture.
        patches: (2, rows, columns, 3) float32: x and y in pixels of the photo times the weight, and the
            weight against the flow.
    """

    boxes: DeviceBuffer
    patches: DeviceBuffer


@dataclass(frozen=True)
class PastePlace:
    """Where the crop shows in the frame.

    Attributes:
        corner: left and top of the part that shows, in pixels of the frame.
        size: width and height of that part.
        from_corner: where that part begins in the whole crop as it is shown.
        whole_size: width and height of the whole crop as it is shown.
    """

    corner: tuple[int, int]
    size: tuple[int, int]
    from_corner: tuple[int, int]
    whole_size: tuple[int, int]


def camera_shape(pixels: CameraFormat | VirtualCameraFormat, size: tuple[int, int]) -> tuple[int, ...]:
    """Shape of a picture's bytes.

    Args:
        pixels: its format.
        size: width and height.

    Raises:
        ValueError: the size is odd where the format shares chroma among neighbours.
    """
    width, height = size
    if pixels in ("RGB", "BGR"):
        return height, width, 3
    if width % 2 or (height % 2 and pixels != "YUY2"):
        raise ValueError(f"a picture in {pixels} can't be {width}x{height}, width and height have to be even")
    return (height, width, 2) if pixels == "YUY2" else (height * 3 // 2, width)


def to_planes(
    stream: Stream, picture: DeviceBuffer, pixels: CameraFormat, planes: DeviceBuffer, matrix: ColourMatrix
) -> None:
    """A camera's picture as floats.

    Args:
        stream: does the work.
        picture: uint8 of ``camera_shape``.
        pixels: its format.
        planes: (3, height, width) float32, takes red, green and blue in [0, 1].
        matrix: of the YUV formats.
    """
    height, width = planes.shape[-2:]
    _check(picture, camera_shape(pixels, (width, height)), np.uint8)
    _check(planes, (3, height, width), np.float32)
    colours = () if pixels in ("RGB", "BGR") else _weights(matrix)
    _launch(stream, f"{pixels.lower()}_to_planes", (width, height), planes, picture, width, height, *colours)


def resize(stream: Stream, planes: DeviceBuffer, resized: DeviceBuffer, normalisation: Normalisation) -> None:
    """Another size, and normalised: the mean of the area to shrink, bilinear where either side grows.

    Args:
        stream: does the work.
        planes: (channels, height, width) float32.
        resized: (channels, rows, columns) float32, takes the result.
        normalisation: of each channel.
    """
    channels, from_height, from_width = planes.shape[-3:]
    height, width = resized.shape[-2:]
    _check(planes, (channels, from_height, from_width), np.float32)
    _check(resized, (channels, height, width), np.float32)
    for part in (normalisation.mean, normalisation.deviation):
        _check(part, (channels,), np.float32)
    shrinks = width <= from_width and height <= from_height
    _launch(
        stream,
        "resize_area" if shrinks else "resize_bilinear",
        (width, height),
        resized,
        planes,
        normalisation.mean,
        normalisation.deviation,
        channels,
        width,
        height,
        from_width,
        from_height,
    )


def draw_photo(
    stream: Stream,
    photo: DeviceBuffer,
    flow: DeviceBuffer,
    eyes: EyeBuffers,
    alpha: DeviceBuffer,
    painted: DeviceBuffer,
    drawn: DeviceBuffer,
) -> None:
    """Warp the photo at its own size by the enlarged flow with eyes, and blend it with the enlarged paint.

    Args:
        stream: does the work.
        photo: (height, width, 3) uint8 RGB.
        flow: (rows, columns, 2) float32, positions in the photo, [-1, 1] from edge to edge.
        eyes: put into it.
        alpha: (rows, columns) float32, 1 = photo, 0 = paint.
        painted: (rows, columns, 3) uint8 RGB.
        drawn: (height, width, 3) uint8 RGB, takes the result.
    """
    width, height = _size(photo)
    _check(photo, (height, width, 3), np.uint8)
    _check(drawn, (height, width, 3), np.uint8)
    flow_size, alpha_size, paint_size = _size(flow), alpha.shape[:-3:-1], _size(painted)
    _check(flow, (*reversed(flow_size), 2), np.float32)
    _check(eyes.boxes, BOXES, np.float32)
    _check(eyes.patches, PATCHES, np.float32)
    _check(alpha, alpha.shape[-2:], np.float32)
    _check(painted, (*reversed(paint_size), 3), np.uint8)
    _launch(
        stream,
        "draw_photo",
        (width, height),
        drawn,
        photo,
        flow,
        eyes.boxes,
        eyes.patches,
        alpha,
        painted,
        width,
        height,
        *flow_size,
        COLUMNS,
        ROWS,
        *alpha_size,
        *paint_size,
    )


def put_before(stream: Stream, plate: DeviceBuffer, person: DeviceBuffer, drawn: DeviceBuffer) -> None:
    """Put what is drawn before a background.

    Args:
        stream: does the work.
        plate: (height, width, 3) uint8 RGB.
        person: (rows, columns) float32, 1 = what is drawn, 0 = plate.
        drawn: (height, width, 3) uint8 RGB, takes the result.
    """
    width, height = _size(plate)
    _check(plate, (height, width, 3), np.uint8)
    _check(drawn, (height, width, 3), np.uint8)
    _check(person, person.shape[-2:], np.float32)
    person_size = person.shape[:-3:-1]
    _launch(stream, "put_before", (width, height), drawn, plate, person, width, height, *person_size)


def halve(stream: Stream, picture: DeviceBuffer, half: DeviceBuffer) -> None:
    """Half the width and height, both even: each pixel the mean of four; (height, width, 3) uint8."""
    width, height = _size(half)
    _check(half, (height, width, 3), np.uint8)
    _check(picture, (2 * height, 2 * width, 3), np.uint8)
    _launch(stream, "halve", (width, height), half, picture, width, height)


def paste(
    stream: Stream,
    crop: DeviceBuffer,
    weight: DeviceBuffer,
    still: DeviceBuffer,
    place: PastePlace,
    frame: DeviceBuffer,
) -> None:
    """Resize the animated crop and blend it into the still photo.

    Args:
        stream: does the work.
        crop: (rows, columns, 3) uint8 RGB.
        weight: (height, width) uint8 of the part that shows, 255 = crop, 0 = still photo.
        still: (frame height, frame width, 3) uint8 RGB.
        place: where the crop shows.
        frame: as ``still``; its part that shows the crop takes the result.
    """
    frame_size, crop_size = _size(still), _size(crop)
    _check(still, (*reversed(frame_size), 3), np.uint8)
    _check(frame, (*reversed(frame_size), 3), np.uint8)
    _check(crop, (*reversed(crop_size), 3), np.uint8)
    _check(weight, (place.size[1], place.size[0]), np.uint8)
    _launch(
        stream,
        "paste",
        place.size,
        frame,
        still,
        weight,
        crop,
        *place.size,
        *place.corner,
        frame_size[0],
        *place.from_corner,
        *place.whole_size,
        *crop_size,
    )


def to_virtual_camera(
    stream: Stream,
    frame: DeviceBuffer,
    pixels: VirtualCameraFormat,
    packed: DeviceBuffer,
    matrix: ColourMatrix,
) -> None:
    """A picture in a format of virtual cameras.

    Args:
        stream: does the work.
        frame: (height, width, 3) uint8 RGB.
        pixels: the format.
        packed: uint8 of ``camera_shape``, takes the result.
        matrix: of Y, U and V.
    """
    width, height = _size(frame)
    _check(frame, (height, width, 3), np.uint8)
    _check(packed, camera_shape(pixels, (width, height)), np.uint8)
    rows = height if pixels == "YUY2" else height // 2
    _launch(
        stream,
        f"rgb_to_{pixels.lower()}",
        (width // 2, rows),
        packed,
        frame,
        width,
        height,
        *_weights(matrix),
    )


def _weights(matrix: ColourMatrix) -> tuple[float, float]:
    return matrix.red, matrix.blue


def _launch(stream: Stream, kernel: str, threads: tuple[int, int], *arguments: DeviceBuffer | float) -> None:
    typed: list[KernelArgument] = [
        np.int32(argument)
        if isinstance(argument, int)
        else np.float32(argument)
        if isinstance(argument, float)
        else argument
        for argument in arguments
    ]
    stream.launch(kernel, threads, typed)


def _size(picture: DeviceBuffer) -> tuple[int, int]:
    """Width and height of (height, width, channels)."""
    height, width, _ = picture.shape[-3:]
    return width, height


def _check(buffer: DeviceBuffer, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
    if buffer.shape not in (shape, (1, *shape)) or buffer.dtype != dtype:
        raise ValueError(f"expected {np.dtype(dtype)} {shape}, got {buffer.dtype} {buffer.shape}")
