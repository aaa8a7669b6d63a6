"""How to get Linux's virtual camera where there is none."""

import sys

import pytest

from pechead_live.outputs.loopback_module import ANY_SYSTEM, distribution, no_loopback
from pechead_live.outputs.virtual_camera_errors import LOAD_MODULE


@pytest.mark.parametrize(
    ("systems", "remedy"),
    [
        (["debian"], f"sudo apt install v4l2loopback-dkms && {LOAD_MODULE}"),
        (["linuxmint", "ubuntu", "debian"], f"sudo apt install v4l2loopback-dkms && {LOAD_MODULE}"),
        (["fedora"], f"sudo dnf install v4l2loopback && {LOAD_MODULE} (it is in RPM Fusion's"),
        (["endeavouros", "arch"], f"sudo pacman -S v4l2loopback-dkms linux-headers && {LOAD_MODULE}"),
        (["opensuse-leap", "suse"], f"sudo zypper install v4l2loopback-kmp-default && {LOAD_MODULE}"),
        (["nixos"], f"{ANY_SYSTEM}, then {LOAD_MODULE}"),
        ([], f"{ANY_SYSTEM}, then {LOAD_MODULE}"),
    ],
)
def test_a_module_that_is_not_installed_is_installed_as_this_linux_does_it(
    systems: list[str], remedy: str
) -> None:
    error = no_loopback(False, False, systems)
    assert error.happened == "there is no virtual camera, v4l2loopback is not installed"
    assert error.remedy.startswith(remedy)


def test_a_module_that_is_installed_only_has_to_be_loaded() -> None:
    assert no_loopback(False, True, ["debian"]).remedy == LOAD_MODULE


def test_devices_that_may_not_be_opened_are_a_matter_of_permission() -> None:
    assert "usermod -aG video" in no_loopback(True, True, ["debian"]).remedy


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no distributions")
def test_this_linux_is_known_or_passed_over() -> None:
    assert all(isinstance(system, str) for system in distribution())
