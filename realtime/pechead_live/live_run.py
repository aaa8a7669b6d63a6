"""A live run: photos, camera and outputs, and the controls that change between them."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import fields, replace
from itertools import chain, count
from pathlib import Path

from rich.console import Console

from pechead.face.model import FaceModel
from pechead_live.background import in_background
from pechead_live.cameras.base import Camera
from pechead_live.cameras.last_used import CameraChoice
from pechead_live.cameras.reopening import ReopeningCamera
from pechead_live.clock import Clock
from pechead_live.compositor.badge import Badge
from pechead_live.console import say, status
from pechead_live.controls.commands import command_lines
from pechead_live.controls.controls import Controls
from pechead_live.controls.overlay import PreviewDecoration
from pechead_live.controls.state import ControlState, described
from pechead_live.controls.terminal import keys_from_terminal
from pechead_live.frames import Image
from pechead_live.opening import Photos, open_motion_recorder, open_outputs, open_photos, tell_what_draws
from pechead_live.outputs.base import Output
from pechead_live.outputs.open import open_output
from pechead_live.outputs.slate import draw_slate
from pechead_live.pipeline.assembly import dress, make_avatar, make_keypoint_stage
from pechead_live.pipeline.avatar import Avatar
from pechead_live.pipeline.live import LiveParts, LivePipeline
from pechead_live.pipeline.recorder import Recorder
from pechead_live.pipeline.report import overlay_lines, status_line
from pechead_live.pipeline.stages import AvatarStage
from pechead_live.pipeline.statistics import Statistics
from pechead_live.pipeline.wardrobe import Wardrobe
from pechead_live.process import stop_at_signals
from pechead_live.remembered.choices import Choices, load_choices, save_choices
from pechead_live.remembered.files import folder
from pechead_live.renderers.choose import ChosenRenderer, choose_renderer
from pechead_live.settings import DEFAULT_FPS, Settings, output_size

SLATE_TEXT = "the avatar is getting ready"

log = logging.getLogger(__name__)


def live_run(settings: Settings, clock: Clock, statistics: Statistics, console: Console) -> list[Path]:
    """Animate photos with a camera until it ends or the user does.

    Args:
        settings: checked.
        clock: the machine's own.
        statistics: gets everything that can be counted.
        console: for status and messages.

    Returns:
        the recordings that were made by key.

    Raises:
        PecheadError: something that the user can put right.
    """
    with ExitStack() as resources:
        photos = open_photos(settings, console)
        size = output_size(settings, (photos.first.shape[1], photos.first.shape[0]))
        frames_per_second = settings.fps or DEFAULT_FPS
        # The demo is the same for everyone.
        choices = Choices() if settings.demo else load_choices(folder())
        controls = Controls(_first_state(settings, choices.controls), clock)
        _tell_what_is_set(controls.state, console)
        session = _Session(photos, size, statistics, controls)
        badge = Badge(size) if settings.badge else None
        decoration = PreviewDecoration(controls, clock, session.figures, badge)
        watch_motion = open_motion_recorder(settings, resources)
        outputs = open_outputs(settings, size, frames_per_second, resources, decoration)
        _tell_what_to_do(outputs, console)
        pipeline = LivePipeline(
            outputs, clock, statistics, lambda size: draw_slate(size, SLATE_TEXT), controls.press
        )
        recorder = Recorder(
            lambda path: open_output(str(path), size, frames_per_second, live=True),
            pipeline.attach,
            next_recording,
            controls.tell,
        )
        controls.on(
            {
                "quit": lambda _: pipeline.stop(),
                "record": lambda _: recorder.toggle(),
                "help": lambda _: say(console, "\n".join(command_lines())),
            }
        )
        choice = CameraChoice(settings.camera, choices.camera, clock)

        def open_live_camera() -> Camera:
            camera = ReopeningCamera(choice.open)
            log.info("camera %s, %dx%d, %g fps", camera.name, *camera.size, camera.frames_per_second)
            return resources.enter_context(camera)

        def prepare() -> LiveParts:
            opened = in_background(open_live_camera)
            model = FaceModel.load()
            chosen = choose_renderer(settings)
            avatar = session.prepare(model, chosen)
            camera = opened.result()
            tell_what_draws(chosen, console)
            keypoints = make_keypoint_stage(settings, model, camera, statistics, resources)
            return LiveParts(camera, keypoints, avatar, watch_motion)

        def line() -> str:
            return " | ".join(filter(None, [status_line(statistics.summary()), controls.notice]))

        first = controls.state
        try:
            with stop_at_signals(pipeline.stop), status(console, line), keys_from_terminal(controls.press):
                pipeline.run(prepare, settings.duration)
        finally:
            kept = Choices(
                _changed_live(choices.controls, first, controls.state), choice.known_as or choices.camera
            )
            if kept != choices and not settings.demo:
                save_choices(folder(), kept)
            # One more request to end changes nothing now; only a second one breaks off the closing. Devices
            # come first: a photo that is still being prepared may take a second or two.
            with stop_at_signals(lambda: None), closing(session):
                resources.close()
    return recorder.written


class _Session:
    """The avatars of a run and the stage that animates one of them."""

    def __init__(
        self,
        photos: Photos,
        size: tuple[int, int],
        statistics: Statistics,
        controls: Controls,
    ) -> None:
        self._photos = photos
        self._size = size
        self._statistics = statistics
        self._controls = controls
        self._drawn_by = ""
        self._wardrobe: Wardrobe | None = None
        self._show: Callable[[Avatar], None] = lambda _: None

    def prepare(self, model: FaceModel, chosen: ChosenRenderer) -> AvatarStage:
        """Load the first avatar; from then on the controls have one to act on.

        Args:
            model: the face model.
            chosen: what draws.
        """
        settings, self._drawn_by = chosen.settings, chosen.label

        def make(number: int) -> Avatar:
            photo: Image = self._photos.load(number)
            return make_avatar(settings, model, photo, self._photos.names[number], self._size)

        wardrobe = Wardrobe(self._photos.names, make, lambda avatar: self._show(avatar), self._controls.tell)
        stage = dress(settings, model, wardrobe.first(), self._statistics, lambda: self._controls.state)
        self._show = stage.wear
        self._wardrobe = wardrobe

        def calibrate(_: float) -> None:
            stage.recalibrate()
            self._controls.tell("look at the camera, calmly")

        self._controls.on(
            {
                "calibrate": calibrate,
                "next-avatar": lambda _: wardrobe.step(1),
                "previous-avatar": lambda _: wardrobe.step(-1),
                "avatar": lambda number: wardrobe.choose(round(number) - 1),
            }
        )
        return stage

    def figures(self) -> list[str]:
        """The overlay's lines."""
        if self._wardrobe is None:
            return ["preparing"]
        return [
            *overlay_lines(self._statistics.summary()),
            f"{self._drawn_by}, {self._wardrobe.label}",
        ]

    def close(self) -> None:
        """Prepare no more avatars."""
        if self._wardrobe is not None:
            self._wardrobe.close()


def next_recording() -> Path:
    """A file in the current folder, named after this moment, that isn't there yet."""
    moment = time.strftime("pechead-%Y%m%d-%H%M%S")
    names = chain([moment], (f"{moment}-{number}" for number in count(2)))
    return next(path for name in names if not (path := Path.cwd() / f"{name}.mp4").exists())


def _first_state(settings: Settings, kept: ControlState) -> ControlState:
    """What was kept, but for what the command line says."""
    said = {
        name: value
        for name in ("pose_gain", "expression_gain")
        if (value := getattr(settings, name)) is not None
    }
    return replace(kept, **said)


def _tell_what_is_set(state: ControlState, console: Console) -> None:
    if described(state):
        say(console, f"set: {', '.join(described(state))}")


def _tell_what_to_do(outputs: Sequence[Output], console: Console) -> None:
    """The two things that nobody can guess: where the avatar is seen, and that there are keys."""
    if not console.is_terminal:
        return
    for output in outputs:
        if output.seen_by:
            say(console, output.seen_by)
    say(console, "press ? for the keys that work meanwhile, q to end")


def _changed_live(kept: ControlState, first: ControlState, last: ControlState) -> ControlState:
    """What to keep: a setting of the command line counts for its run only, unless it was changed live."""
    changed = {
        field.name: getattr(last, field.name)
        for field in fields(ControlState)
        if getattr(last, field.name) != getattr(first, field.name)
    }
    beginning = ControlState()
    passing = {name: getattr(beginning, name) for name in ("freeze", "hide", "hold_frontal")}
    return replace(kept, **{**changed, **passing})
