"""v4l2loopback, the kernel module behind Linux's virtual cameras: whether it is there, and how to get it."""

import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pechead.errors import OutputError
from pechead_live.outputs.virtual_camera_errors import LOAD_MODULE

MODULE = Path("/sys/module/v4l2loopback")

INSTALL = {
    "debian": "sudo apt install v4l2loopback-dkms",
    "ubuntu": "sudo apt install v4l2loopback-dkms",
    "fedora": "sudo dnf install v4l2loopback",
    "arch": "sudo pacman -S v4l2loopback-dkms linux-headers",
    "suse": "sudo zypper install v4l2loopback-kmp-default",
}
"""By an ID or ID_LIKE of ``/etc/os-release``."""

NOT_ALWAYS_OFFERED = {"fedora": " (it is in RPM Fusion's free repository, which has to be enabled first)"}

ANY_SYSTEM = "install v4l2loopback with your system's package manager"


def is_loaded() -> bool:
    """Whether the kernel has it."""
    return MODULE.exists()


def is_installed() -> bool:
    """Whether the kernel could load it."""
    modinfo = shutil.which("modinfo") or shutil.which("modinfo", path="/sbin:/usr/sbin")
    if modinfo is None:
        return False
    return subprocess.run([modinfo, "v4l2loopback"], capture_output=True, check=False).returncode == 0


def distribution() -> list[str]:
    """What this Linux is, and what it is like, the most telling first: ``["linuxmint", "ubuntu"]``."""
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return []
    return [told.get("ID", ""), *told.get("ID_LIKE", "").split()]


def no_loopback(loaded: bool, installed: bool, systems: Sequence[str]) -> OutputError:
    """Why there is no virtual camera on this Linux, and the command that makes one.

    Args:
        loaded: see ``is_loaded``.
        installed: see ``is_installed``.
        systems: see ``distribution``.
    """
    if loaded:
        allow = "sudo usermod -aG video $USER, then log out and in again"
        return OutputError("v4l2loopback is loaded, but you may open none of its devices", allow)
    if installed:
        return OutputError("there is no virtual camera, v4l2loopback is not loaded", LOAD_MODULE)
    return OutputError("there is no virtual camera, v4l2loopback is not installed", _install(systems))


def _install(systems: Sequence[str]) -> str:
    known = next((system.partition("-")[0] for system in systems if system.partition("-")[0] in INSTALL), "")
    if not known:
        return f"{ANY_SYSTEM}, then {LOAD_MODULE}"
    return f"{INSTALL[known]} && {LOAD_MODULE}{NOT_ALWAYS_OFFERED.get(known, '')}"
