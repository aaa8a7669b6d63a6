"""Finding the camera that is meant."""

import pytest

from pechead.errors import CameraError
from pechead_live.cameras.names import (
    CameraDevice,
    choose_camera,
    describe,
    is_virtual_output,
    known_as,
    usb_id,
)

FACETIME = CameraDevice(0, "FaceTime HD Camera", "/dev/video0", 200)
LOGITECH = CameraDevice(2, "Logitech C920", "/dev/video2", 200)
LOGITECH_TOO = CameraDevice(4, "Logitech C920 (2)", "/dev/video4", 200)
CAMERAS = [FACETIME, LOGITECH, LOGITECH_TOO]


@pytest.mark.parametrize(
    ("wanted", "camera"),
    [
        ("0", FACETIME),
        ("2", LOGITECH),
        ("facetime", FACETIME),
        ("HD CAM", FACETIME),
        ("(2)", LOGITECH_TOO),
        ("/dev/video4", LOGITECH_TOO),
    ],
)
def test_by_number_by_part_of_the_name_or_by_device(wanted: str, camera: CameraDevice) -> None:
    assert choose_camera(wanted, CAMERAS) == camera


def test_a_whole_name_wins_over_names_that_contain_it() -> None:
    assert choose_camera("logitech c920", CAMERAS) == LOGITECH


def test_a_name_that_fits_several_lists_those() -> None:
    with pytest.raises(CameraError) as caught:
        choose_camera("logi", CAMERAS)
    assert str(caught.value) == (
        "'logi' fits several cameras: choose one by its number: 2 (Logitech C920), 4 (Logitech C920 (2))"
    )


@pytest.mark.parametrize("wanted", ["1", "Trust", ""])
def test_a_name_that_fits_none_lists_all(wanted: str) -> None:
    with pytest.raises(
        CameraError, match=r"^no camera '.*': choose one of 0 \(FaceTime HD Camera\), 2 \(Log"
    ):
        choose_camera(wanted, CAMERAS)


def test_vendor_and_product_find_a_camera_whatever_its_number() -> None:
    camera = CameraDevice(3, "C920", "/dev/video3", 200, usb_id(0x046D, 0x0825))
    assert choose_camera("046D:0825", [FACETIME, camera]) == camera
    assert usb_id(None, None) == usb_id(0, 0) == ""
    with pytest.raises(CameraError, match="no camera ''"):
        choose_camera("", [FACETIME])


@pytest.mark.parametrize(
    ("usb", "name", "expected"),
    [
        ("046d:0825", "C920", "046d:0825"),
        ("", "C920", "C920"),
        ("046d:0001", "C920", "C920"),
        ("046d:0001", "Twin", "3"),
        ("", "2", "3"),
    ],
)
def test_a_camera_is_known_by_what_finds_it_alone(usb: str, name: str, expected: str) -> None:
    camera = CameraDevice(3, name, "", 200, usb)
    others = [FACETIME, CameraDevice(5, "Twin", "", 200, "046d:0001")]
    assert known_as(camera, [*others, camera]) == expected
    assert choose_camera(expected, [*others, camera]) == camera


def test_without_any_camera_the_message_says_what_to_do() -> None:
    with pytest.raises(CameraError, match=r"^no camera '0', none was found: plug one in .* video file"):
        choose_camera("0", [])


def test_two_cameras_of_one_name_are_told_apart_by_number() -> None:
    twins = [CameraDevice(0, "C920", "", 200), CameraDevice(1, "C920", "", 200)]

    assert choose_camera("1", twins) == twins[1]
    with pytest.raises(
        CameraError, match=f"by its number: {describe(twins)}".replace("(", r"\(").replace(")", r"\)")
    ):
        choose_camera("C920", twins)


@pytest.mark.parametrize(
    ("name", "platform", "is_ours"),
    [
        ("PECHead", "linux", True),
        ("pechead avatar", "linux", True),
        ("OBS Virtual Camera", "win32", True),
        ("OBS Virtual Camera", "darwin", True),
        ("Unity Video Capture", "win32", True),
        ("OBS Virtual Camera", "linux", False),  # not what we write to there, so a camera like any other
        ("Logitech C920", "linux", False),
    ],
)
def test_what_we_write_to_is_never_offered_as_input(name: str, platform: str, is_ours: bool) -> None:
    assert is_virtual_output(name, platform) is is_ours
