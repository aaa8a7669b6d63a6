"""Everything a user can choose, in one place: the command line is made of these fields and their texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter, Token

from pechead.errors import SettingsError
from pechead_engines.names import EngineChoice, PrecisionChoice
from pechead_live.renderers.names import RendererChoice, RendererName

DEFAULT_CAMERA = "0"
DEFAULT_FPS = 30.0
VIRTUAL_CAMERA = "virtual-camera"
DEFAULT_SIZE = (1280, 720)
SMALLEST_SIDE, LARGEST_SIDE = 16, 8192
DEMO_OUTPUT = "pechead-demo.mp4"

SHOWN = Group.create_ordered("What is animated, by what, to where")
LOOKS = Group.create_ordered("How it looks")
MOVES = Group.create_ordered("How it moves")
RUNS = Group.create_ordered("How it runs")


@dataclass(frozen=True)
class Size:
    """Width and height of a picture in pixels."""

    width: int
    height: int

    @classmethod
    def parse(cls, tokens: Sequence[Token]) -> "Size":
        """The size that ``WxH`` on the command line means.

        Raises:
            ValueError: it is anything else.
        """
        width, separator, height = tokens[0].value.lower().partition("x")
        if not (separator and width.isdecimal() and height.isdecimal()):
            raise ValueError("write width x height in pixels, such as 1280x720")
        return cls(int(width), int(height))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user chose."""

    source: Annotated[
        tuple[Path, ...], Parameter(group=SHOWN, negative=(), consume_multiple=True, show_default=False)
    ] = ()
    """Photo to animate: one face looking at the camera, at least 128 pixels wide, because finer detail than
    the photo has can't be shown. Several photos, or a folder of them, can be switched between live."""

    camera: Annotated[str | None, Parameter(group=SHOWN)] = None
    """Who moves it: a webcam's number or part of its name (--list-cameras shows both), a video file, a
    folder of images or a motion recording (.npz). Default: the webcam used last, or 0, the first one. Its
    picture is never shown."""

    output: Annotated[
        tuple[str, ...], Parameter(group=SHOWN, negative=(), show_default=False, allow_leading_hyphen=True)
    ] = ()
    """Where the avatar goes: virtual-camera, preview (a window), none, - (raw RGB frames to standard
    output) or a video file (.mp4 small, .mkv lossless). Give it several times for several at once.
    Default: virtual-camera; with --demo pechead-demo.mp4."""

    device: Annotated[str | None, Parameter(group=SHOWN)] = None
    """Which virtual camera: /dev/video10 or a label on Linux, a camera's name elsewhere. Default: the one
    named PECHead, or the first free one."""

    size: Annotated[
        Size | None, Parameter(group=LOOKS, converter=Size.parse, n_tokens=1, accepts_keys=False)
    ] = None
    """Width x height of the output in pixels. Default: 1280x720, which every meeting program takes; with
    --crop whole and no virtual camera the photo's own."""

    fps: Annotated[float | None, Parameter(group=LOOKS)] = None
    """Frames a second of the output. Default: 30, what webcams give; offline it is always the video's own."""

    fit: Annotated[Literal["auto", "fill", "letterbox", "blur"], Parameter(group=LOOKS)] = "auto"
    """Where photo and output differ in shape: fill cuts the photo, letterbox leaves black bars, blur fills
    them with the blurred photo; auto is fill, or blur where that would cut the head."""

    crop: Annotated[Literal["face", "whole"], Parameter(group=LOOKS)] = "face"
    """What is animated: the surroundings of the face, pasted back into the photo, which is quicker for large
    photos; or the whole photo."""

    renderer: Annotated[RendererChoice, Parameter(group=LOOKS)] = "auto"
    """What draws the avatar: pechead moves and paints it with trained networks; geometric only warps the
    photo, in a quarter of the time; still shows the photo unmoved, to test camera and output; auto is
    pechead, or live geometric where the networks would not reach 25 frames a second, and says which."""

    badge: Annotated[bool, Parameter(group=LOOKS)] = True
    """Mark every picture in the corner as an AI avatar, so that nobody takes it for you. Files say so in
    their description in any case."""

    motion: Annotated[Literal["relative", "absolute"], Parameter(group=MOVES)] = "relative"
    """relative: the avatar moves from the photo's own pose as you move from yours, which looks best;
    absolute: it takes over your pose, place and expression as they are, for comparing frame by frame."""

    pose_gain: Annotated[float | None, Parameter(group=MOVES)] = None
    """How much of your head's movement is taken over, 0 to 2, relative motion only: less keeps to what the
    photo shows, more is livelier. Default: 1, or live what was set last."""

    expression_gain: Annotated[float | None, Parameter(group=MOVES)] = None
    """How much of your expression is taken over, 0 to 2, relative motion only. Default: as above."""

    smooth: Annotated[float | None, Parameter(group=MOVES)] = None
    """Strength of the filter against trembling, 0 (off) to 1 (calm, but lags visibly). Default: 0.5; 0 with
    --offline --motion absolute, where nothing may lag."""

    engine: Annotated[EngineChoice, Parameter(group=RUNS)] = "auto"
    """What computes pechead's networks: onnx (ONNX Runtime) and openvino on the processor, tensorrt-rtx and
    tensorrt on an NVIDIA graphics card, torch (PyTorch) on either; auto takes the fastest that is installed
    and says which. What can't run here is an error, never replaced by something slower."""

    precision: Annotated[PrecisionChoice, Parameter(group=RUNS)] = "auto"
    """In which the processor computes pechead's networks: float32, or int8, which is much quicker on most
    processors and hardly less exact; auto times both at the start and says which."""

    offline: Annotated[bool, Parameter(group=RUNS, negative=(), show_default=False)] = False
    """Animate with every frame of a file, in order and as fast as it goes, keeping the audio, instead of in
    real time."""

    duration: Annotated[float | None, Parameter(group=RUNS)] = None
    """End after this many seconds. Default: when the camera's file ends, or at Ctrl-C."""

    record_motion: Annotated[Path | None, Parameter(group=RUNS)] = None
    """Also write your motion to this file (.npz): numbers only, no picture; --camera plays it."""

    demo: Annotated[bool, Parameter(group=RUNS, negative=(), show_default=False)] = False
    """Animate the demo portrait with a recorded motion and write pechead-demo.mp4; needs neither camera nor
    display."""

    list_cameras: Annotated[bool, Parameter(group=RUNS, negative=(), show_default=False)] = False
    """Show the webcams with the numbers and names that --camera takes, and end."""

    yes: Annotated[bool, Parameter(group=RUNS, negative=(), show_default=False)] = False
    """For scripts: don't ask whether you may use the likeness in a new photo; it says that you may."""

    verbose: Annotated[bool, Parameter(group=RUNS, negative=(), show_default=False)] = False
    """Tell what happens inside, and where an error came from."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The outputs' specifications, the default one if none was named."""
        outputs = self.output or (DEMO_OUTPUT if self.demo else VIRTUAL_CAMERA,)
        if self.device is None:
            return outputs
        named = f"{VIRTUAL_CAMERA}:{self.device}"
        return tuple(named if output == VIRTUAL_CAMERA else output for output in outputs)

    @property
    def drawn_by(self) -> RendererName:
        """The renderer; ``auto`` is decided when a run begins, see ``choose_renderer``."""
        assert self.renderer != "auto", "choose_renderer comes first"
        return self.renderer

    @property
    def sends_to_virtual_camera(self) -> bool:
        """Whether any output is a virtual camera."""
        return any(is_virtual_camera(output) for output in self.outputs)


def is_virtual_camera(output: str) -> bool:
    """Whether an output's specification names a virtual camera, with or without its device."""
    return output.partition(":")[0] == VIRTUAL_CAMERA


def output_size(settings: Settings, photo_size: tuple[int, int]) -> tuple[int, int]:
    """Width and height of what the outputs get.

    Args:
        settings: the user's.
        photo_size: width and height of the photo in pixels.
    """
    if settings.size is not None:
        return (settings.size.width, settings.size.height)
    if settings.crop == "whole" and not settings.sends_to_virtual_camera:
        return photo_size
    return DEFAULT_SIZE


def check(settings: Settings) -> None:
    """Refuse what doesn't fit together, before anything is opened.

    Raises:
        SettingsError: with the first thing that is wrong.
    """
    if settings.list_cameras:
        return
    _check_source(settings)
    _check_outputs(settings)
    if settings.offline:
        _check_offline(settings)
    for option, value in (("--engine", settings.engine), ("--precision", settings.precision)):
        if value != "auto" and settings.renderer not in ("auto", "pechead"):
            raise SettingsError(
                f"{option} {value} has nothing to run: {settings.renderer} needs no networks",
                f"choose --renderer pechead, or leave out {option}",
            )
    _check_numbers(settings)


def _check_source(settings: Settings) -> None:
    if settings.demo and (settings.source or settings.camera is not None):
        raise SettingsError(
            "--demo brings its own photo and motion", "leave out --source and --camera, or --demo"
        )
    if not settings.source and not settings.demo:
        raise SettingsError("no photo to animate", "name one with --source PHOTO, or try --demo")


def _check_outputs(settings: Settings) -> None:
    twice = {output for output in settings.outputs if settings.outputs.count(output) > 1}
    if twice:
        raise SettingsError(f"--output {sorted(twice)[0]} is given twice", "leave one of them out")
    if settings.device is not None and not settings.sends_to_virtual_camera:
        raise SettingsError(
            f"--device {settings.device} is for a virtual camera, and there is none among the outputs",
            f"add --output {VIRTUAL_CAMERA}, or leave out --device",
        )
    if settings.camera is not None and f"{VIRTUAL_CAMERA}:{settings.camera}" in settings.outputs:
        raise SettingsError(
            f"{settings.camera} can't be camera and virtual camera at once", "name another one for either"
        )
    motion = settings.record_motion
    if motion is not None and motion.suffix.lower() != ".npz":
        raise SettingsError(
            f"--record-motion {motion} is no .npz file", f"write {motion.with_suffix('.npz')}"
        )
    written = [("--output", Path(output)) for output in settings.outputs]
    written += [("--record-motion", motion)] if motion is not None else []
    read = [("--source", photo) for photo in settings.source]
    read += [("--camera", Path(settings.camera))] if settings.camera is not None else []
    for (writing, target), (reading, origin) in product(written, read):
        if _are_one_file(target, origin):
            raise SettingsError(
                f"{writing} {target} would overwrite what {reading} reads", "choose another name"
            )


def _are_one_file(one: Path, other: Path) -> bool:
    one, other = one.expanduser(), other.expanduser()
    return one.is_file() and other.is_file() and one.samefile(other)


def _check_offline(settings: Settings) -> None:
    if settings.camera is None and not settings.demo:
        raise SettingsError(
            "--offline needs a file", "name a video, an image folder or a motion with --camera"
        )
    if settings.sends_to_virtual_camera:
        raise SettingsError(
            "--offline can't feed a virtual camera, which runs in real time",
            "name a file with --output, or leave out --offline",
        )
    if settings.fps is not None:
        raise SettingsError("--offline keeps the video's own frame rate", "leave out --fps")


def _check_numbers(settings: Settings) -> None:
    size = settings.size
    if size is not None and not all(
        SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (size.width, size.height)
    ):
        raise SettingsError(
            f"--size {size.width}x{size.height} is out of range",
            f"choose sides from {SMALLEST_SIDE} to {LARGEST_SIDE} pixels",
        )
    for option, value, low, high in (
        ("--fps", settings.fps, 1, 240),
        ("--duration", settings.duration, 0.1, None),
        ("--pose-gain", settings.pose_gain, 0, 2),
        ("--expression-gain", settings.expression_gain, 0, 2),
        ("--smooth", settings.smooth, 0, 1),
    ):
        if value is None:
            continue
        # Written so that "not a number" is refused too.
        if not (value >= low and (high is None or value <= high)):
            limits = f"of at least {low:g}" if high is None else f"from {low:g} to {high:g}"
            raise SettingsError(f"{option} {value:g} is out of range", f"choose a number {limits}")
