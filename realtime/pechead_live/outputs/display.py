"""Whether a window can be shown: Qt ends the whole process when it can't, so it has to be known before."""

import os
import socket
import sys
from collections.abc import Mapping

from pechead.errors import OutputError

REMEDY = "run it in a desktop session, or leave out the preview"
CONNECTION_SECONDS = 2.0


def check_display(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> None:
    """Find out whether there is a display.

    Windows and macOS always have one. On Linux, OpenCV's windows need an X server, which Wayland sessions
    bring too.

    Args:
        platform: a ``sys.platform``.
        environment: the process's variables.

    Raises:
        OutputError: there is no display, or it doesn't answer.
    """
    if not platform.startswith("linux"):
        return
    display = environment.get("DISPLAY", "")
    if not display:
        wayland = " (Wayland only, without Xwayland)" if environment.get("WAYLAND_DISPLAY") else ""
        raise OutputError(f"there is no display for the preview{wayland}, DISPLAY is not set", REMEDY)
    if not any(_answers(address) for address in x_server_addresses(display)):
        raise OutputError(f"the display DISPLAY={display} doesn't answer", REMEDY)


def x_server_addresses(display: str) -> list[str | tuple[str, int]]:
    """Where an X server listens: socket paths, or a host and a port; none if the name makes no sense.

    Args:
        display: ``[host]:number[.screen]``, as in the variable DISPLAY.
    """
    host, _, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not number.isdecimal():
        return []
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        return [f"\0{path}", path]
    return [(host, 6000 + int(number))]


def _answers(address: str | tuple[str, int]) -> bool:
    try:
        if isinstance(address, tuple):
            socket.create_connection(address, CONNECTION_SECONDS).close()
        else:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(CONNECTION_SECONDS)
                connection.connect(address)
    except OSError:
        return False
    return True
