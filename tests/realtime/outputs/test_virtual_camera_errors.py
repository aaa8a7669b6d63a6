"""What pyvirtualcam says, and what people read in its place; the texts are those of its version 0.15."""

import pytest

from pechead_live.outputs.virtual_camera_errors import LOAD_MODULE, explain

NO_LOOPBACK = (
    "'v4l2loopback' backend: No v4l2 loopback device found at /dev/video[0-99]. Did you run "
    "'modprobe v4l2loopback'? See also pyvirtualcam's documentation."
)
NO_PERMISSION = (
    "'v4l2loopback' backend: Could not access /dev/video0 due to missing permissions. Did you add your user "
    "to the 'video' group? Run 'usermod -a -G video myusername' and log out and in again."
)
NO_OBS = "'obs' backend: OBS Virtual Camera device not found! Did you install OBS?"
NO_UNITY = "'unitycapture' backend: No camera registered. Did you install any camera?"
OBS_BUSY = "'obs' backend: virtual camera output could not be started"
OBS_ONLY = "'obs' backend: This backend supports only the 'OBS Virtual Camera' device."
NO_EXTENSION = (
    "'obs' backend: OBS Virtual Camera is not installed in your system. Use the Virtual Camera function in "
    "OBS 30.0 or later to trigger the installation and activate the System Extension in System Settings. "
    "You may need to restart your machine after that. [Device not found]"
)


@pytest.mark.parametrize(
    ("message", "platform", "device", "happened", "remedy"),
    [
        (NO_LOOPBACK, "linux", None, "there is no free virtual camera", LOAD_MODULE),
        (
            "'v4l2loopback' backend: Device /dev/video9 does not exist.",
            "linux",
            "/dev/video9",
            "no /dev/video9",
            LOAD_MODULE,
        ),
        (
            "'v4l2loopback' backend: Device /dev/video0 is not a video output device.",
            "linux",
            "/dev/video0",
            "/dev/video0 is a real camera, or another program sends to it",
            "close that program",
        ),
        (
            "'v4l2loopback' backend: Device /dev/video10 is already in use.",
            "linux",
            None,
            "/dev/video10 is already in use",
            "another",
        ),
        (NO_PERMISSION, "linux", None, "no permission to open /dev/video0", "sudo usermod -aG video"),
        (
            "'v4l2loopback' backend: Device capabilities of /tmp/x could not be queried.",
            "linux",
            "/tmp/x",
            "/tmp/x is not a video device",
            LOAD_MODULE,
        ),
        (
            "'v4l2loopback' backend: Virtual camera device /dev/video10 could not be configured: Bad thing",
            "linux",
            None,
            "/dev/video10 can't be opened (Virtual camera device /dev/video10 could not be configured: Bad",
            "sudo modprobe -r v4l2loopback && sudo modprobe v4l2loopback",
        ),
        (
            f"{NO_OBS}\n{NO_UNITY}",
            "win32",
            None,
            "there is no virtual camera",
            "install OBS Studio 30 or newer",
        ),
        (
            f"{OBS_BUSY}\n{NO_UNITY}",
            "win32",
            None,
            "the virtual camera is in use",
            "stop the virtual camera in OBS",
        ),
        (f"{OBS_ONLY}\n{NO_UNITY}", "win32", "Mine", "there is no virtual camera Mine", "OBS Virtual Camera"),
        (
            NO_EXTENSION,
            "darwin",
            None,
            "there is no virtual camera",
            "allow its camera extension in System Settings",
        ),
        (
            "'obs' backend: Stream not found",
            "darwin",
            None,
            "can't be opened (Stream not found)",
            "install OBS",
        ),
        ("'obs' backend: Couldn't start stream", "darwin", None, "the virtual camera is in use", "stop"),
    ],
)
def test_every_cause_has_its_remedy(
    message: str, platform: str, device: str | None, happened: str, remedy: str
) -> None:
    error = explain(message, platform, device)

    assert happened in error.happened
    assert remedy in error.remedy
    assert "\n" not in str(error)
    assert "{" not in str(error)
