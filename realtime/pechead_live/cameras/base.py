"""The one interface that every camera, real or played from a file, has."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import TypeVar

from pechead_live.frames import CameraFrame, DrivingMotion

Self = TypeVar("Self", bound="Camera")


class Camera(ABC):
    """A stream of camera frames; a context manager that owns its device or file.

    Attributes:
        name: how messages speak of it, for instance ``Logitech C920`` or ``me-talking.mp4``.
        frames_per_second: the nominal rate; for a webcam as announced, measured later.
        size: width and height in pixels.
        ends: True for files, which run out; False for devices.
        known_as: what ``--camera`` finds a webcam by, whatever its number is then; None for files.
    """

    name: str
    frames_per_second: float
    size: tuple[int, int]
    ends: bool
    known_as: str | None = None

    @abstractmethod
    def read(self) -> CameraFrame | DrivingMotion | None:
        """The next frame, waiting for it if need be; None when the file has ended.

        Real-time cameras return when the frame's time has come (and skip frames whose time has passed);
        offline ones return every frame at once, with ``captured_at`` counted in the file's own time.
        A motion recording returns ``DrivingMotion`` in place of pictures.

        Raises:
            CameraError: the device is gone or the file is damaged.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the device or file. Safe to call twice, and from another thread than ``read``."""

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
