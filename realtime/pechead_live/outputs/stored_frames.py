"""From RGB pictures to what an encoder stores, with the colour description that players need to undo it."""

from types import MappingProxyType

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from pechead_live.frames import Image
from pechead_live.outputs.file_formats import FileFormat

_MATRICES = MappingProxyType({"709": Colorspace.ITU709, "601": Colorspace.ITU601})


class StoredFrames:
    """Converts pictures of one size for one format.

    Formats with one chroma sample for 2x2 pixels need even sizes: the last column and row are repeated, so
    that no pixel is lost and a player shows one pixel more.

    Args:
        file_format: says pixel format and colour matrix.
        size: width and height of the pictures.

    Attributes:
        stored_size: width and height that the encoder gets.
    """

    def __init__(self, file_format: FileFormat, size: tuple[int, int]) -> None:
        self._padding = (size[0] % 2, size[1] % 2) if file_format.needs_even_size else (0, 0)
        self.stored_size = (size[0] + self._padding[0], size[1] + self._padding[1])
        self._pixel_format = file_format.pixel_format
        self._matrix = _MATRICES[file_format.colour_matrix] if file_format.colour_matrix else None
        self._range = ColorRange.JPEG if file_format.full_range else ColorRange.MPEG
        self._reformatter = VideoReformatter()

    def convert(self, image: Image) -> av.VideoFrame:
        """An encoder's frame with the picture's pixels in it; the picture may be overwritten afterwards."""
        if any(self._padding):
            right, bottom = self._padding
            image = np.pad(image, ((0, bottom), (0, right), (0, 0)), mode="edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgb24")
        if self._matrix is None:
            return self._reformatter.reformat(frame, format=self._pixel_format)
        return self._reformatter.reformat(
            frame, format=self._pixel_format, dst_colorspace=self._matrix, dst_color_range=self._range
        )

    def describe_colours(self, codec: av.VideoCodecContext) -> None:
        """Write into the stream what ``convert`` does; players guess where it isn't said, and differ."""
        if self._matrix is None:
            return
        codec.colorspace = self._matrix
        codec.color_range = self._range
        codec.color_primaries = ColorPrimaries.BT709
        codec.color_trc = ColorTrc.BT709
