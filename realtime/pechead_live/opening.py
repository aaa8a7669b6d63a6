"""What every run opens before its first frame: photos, outputs, the recording of motion."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from pechead.errors import PhotoError
from pechead_live.console import question, say
from pechead_live.demo.portrait import demo_portrait
from pechead_live.frames import DrivingMotion, Image
from pechead_live.motion.recorder import MotionRecorder
from pechead_live.outputs.base import Output
from pechead_live.outputs.open import is_watched, open_output
from pechead_live.remembered.files import folder
from pechead_live.remembered.likenesses import confirm_likenesses
from pechead_live.renderers.choose import ChosenRenderer
from pechead_live.settings import Settings
from pechead_live.source.photo import load_photo
from pechead_live.source.photos import list_photos

DEMO_PORTRAIT = "the demo portrait"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Photos:
    """The user's photos, of which the first usable one is loaded.

    Attributes:
        paths: of those that are left; none for the demo portrait.
        first: (height, width, 3) uint8 RGB.
    """

    paths: tuple[Path, ...]
    first: Image

    @property
    def names(self) -> tuple[str, ...]:
        """What messages call them."""
        return tuple(path.name for path in self.paths) or (DEMO_PORTRAIT,)

    def load(self, number: int) -> Image:
        """One of them, from 0.

        Raises:
            PhotoError: it can't be read.
        """
        return self.first if number == 0 else load_photo(self.paths[number])


def open_photos(settings: Settings, console: Console) -> Photos:
    """Read the first photo that can be read, and make sure that the likenesses may be used.

    Raises:
        PhotoError: none can be read.
        SettingsError: a likeness is not confirmed.
    """
    if settings.demo:
        return Photos((), demo_portrait())
    paths = list_photos(settings.source)
    unreadable: list[PhotoError] = []
    for number, path in enumerate(paths):
        try:
            first = load_photo(path)
        except PhotoError as error:
            unreadable.append(error)
            continue
        for earlier in unreadable:
            log.warning("%s", earlier)
        confirm_likenesses(paths[number:], settings.yes, question(console), folder())
        return Photos(paths[number:], first)
    raise unreadable[0]


def open_outputs(
    settings: Settings,
    size: tuple[int, int],
    frames_per_second: float,
    resources: ExitStack,
    decorate: Callable[[Image], Image] | None = None,
) -> list[Output]:
    """Open all outputs, those that somebody is looking at last.

    Until the pipeline feeds them they stand still, and programs give up a camera that is silent for 10 s.

    Args:
        settings: the user's.
        size: width and height of the frames.
        frames_per_second: of all of them.
        resources: closes them in the end.
        decorate: what the preview does with its pictures.

    Returns:
        the outputs in the user's order.

    Raises:
        OutputError: one can't be opened.
    """
    audio_from = None
    if settings.offline and settings.camera is not None and not settings.demo:
        audio_from = Path(settings.camera)
    live = not settings.offline
    outputs: dict[int, Output] = {}
    for place, spec in sorted(enumerate(settings.outputs), key=lambda numbered: is_watched(numbered[1])):
        output = open_output(spec, size, frames_per_second, audio_from, live, decorate)
        if live:
            # What was recorded of a call is worth keeping, however the run ends.
            resources.callback(output.close)
        else:
            resources.enter_context(output)
        outputs[place] = output
    return [outputs[place] for place in sorted(outputs)]


def open_motion_recorder(settings: Settings, resources: ExitStack) -> Callable[[DrivingMotion], None] | None:
    """What takes up the driver's motion, if it is to be recorded.

    Raises:
        OutputError: there is no folder for it.
    """
    if settings.record_motion is None:
        return None
    return resources.enter_context(MotionRecorder(settings.record_motion)).append


def tell_what_draws(chosen: ChosenRenderer, console: Console) -> None:
    """Say which renderer and engine run, and why."""
    for line in chosen.lines:
        say(console, line)
