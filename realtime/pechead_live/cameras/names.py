"""Finding a webcam by its number or by a part of its name."""

import sys
from dataclasses import dataclass

import cv2
from cv2_enumerate_cameras import enumerate_cameras

from pechead.errors import CameraError

OWN_VIRTUAL_CAMERA = "pechead"
"""In the name that our documentation gives the Linux virtual camera; it must never be its own input."""

OTHER_VIRTUAL_CAMERAS = ("obs virtual camera", "unity video capture")
"""What the virtual camera output writes to on Windows and macOS."""


@dataclass(frozen=True)
class CameraDevice:
    """A webcam as the operating system lists it.

    Attributes:
        number: OpenCV's index for it, with this backend.
        name: what the maker calls it.
        path: ``/dev/video0`` and the like; empty where there is none.
        backend: OpenCV's ``CAP_...`` constant. The others count the cameras in another order.
        usb: vendor and product, ``046d:0825``; empty where they aren't known.
    """

    number: int
    name: str
    path: str
    backend: int
    usb: str = ""


def list_cameras() -> list[CameraDevice]:
    """The webcams of this machine that can be a driver's camera, by number."""
    for backend in backends(sys.platform):
        found = [
            CameraDevice(
                info.index,
                (info.name or f"camera {info.index}").strip(),
                info.path or "",
                backend,
                usb_id(info.vid, info.pid),
            )
            for info in enumerate_cameras(backend)
        ]
        cameras = sorted(
            (c for c in found if not is_virtual_output(c.name, sys.platform)), key=lambda c: c.number
        )
        if cameras:
            return cameras
    return []


def backends(platform: str) -> tuple[int, ...]:
    """OpenCV's backends to list and open cameras with on a ``sys.platform``; the first that has any."""
    if platform == "win32":
        return (cv2.CAP_DSHOW, cv2.CAP_MSMF)
    return (cv2.CAP_AVFOUNDATION,) if platform == "darwin" else (cv2.CAP_V4L2,)


def usb_id(vendor: int | None, product: int | None) -> str:
    """Four hexadecimal digits each, ``046d:0825``; empty if they aren't known."""
    return f"{vendor:04x}:{product:04x}" if vendor and product else ""


def known_as(camera: CameraDevice, cameras: list[CameraDevice]) -> str:
    """What ``choose_camera`` finds this camera by, and no other of ``cameras``: its number may change."""
    for text in (camera.usb, camera.name):
        if text and not text.isdecimal():
            try:
                if choose_camera(text, cameras) == camera:
                    return text
            except CameraError:
                continue
    return str(camera.number)


def is_virtual_output(name: str, platform: str) -> bool:
    """Whether a camera is one that this program itself writes to."""
    folded = name.casefold()
    others = () if platform.startswith("linux") else OTHER_VIRTUAL_CAMERAS
    return OWN_VIRTUAL_CAMERA in folded or any(other in folded for other in others)


def choose_camera(wanted: str, cameras: list[CameraDevice]) -> CameraDevice:
    """Find the camera that is meant.

    Args:
        wanted: a number, a device path, vendor and product as ``046d:0825``, a name, or a part of a name;
            case doesn't matter.
        cameras: those to choose from.

    Raises:
        CameraError: none fits, or several do; the message lists them.
    """
    if wanted.isdecimal():
        fitting = [camera for camera in cameras if camera.number == int(wanted)]
    else:
        folded = wanted.casefold()
        fitting = [c for c in cameras if folded and folded in (c.name.casefold(), c.path.casefold(), c.usb)]
        fitting = fitting or [c for c in cameras if folded and folded in c.name.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise CameraError(
            f"'{wanted}' fits several cameras", f"choose one by its number: {describe(fitting)}"
        )
    if not cameras:
        raise CameraError(f"no camera '{wanted}', none was found", NO_CAMERA_REMEDY)
    raise CameraError(f"no camera '{wanted}'", f"choose one of {describe(cameras)}, or a video file")


NO_CAMERA_REMEDY = "plug one in and allow this program to use it, or give a video file in its place"


def describe(cameras: list[CameraDevice]) -> str:
    """``0 (FaceTime HD), 2 (Logitech C920)``."""
    return ", ".join(f"{camera.number} ({camera.name})" for camera in cameras)
