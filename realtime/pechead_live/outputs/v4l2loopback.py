"""Linux's virtual cameras, as far as pyvirtualcam leaves them to us: choosing one, healing a stuck one.

pyvirtualcam writes without VIDIOC_STREAMON, and v4l2loopback 0.12 with ``exclusive_caps=1`` then never takes
the device back when it is closed: it offers neither capture nor output, and the next start fails until the
module is loaded again (v4l2loopback issues 442 and 470). A descriptor that asks for STREAMON counts as the
writer, even though the request fails without buffers, and closing it restores the output.
"""

import os
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pechead.errors import OutputError

DRIVER = "v4l2 loopback"
LABEL = "PECHead"
"""The name that our documentation gives the virtual camera."""

_VIDIOC_QUERYCAP = 0x80685600
_VIDIOC_STREAMON = 0x40045612
_BUF_TYPE_VIDEO_OUTPUT = 2
_CAPABILITY_SIZE = 104
_CAP_VIDEO_CAPTURE = 0x1
_CAP_VIDEO_OUTPUT = 0x2


class State(Enum):
    """What a loopback device says of itself."""

    FREE = "free"
    BUSY = "busy"
    STUCK = "stuck"


@dataclass(frozen=True)
class Loopback:
    """A v4l2loopback device.

    Attributes:
        path: ``/dev/video10``.
        label: its name in the cameras' list of other programs.
        state: BUSY while somebody sends to it, or has left it while somebody still reads it.
    """

    path: str
    label: str
    state: State


def list_loopbacks(sysfs: Path = Path("/sys/class/video4linux")) -> list[Loopback]:
    """The loopback devices that this user may open, by number; none on other systems than Linux."""
    found = []
    for folder in sysfs.glob("video*"):
        with suppress(OSError):
            label = label_of(folder.name, sysfs)
            path = f"/dev/{folder.name}"
            state = query(path)
            if state is not None:
                found.append((int(folder.name.removeprefix("video")), Loopback(path, label, state)))
    return [loopback for _, loopback in sorted(found, key=lambda pair: pair[0])]


def label_of(device: str, sysfs: Path = Path("/sys/class/video4linux")) -> str:
    """What other programs call a device: its label, or on other systems than Linux the device itself."""
    try:
        return (sysfs / Path(device).name / "name").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return device


def choose_loopback(loopbacks: Sequence[Loopback], wanted: str | None) -> str | None:
    """The device to send to; None if none is free.

    Args:
        loopbacks: those of this machine.
        wanted: a device path or a label; None prefers one that is named for this program, and free ones.
    """
    if wanted is not None:
        labelled = (loopback.path for loopback in loopbacks if loopback.label.casefold() == wanted.casefold())
        return next(labelled, wanted)
    ours = [loopback for loopback in loopbacks if LABEL.casefold() in loopback.label.casefold()]
    usable = (loopback.path for loopback in (*ours, *loopbacks) if loopback.state is not State.BUSY)
    return next(usable, None)


def all_busy(loopbacks: Sequence[Loopback]) -> OutputError:
    """That there are virtual cameras, but none to send to; loading the module again would change nothing."""
    names = " and ".join(f"{loopback.path} ({loopback.label})" for loopback in loopbacks)
    return OutputError(
        f"there is no free virtual camera, {names} {'is' if len(loopbacks) == 1 else 'are'} in use",
        "end the program that sends to it, and then the one that still reads it",
    )


def query(path: str) -> State | None:
    """The state of a device; None if it isn't a loopback.

    Raises:
        OSError: it can't be opened, or isn't a video device.
    """
    if sys.platform == "linux":
        import fcntl

        answer = bytearray(_CAPABILITY_SIZE)
        descriptor = os.open(path, os.O_RDWR)
        try:
            fcntl.ioctl(descriptor, _VIDIOC_QUERYCAP, answer)
        finally:
            os.close(descriptor)
        return parse_capability(bytes(answer))
    return None


def parse_capability(answer: bytes) -> State | None:
    """Read a ``struct v4l2_capability``: the driver in its first 16 bytes, ``device_caps`` at byte 88."""
    if answer[:16].rstrip(b"\0").decode(errors="replace") != DRIVER:
        return None
    (capabilities,) = struct.unpack_from("<I", answer, 88)
    if capabilities & _CAP_VIDEO_OUTPUT:
        return State.FREE
    return State.BUSY if capabilities & _CAP_VIDEO_CAPTURE else State.STUCK


def heal(path: str) -> bool:
    """Take a stuck device back; does nothing to one in another state.

    Returns:
        Whether it was stuck.
    """
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            if query(path) is State.STUCK:
                descriptor = os.open(path, os.O_RDWR)
                try:
                    with suppress(OSError):
                        fcntl.ioctl(descriptor, _VIDIOC_STREAMON, struct.pack("i", _BUF_TYPE_VIDEO_OUTPUT))
                finally:
                    os.close(descriptor)
                return True
    return False
