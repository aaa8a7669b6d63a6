"""From what the user wrote to a camera."""

from pathlib import Path

from pechead.errors import CameraError, SettingsError
from pechead_live.cameras.base import Camera
from pechead_live.clock import Clock

# The kinds of camera are imported where they are opened, since each brings a large library of its own.


def open_camera(spec: str, clock: Clock, realtime: bool) -> Camera:
    """Open what drives the avatar.

    Args:
        spec: a camera's number, its name or a part of it, or its device file; a video file; a folder of
            images; a motion recording (``.npz``).
        clock: what files are played against and webcam frames are stamped with.
        realtime: False reads a file frame by frame, as fast as it goes.

    Raises:
        CameraError: there is no such camera or file, or it can't be used.
        SettingsError: a webcam is to be read offline.
    """
    path = Path(spec).expanduser()
    pace = clock if realtime else None
    if spec and not spec.isdecimal():
        if path.is_dir():
            from pechead_live.cameras.image_folder import ImageFolderCamera

            return ImageFolderCamera(path, pace)
        if path.is_file() and path.suffix.lower() == ".npz":
            from pechead_live.cameras.motion_recording import MotionRecordingCamera

            return MotionRecordingCamera(path, pace)
        if path.is_file():
            from pechead_live.cameras.video_file import VideoFileCamera

            return VideoFileCamera(path, pace)
    return _open_webcam(spec, path, clock, realtime)


def _open_webcam(spec: str, path: Path, clock: Clock, realtime: bool) -> Camera:
    from pechead_live.cameras.names import choose_camera, describe, known_as, list_cameras
    from pechead_live.cameras.webcam import open_webcam

    is_device = bool(spec) and path.is_char_device()
    is_file = not is_device and _looks_like_a_file(path)
    if not realtime and not is_file:
        raise SettingsError(
            f"the camera '{spec}' can't be read offline", "leave out --offline, or name a video file"
        )
    cameras = list_cameras()
    if is_file:
        choices = f", or use one of the cameras {describe(cameras)}" if cameras else ""
        raise CameraError(f"there is no file or folder '{spec}'", f"check the path{choices}")
    device = choose_camera(str(path.resolve()) if is_device else spec, cameras)
    webcam = open_webcam(device, clock)
    webcam.known_as = known_as(device, cameras)
    return webcam


def _looks_like_a_file(path: Path) -> bool:
    """A folder or a suffix in it; cameras have names such as ``USB2.0 Camera``."""
    return len(path.parts) > 1 or path.suffix[1:2].isalpha()
