"""A whole run, from the settings to the last frame."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from rich.console import Console

from pechead.face.model import FaceModel
from pechead_live.background import in_background
from pechead_live.cameras.base import Camera
from pechead_live.cameras.open import open_camera
from pechead_live.cameras.reopening import ReopeningCamera
from pechead_live.clock import Clock, MonotonicClock
from pechead_live.console import progress_bar, question, say, status
from pechead_live.demo.motion import MOTION_FILE
from pechead_live.demo.portrait import demo_portrait
from pechead_live.frames import DrivingMotion, Image
from pechead_live.motion.recorder import MotionRecorder
from pechead_live.outputs.base import Output
from pechead_live.outputs.open import check_output, open_output
from pechead_live.outputs.slate import draw_slate
from pechead_live.pipeline.assembly import make_avatar_stage, make_keypoint_stage
from pechead_live.pipeline.live import LiveParts, LivePipeline
from pechead_live.pipeline.offline import run_offline
from pechead_live.pipeline.report import advice, count_lines, status_line, times_table
from pechead_live.pipeline.statistics import Statistics
from pechead_live.process import interruption_by_signals, limit_opencv_threads, stop_at_signals
from pechead_live.remembered.files import folder
from pechead_live.remembered.likenesses import confirm_likenesses
from pechead_live.settings import DEFAULT_CAMERA, DEFAULT_FPS, Settings, output_size
from pechead_live.source.photo import load_photo
from pechead_live.source.photos import list_photos

log = logging.getLogger(__name__)

DEMO_PORTRAIT = "the demo portrait"
SLATE_TEXT = "the avatar is getting ready"


def run(settings: Settings, console: Console, started_at: float) -> None:
    """Do what the settings say, and report how it went.

    Args:
        settings: checked.
        console: for progress and figures; not standard output, which may carry frames.
        started_at: when the program started, on ``MonotonicClock``.

    Raises:
        PecheadError: something that the user can put right.
        KeyboardInterrupt: an offline run was interrupted.
    """
    # The longest import of all: it goes on while photo, camera and outputs are opened.
    in_background(lambda: import_module("mediapipe"))
    limit_opencv_threads()
    if settings.demo:
        settings = replace(settings, camera=str(MOTION_FILE))
    for output in settings.outputs:
        check_output(output)
    clock = MonotonicClock()
    statistics = Statistics(clock, started_at)
    (_run_offline if settings.offline else _run_live)(settings, clock, statistics, console)
    summary = statistics.summary()
    console.print(times_table(summary))
    for line in count_lines(summary):
        say(console, line)
    for line in advice(summary):
        say(console, line, style="yellow")
    for written in (*settings.outputs, settings.record_motion):
        if written is not None and Path(written).expanduser().is_file():
            say(console, f"wrote {Path(written).expanduser().resolve()}")


def _run_live(settings: Settings, clock: Clock, statistics: Statistics, console: Console) -> None:
    with ExitStack() as resources:
        photo, photo_name = _load_source(settings, console)
        size = output_size(settings, (photo.shape[1], photo.shape[0]))
        watch_motion = _motion_recorder(settings, resources)
        outputs = _open_outputs(settings, size, settings.fps or DEFAULT_FPS, resources)
        pipeline = LivePipeline(outputs, clock, statistics, lambda size: draw_slate(size, SLATE_TEXT))

        def open_live_camera() -> Camera:
            camera = ReopeningCamera(lambda: open_camera(_camera(settings), clock, realtime=True))
            log.info("camera %s, %dx%d, %g fps", camera.name, *camera.size, camera.frames_per_second)
            return resources.enter_context(camera)

        def prepare() -> LiveParts:
            opened = in_background(open_live_camera)
            model = FaceModel.load()
            avatar = make_avatar_stage(settings, model, photo, photo_name, size, statistics)
            camera = opened.result()
            keypoints = make_keypoint_stage(settings, model, camera, statistics, resources)
            return LiveParts(camera, keypoints, avatar, watch_motion)

        with stop_at_signals(pipeline.stop), status(console, lambda: status_line(statistics.summary())):
            pipeline.run(prepare, settings.duration)


def _run_offline(settings: Settings, clock: Clock, statistics: Statistics, console: Console) -> None:
    with ExitStack() as resources:
        resources.enter_context(interruption_by_signals())
        photo, photo_name = _load_source(settings, console)
        size = output_size(settings, (photo.shape[1], photo.shape[0]))
        camera = resources.enter_context(open_camera(_camera(settings), clock, realtime=False))
        model = FaceModel.load()
        avatar = make_avatar_stage(settings, model, photo, photo_name, size, statistics)
        keypoints = make_keypoint_stage(settings, model, camera, statistics, resources)
        watch_motion = _motion_recorder(settings, resources)
        outputs = _open_outputs(settings, size, camera.frames_per_second, resources)
        advance = resources.enter_context(progress_bar(console, camera.name))
        run_offline(
            camera, keypoints, avatar, outputs, clock, statistics, settings.duration, advance, watch_motion
        )


def _load_source(settings: Settings, console: Console) -> tuple[Image, str]:
    if settings.demo:
        return demo_portrait(), DEMO_PORTRAIT
    photos = list_photos(settings.source)
    first = load_photo(photos[0])
    confirm_likenesses(photos, settings.yes, question(console), folder())
    return first, photos[0].name


def _camera(settings: Settings) -> str:
    return DEFAULT_CAMERA if settings.camera is None else settings.camera


def _open_outputs(
    settings: Settings, size: tuple[int, int], frames_per_second: float, resources: ExitStack
) -> list[Output]:
    audio_from = Path(_camera(settings)) if settings.offline and not settings.demo else None
    return [
        resources.enter_context(
            open_output(output, size, frames_per_second, audio_from, live=not settings.offline)
        )
        for output in settings.outputs
    ]


def _motion_recorder(settings: Settings, resources: ExitStack) -> Callable[[DrivingMotion], None] | None:
    if settings.record_motion is None:
        return None
    return resources.enter_context(MotionRecorder(settings.record_motion)).append
