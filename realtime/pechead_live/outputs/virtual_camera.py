"""A virtual camera, which meeting programs show in their list of cameras."""

import sys
from contextlib import suppress

import numpy as np
import pyvirtualcam

from pechead.errors import OutputError
from pechead_live.frames import Image
from pechead_live.outputs.base import Output
from pechead_live.outputs.loopback_module import distribution, is_installed, is_loaded, no_loopback
from pechead_live.outputs.slate import draw_slate
from pechead_live.outputs.v4l2loopback import all_busy, choose_loopback, heal, label_of, list_loopbacks
from pechead_live.outputs.virtual_camera_errors import explain

DEFAULT_SIZE = (1280, 720)
"""What meeting programs expect; some refuse anything else."""

DEFAULT_FRAMES_PER_SECOND = 30.0

LARGEST_SIDE = 8192
"""v4l2loopback clamps larger sizes without a word."""


class VirtualCameraOutput(Output):
    """Sends frames to a virtual camera; a slate from the moment it opens, since others list it from then on.

    Args:
        size: width and height in pixels, both even.
        frames_per_second: what the camera is announced with.
        device: ``/dev/video10`` or a label on Linux, a camera's name elsewhere; None takes the one named
            PECHead, or the first free one.
        backend: one of pyvirtualcam's; None tries those of the operating system.
        slate_text: what the slate says.

    Raises:
        OutputError: there is no virtual camera, it is in use, or it can't take the size.
    """

    shows_slate = True

    def __init__(
        self,
        size: tuple[int, int] = DEFAULT_SIZE,
        frames_per_second: float = DEFAULT_FRAMES_PER_SECOND,
        device: str | None = None,
        backend: str | None = None,
        slate_text: str = "starting",
    ) -> None:
        check_size(size)
        self.size = size
        self.frames_per_second = frames_per_second
        if backend is None:
            device = _loopback(device)
        try:
            self._camera = pyvirtualcam.Camera(
                *size, frames_per_second, fmt=pyvirtualcam.PixelFormat.RGB, device=device, backend=backend
            )
        except RuntimeError as error:
            raise explain(str(error), sys.platform, device) from error
        self._device: str = self._camera.device
        self.name = f"virtual camera {self._device}"
        self.seen_by = f"choose '{label_of(self._device)}' as the camera in your meeting program"
        self._open = True
        self.send(draw_slate(size, slate_text), 0.0)

    def send(self, image: Image, at: float) -> None:  # noqa: ARG002
        try:
            self._camera.send(np.ascontiguousarray(image))
        except RuntimeError as error:
            raise OutputError(f"{self.name} stopped taking frames ({error})", "start again") from error

    def close(self) -> None:
        if self._open:
            self._open = False
            with suppress(RuntimeError):
                self._camera.close()
            heal(self._device)


def check_size(size: tuple[int, int]) -> None:
    """Refuse sizes that virtual cameras accept but show wrongly.

    Raises:
        OutputError: a side is odd, less than 2 or too large.
    """
    if any(side < 2 or side > LARGEST_SIDE or side % 2 for side in size):
        raise OutputError(
            f"a virtual camera can't be {size[0]}x{size[1]}",
            f"use even numbers up to {LARGEST_SIDE}, best {DEFAULT_SIZE[0]}x{DEFAULT_SIZE[1]}",
        )


def _loopback(wanted: str | None) -> str | None:
    """On Linux the device to send to, freed if a former program left it stuck; elsewhere what was wanted."""
    if not sys.platform.startswith("linux"):
        return wanted
    loopbacks = list_loopbacks()
    if wanted is None and not loopbacks:
        error = no_loopback(is_loaded(), is_installed(), distribution())
        raise OutputError(error.happened, f"{error.remedy}; or see the avatar first with --output preview")
    path = choose_loopback(loopbacks, wanted)
    if path is None:
        raise all_busy(loopbacks)
    heal(path)
    return path
