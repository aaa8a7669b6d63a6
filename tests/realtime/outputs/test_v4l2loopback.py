"""Linux's virtual cameras. The capabilities were read from v4l2loopback 0.12.7 and a webcam driver."""

import struct
import sys
from pathlib import Path

import pytest

from pechead_live.outputs.v4l2loopback import (
    Loopback,
    State,
    all_busy,
    choose_loopback,
    heal,
    label_of,
    list_loopbacks,
    parse_capability,
)


def capability(driver: str, device_caps: int) -> bytes:
    answer = bytearray(104)
    answer[: len(driver)] = driver.encode()
    struct.pack_into("<II", answer, 84, 0x8520_0003, device_caps)
    return bytes(answer)


@pytest.mark.parametrize(
    ("device_caps", "state"),
    [
        (0x0520_0002, State.FREE),
        (0x0520_0001, State.BUSY),
        (0x0520_0000, State.STUCK),
        (0x0520_0003, State.FREE),
    ],
)
def test_the_state_is_told_from_what_the_device_offers(device_caps: int, state: State) -> None:
    assert parse_capability(capability("v4l2 loopback", device_caps)) is state


def test_a_real_camera_is_no_loopback() -> None:
    assert parse_capability(capability("uvcvideo", 0x0420_0001)) is None


OURS = Loopback("/dev/video10", "PECHead", State.FREE)
OTHER = Loopback("/dev/video4", "Dummy video device (0x0000)", State.FREE)


def test_the_one_named_for_us_comes_first_then_any_that_is_not_in_use() -> None:
    busy = Loopback("/dev/video10", "PECHead", State.BUSY)
    stuck = Loopback("/dev/video10", "PECHead", State.STUCK)

    assert choose_loopback([OTHER, OURS], None) == "/dev/video10"
    assert choose_loopback([OTHER, stuck], None) == "/dev/video10"
    assert choose_loopback([OTHER, busy], None) == "/dev/video4"
    assert choose_loopback([busy], None) is None
    assert choose_loopback([], None) is None


def test_a_device_can_be_named_by_its_path_or_its_label() -> None:
    assert choose_loopback([OTHER, OURS], "pechead") == "/dev/video10"
    assert choose_loopback([OTHER, OURS], "/dev/video4") == "/dev/video4"
    assert choose_loopback([OTHER, OURS], "/dev/video77") == "/dev/video77"


def test_virtual_cameras_that_are_all_in_use_are_named() -> None:
    busy = Loopback("/dev/video10", "PECHead", State.BUSY)

    error = all_busy([busy])

    assert error.happened == "there is no free virtual camera, /dev/video10 (PECHead) is in use"
    assert "modprobe" not in error.remedy


def test_people_are_told_the_name_that_other_programs_list(tmp_path: Path) -> None:
    (tmp_path / "video10").mkdir()
    (tmp_path / "video10" / "name").write_text("PECHead AI avatar\n")

    assert label_of("/dev/video10", tmp_path) == "PECHead AI avatar"
    assert label_of("OBS Virtual Camera", tmp_path) == "OBS Virtual Camera"


def test_devices_that_can_not_be_opened_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "video987").mkdir()
    (tmp_path / "video987" / "name").write_text("PECHead\n")

    assert list_loopbacks(tmp_path) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="loopback devices are Linux's")
@pytest.mark.parametrize("path", ["/dev/null", "/dev/video987"])
def test_only_loopback_devices_are_touched(path: str) -> None:
    assert heal(path) is False
