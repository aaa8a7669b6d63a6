"""Cameras, virtual cameras, display and graphics card."""

import shutil
import subprocess
import sys
from collections.abc import Sequence

from pechead.errors import CameraError, OutputError
from pechead_engines.nvidia import find_graphics_card
from pechead_live.cameras.names import NO_CAMERA_REMEDY, CameraDevice, list_cameras
from pechead_live.cameras.webcam import open_webcam
from pechead_live.clock import Clock
from pechead_live.doctor.finding import Finding, bad
from pechead_live.outputs.display import check_display
from pechead_live.outputs.loopback_module import distribution, is_installed, is_loaded, no_loopback
from pechead_live.outputs.v4l2loopback import Loopback, State, list_loopbacks
from pechead_live.outputs.virtual_camera_errors import explain

MEASURED_SECONDS = 1.5
SLOW = 0.8
"""Share of the announced rate below which a camera counts as slow."""


def find_cameras(clock: Clock) -> list[Finding]:
    """All webcams; the first one is opened for a moment to measure its rate."""
    cameras = list_cameras()
    if not cameras:
        return [bad("camera", CameraError("no camera was found", NO_CAMERA_REMEDY))]
    first, *others = cameras
    return [_measured(first, clock), *(Finding("camera", "good", _called(camera)) for camera in others)]


def _measured(device: CameraDevice, clock: Clock) -> Finding:
    try:
        with open_webcam(device, clock) as webcam:
            count, started = 0, clock.now()
            while clock.now() - started < MEASURED_SECONDS:
                webcam.read()
                count += 1
            rate = count / (clock.now() - started)
            text = f"{_called(device)}: {webcam.size[0]}x{webcam.size[1]}, {rate:.0f} fps measured"
            if rate < SLOW * webcam.frames_per_second:
                text += f" of {webcam.frames_per_second:.0f} announced"
                return Finding("camera", "optional", text, LOW_RATE)
            return Finding("camera", "good", text)
    except CameraError as error:
        return bad("camera", error)


LOW_RATE = "more light, since cameras expose longer in the dark; or a USB port of its own, without a hub"


def _called(device: CameraDevice) -> str:
    return f"{device.number}  {device.name}"


def find_virtual_cameras(platform: str = sys.platform) -> list[Finding]:
    """The virtual cameras that frames can be sent to."""
    if platform.startswith("linux"):
        loopbacks = list_loopbacks()
        if not loopbacks:
            return [bad("virtual camera", no_loopback(is_loaded(), is_installed(), distribution()))]
        return judge_loopbacks(loopbacks)
    import pyvirtualcam

    try:
        with pyvirtualcam.Camera(1280, 720, 30) as camera:
            return [Finding("virtual camera", "good", str(camera.device))]
    except RuntimeError as error:
        return [bad("virtual camera", explain(str(error), platform, None))]


def judge_loopbacks(loopbacks: Sequence[Loopback]) -> list[Finding]:
    """What Linux's loopback devices are good for.

    Args:
        loopbacks: those that this user may open.
    """
    usable = any(loopback.state is not State.BUSY for loopback in loopbacks)
    return [_judged(loopback, usable) for loopback in loopbacks]


def _judged(loopback: Loopback, another_is_free: bool) -> Finding:
    text = f"{loopback.path}  {loopback.label}"
    if loopback.state is State.BUSY:
        text += ", in use"
        if another_is_free:
            return Finding("virtual camera", "good", text)
        return bad("virtual camera", OutputError(text, "close the program that sends to it or reads it"))
    if loopback.state is State.STUCK:
        text += ", left stuck by another program; it is freed at the next start"
    return Finding("virtual camera", "good", text)


def find_display() -> Finding:
    """Whether the preview has a screen; the main job needs none."""
    try:
        check_display()
    except OutputError as error:
        return Finding("display", "optional", f"{error.happened} (no preview)", error.remedy)
    return Finding("display", "good", "the preview has a screen")


def find_graphics_cards() -> list[Finding]:
    """NVIDIA's graphics cards; without one everything runs on the processor."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    if shutil.which(query[0]) is not None:
        answer = subprocess.run(query, capture_output=True, text=True, check=False)
        cards = answer.stdout.strip().splitlines() if answer.returncode == 0 else []
        if cards:
            return [Finding("graphics card", "good", card.strip()) for card in cards]
    card = find_graphics_card()
    if card is not None:
        return [Finding("graphics card", "good", card)]
    return [Finding("graphics card", "optional", "no NVIDIA graphics card; the processor does it all")]
