"""``pechead_live.compositor`` on the device: the crop pasted into the photo, in the output's pixel format."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pechead_live.compositor.fit import FitMode, lay_out, still_canvas
from pechead_live.compositor.paste import FadingEdges, soft_mask
from pechead_live.cuda.device import Device, DeviceBuffer, Stream, placed
from pechead_live.cuda.operations import (
    BT601,
    ColourMatrix,
    PastePlace,
    VirtualCameraFormat,
    camera_shape,
    halve,
    paste,
    to_virtual_camera,
)
from pechead_live.source.portrait import SourcePortrait

OutputFormat = Literal["RGB"] | VirtualCameraFormat


@dataclass(frozen=True, eq=False)
class ComposedFrame:
    """A frame's memory: the crop at smaller sizes, the whole picture, and the same in the output's format."""

    halves: tuple[DeviceBuffer, ...]
    frame: DeviceBuffer
    packed: DeviceBuffer


class DeviceCompositor:
    """Makes output frames of one portrait.

    Args:
        device: keeps the still photo.
        stream: copies it there; the work on frames may be asked of another one.
        portrait: whose crop is animated.
        output_size, fit_mode: as of ``pechead_live.compositor.compositor.Compositor``.
        pixels: the output's format.
        matrix: of Y, U and V.

    Attributes:
        size: width and height of the frames.
        shape: of a frame's bytes in the output's format.

    Raises:
        ValueError: the output's format can't have that size.
    """

    def __init__(
        self,
        device: Device,
        stream: Stream,
        portrait: SourcePortrait,
        output_size: tuple[int, int] | None = None,
        fit_mode: FitMode = "fill",
        pixels: OutputFormat = "RGB",
        matrix: ColourMatrix = BT601,
    ) -> None:
        layout = lay_out(portrait, output_size, fit_mode)
        self.size = layout.size
        self.shape = camera_shape(pixels, layout.size)
        self._device, self._stream = device, stream
        self._pixels, self._matrix = pixels, matrix
        self._canvas = still_canvas(portrait.photo, layout, fit_mode)
        self._still = placed(device, stream, self._canvas)

        shown = layout.crop.intersect(layout.content)
        from_crop = shown.relative_to(layout.crop)
        self._place = PastePlace(
            (shown.left, shown.top), shown.size, (from_crop.left, from_crop.top), layout.crop.size
        )
        photo_size = (portrait.photo.shape[1], portrait.photo.shape[0])
        mask = soft_mask(layout.crop.size, FadingEdges.of(portrait.crop, photo_size))[from_crop.slices]
        self._weight = placed(device, stream, np.rint(mask * 255).astype(np.uint8))
        self._half_sizes = _half_sizes(portrait.image.shape[1::-1], layout.crop.size)

    def allocate(self) -> ComposedFrame:
        """Memory of one frame; what stands still is in it already."""
        frame = placed(self._device, self._stream, self._canvas)
        return ComposedFrame(
            halves=tuple(
                self._device.device_buffer((height, width, 3), np.uint8) for width, height in self._half_sizes
            ),
            frame=frame,
            packed=frame if self._pixels == "RGB" else self._device.device_buffer(self.shape, np.uint8),
        )

    def enqueue(self, stream: Stream, crop_image: DeviceBuffer, into: ComposedFrame) -> None:
        """Ask for one frame; ``into.packed`` takes it.

        Args:
            stream: does the work.
            crop_image: (crop height, crop width, 3) uint8 RGB, the animated crop.
            into: from ``allocate``.
        """
        for half in into.halves:
            halve(stream, crop_image, half)
            crop_image = half
        paste(stream, crop_image, self._weight, self._still, self._place, into.frame)
        if self._pixels != "RGB":
            to_virtual_camera(stream, into.frame, self._pixels, into.packed, self._matrix)


def _half_sizes(size: tuple[int, ...], shown_size: tuple[int, int]) -> list[tuple[int, int]]:
    """Widths and heights on the way to less than twice the shown size, as long as they can be halved."""
    width, height = size
    sizes: list[tuple[int, int]] = []
    while width >= 2 * shown_size[0] and height >= 2 * shown_size[1] and width % 2 == 0 and height % 2 == 0:
        width, height = width // 2, height // 2
        sizes.append((width, height))
    return sizes
