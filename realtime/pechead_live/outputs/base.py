"""The one interface that every output has."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import TypeVar

from pechead_live.frames import Image

Self = TypeVar("Self", bound="Output")


class Output(ABC):
    """Takes finished frames of one size; a context manager that owns its device, window or file.

    Left through an error the context aborts the output, otherwise, and by KeyboardInterrupt, it closes it.

    Attributes:
        name: how messages speak of it, for instance ``virtual camera /dev/video10`` or ``out.mkv``.
        size: width and height in pixels of every frame.
        frames_per_second: the rate that the pacing keeps for this output.
        needs_main_thread: True for windows, which the operating systems' toolkits want there.
        shows_slate: True for outputs that somebody is looking at live: they get a slate until the avatar
            comes.
        closed_by_user: True once the user has closed the window: the run shall end.
        seen_by: what others have to do to see it, in a few words; empty where nothing needs to be done.
    """

    name: str
    size: tuple[int, int]
    frames_per_second: float
    closed_by_user: bool = False
    needs_main_thread: bool = False
    shows_slate: bool = False
    seen_by: str = ""

    @abstractmethod
    def send(self, image: Image, at: float) -> None:
        """Hand over one frame.

        Args:
            image: (height, width, 3) uint8 RGB, of this output's size.
            at: seconds since the output's first frame, in the stream's own time; files use it as timestamp.

        Raises:
            OutputError: the device, window or file can't take it.
        """

    def poll(self) -> str | None:
        """The key that was pressed in the window since the last call, as a character; None if none was."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Finish the file or free the device. Safe to call twice."""

    def abort(self) -> None:
        """Close after a failure, leaving no half-written file. Safe to call twice, and after ``close``."""
        self.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A recording that was ended by Ctrl-C is one that ended.
        if kind is None or issubclass(kind, KeyboardInterrupt):
            self.close()
        else:
            self.abort()
