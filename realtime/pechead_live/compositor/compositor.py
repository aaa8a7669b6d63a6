"""From the animated crop to the picture that is shown: pasted into the photo and fitted to the output."""

import cv2
import numpy as np

from pechead_live.compositor.fit import FitMode, lay_out, still_canvas
from pechead_live.compositor.paste import FadingEdges, Paste, soft_mask
from pechead_live.frames import Image
from pechead_live.source.portrait import SourcePortrait


class Compositor:
    """Makes output frames of one portrait. What stands still is drawn once; a frame costs the crop's area.

    Args:
        portrait: whose crop is animated.
        output_size: width and height of the frames; None means the photo's own, pixel for pixel.
        fit_mode: what happens where photo and output differ in shape, see ``fit.lay_out``.

    Attributes:
        size: width and height of the frames.
    """

    def __init__(
        self, portrait: SourcePortrait, output_size: tuple[int, int] | None = None, fit_mode: FitMode = "fill"
    ) -> None:
        layout = lay_out(portrait, output_size, fit_mode)
        self.size = layout.size
        self._crop_shape = portrait.image.shape
        self._crop_size = layout.crop.size
        self._canvas = still_canvas(portrait.photo, layout, fit_mode)

        shown = layout.crop.intersect(layout.content)
        self._shown = shown.slices
        self._shown_of_crop = shown.relative_to(layout.crop).slices
        photo_size = (portrait.photo.shape[1], portrait.photo.shape[0])
        mask = soft_mask(layout.crop.size, FadingEdges.of(portrait.crop, photo_size))
        self._paste = Paste(self._canvas[self._shown], mask[self._shown_of_crop])

    def compose(self, crop_image: Image) -> Image:
        """One output frame.

        Args:
            crop_image: (crop height, crop width, 3) uint8 RGB, the animated crop.

        Returns:
            (height, width, 3) uint8 RGB of this compositor's size, a new array.

        Raises:
            ValueError: the picture hasn't the crop's size.
        """
        if crop_image.shape != self._crop_shape:
            raise ValueError(f"the animated crop is {crop_image.shape}, the portrait's is {self._crop_shape}")
        frame = self._canvas.copy()
        resized = _resize(crop_image, self._crop_size)
        self._paste.blend(resized[self._shown_of_crop], into=frame[self._shown])
        return frame


def _resize(image: Image, size: tuple[int, int]) -> Image:
    """Bicubic to enlarge, as sharp as the still photo around it; to shrink, bilinear after halving as often
    as needed, which is as clean as an area average at a fraction of its time.
    """
    height, width = image.shape[:2]
    while width >= 2 * size[0] and height >= 2 * size[1] and width % 2 == 0 and height % 2 == 0:
        width, height = width // 2, height // 2
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    if (width, height) == size:
        return image
    enlarges = size[0] > width
    interpolation = cv2.INTER_CUBIC if enlarges else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8)
