"""A window on the screen."""

from collections.abc import Callable
from contextlib import suppress

import cv2

from pechead.errors import OutputError
from pechead_live.frames import Image
from pechead_live.outputs.base import Output
from pechead_live.outputs.display import check_display

LARGEST_CHARACTER = 0x100
"""Beyond stand keys such as Insert, 0xFF63, whose lower half would pass for a letter."""


class PreviewOutput(Output):
    """Shows the frames in a window that can be resized; for the main thread only.

    Args:
        size: width and height in pixels of the frames, and of the window at first.
        frames_per_second: how often it is shown.
        title: of the window, unique within the program.
        decorate: makes of each frame the picture that this window shows; may be called with a frame again.

    Attributes:
        closed_by_user: True once the user has closed the window; frames are ignored from then on.

    Raises:
        OutputError: there is no display, or OpenCV was built without windows.
    """

    needs_main_thread = True
    shows_slate = True

    def __init__(
        self,
        size: tuple[int, int],
        frames_per_second: float,
        title: str = "pechead-live",
        decorate: Callable[[Image], Image] | None = None,
    ) -> None:
        check_display()
        self.name = "preview window"
        self.size = size
        self.frames_per_second = frames_per_second
        self.closed_by_user = False
        self._title = title
        self._decorate = decorate
        self._key: str | None = None
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(title, *size)
        except cv2.error as error:
            raise OutputError(
                "this OpenCV has no windows",
                "pip uninstall opencv-python-headless, then pip install --force-reinstall opencv-python",
            ) from error
        self._open = True
        self._shown = False

    def send(self, image: Image, at: float) -> None:  # noqa: ARG002
        if self._shown:
            self._attend()  # showing a picture would open a closed window again
        if not self._open or self.closed_by_user:
            return
        if self._decorate is not None:
            image = self._decorate(image)
        cv2.imshow(self._title, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        self._shown = True
        self._attend()

    def poll(self) -> str | None:
        """The key that was pressed since the last call, as a character; None if none was."""
        if self._shown and self._key is None:
            self._attend()
        key, self._key = self._key, None
        return key

    def close(self) -> None:
        if self._open:
            self._open = self._shown = False
            with suppress(cv2.error):
                cv2.destroyWindow(self._title)

    def _attend(self) -> None:
        """Let the window draw itself and take keys."""
        code = cv2.pollKey()
        self._key = key_of(code) or self._key
        try:
            self.closed_by_user = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            self.closed_by_user = True  # Qt, once its last window is gone


def key_of(code: int) -> str | None:
    """The character of a key in OpenCV's windows; None for keys that type none, as arrows, Shift and F5.

    Args:
        code: what ``pollKey`` returned; -1 if no key was pressed. Above its lower 16 bits stand modifiers.
    """
    symbol = code & 0xFFFF
    return chr(symbol) if code >= 0 and 0 < symbol < LARGEST_CHARACTER else None
