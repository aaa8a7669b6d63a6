"""What a virtual camera's failure means, and what to do about it on this operating system."""

import re
from dataclasses import dataclass

from pechead.errors import OutputError

LOAD_MODULE = (
    'sudo modprobe v4l2loopback devices=1 video_nr=10 card_label="PECHead AI avatar" exclusive_caps=1'
)

INSTALL_OBS = (
    "install OBS Studio 30 or newer from obsproject.com, press its Start Virtual Camera once{}, close OBS"
)

ALLOW_EXTENSION = " and allow its camera extension in System Settings"


@dataclass(frozen=True)
class Failure:
    """One cause.

    Attributes:
        texts: any of these in pyvirtualcam's message gives it away.
        happened: what to tell; ``{}`` stands for the device.
        remedy: what to do.
    """

    texts: tuple[str, ...]
    happened: str
    remedy: str


LINUX = (
    Failure(
        ("No v4l2 loopback device found",),
        "there is no free virtual camera",
        f"close programs that send to one, or make one: {LOAD_MODULE}",
    ),
    Failure(
        ("does not exist",),
        "there is no {}",
        f"list yours with 'v4l2-ctl --list-devices', or make one: {LOAD_MODULE}",
    ),
    Failure(
        ("is not a video output device",),
        "{} is a real camera, or another program sends to it",
        "close that program, or name another device",
    ),
    Failure(("already in use",), "{} is already in use by this program", "name another device"),
    Failure(
        ("missing permissions",),
        "no permission to open {}",
        "run 'sudo usermod -aG video $USER', then log out and in again",
    ),
    Failure(
        ("could not be queried",),
        "{} is not a video device",
        f"name a virtual camera, or make one: {LOAD_MODULE}",
    ),
)

# Windows tries two backends and joins what both say: the more telling causes stand first.
WITH_OBS = (
    Failure(
        ("supports only the", "with this name"),
        "there is no virtual camera {}",
        "leave out its name, or use 'OBS Virtual Camera'",
    ),
    Failure(
        ("could not be started", "Couldn't start", "Multiple cameras"),
        "the virtual camera is in use",
        "stop the virtual camera in OBS and close other programs that send to it",
    ),
    Failure(
        ("device not found", "not installed", "No camera registered"),
        "there is no virtual camera",
        INSTALL_OBS,
    ),
)


def explain(message: str, platform: str, device: str | None) -> OutputError:
    """Turn what pyvirtualcam says into one line with a way on.

    Args:
        message: of its RuntimeError: one line per backend tried, ``'NAME' backend: TEXT``.
        platform: a ``sys.platform``.
        device: the one that was asked for.
    """
    is_linux = platform.startswith("linux")
    permission = ALLOW_EXTENSION if platform == "darwin" else ""
    in_message = re.search(r"/dev/video\d+", message)
    name = device or (in_message.group() if in_message else "virtual camera")
    for failure in LINUX if is_linux else WITH_OBS:
        if any(text in message for text in failure.texts):
            return OutputError(failure.happened.format(name), failure.remedy.format(permission))
    reasons = "; ".join(line.partition("backend: ")[2] or line for line in message.splitlines())
    remedy = f"sudo modprobe -r v4l2loopback && {LOAD_MODULE}" if is_linux else INSTALL_OBS.format(permission)
    return OutputError(f"{name} can't be opened ({reasons})", remedy)
