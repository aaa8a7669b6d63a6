"""A run that takes every frame of a file, as fast as it goes."""

from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from pechead.face.model import FaceModel
from pechead_live.cameras.open import open_camera
from pechead_live.clock import Clock
from pechead_live.console import progress_bar
from pechead_live.opening import open_motion_recorder, open_outputs, open_photos, tell_what_draws
from pechead_live.pipeline.assembly import make_avatar_stage, make_keypoint_stage, motion_settings
from pechead_live.pipeline.offline import run_offline
from pechead_live.pipeline.statistics import Statistics
from pechead_live.process import interruption_by_signals
from pechead_live.renderers.choose import choose_renderer
from pechead_live.settings import DEFAULT_CAMERA, Settings, output_size


def offline_run(settings: Settings, clock: Clock, statistics: Statistics, console: Console) -> list[Path]:
    """Animate the photo with a file.

    Args:
        settings: checked.
        clock: measures the work.
        statistics: gets everything that can be counted.
        console: for progress.

    Returns:
        nothing that was written besides the outputs.

    Raises:
        PecheadError: something that the user can put right.
        KeyboardInterrupt: it was interrupted.
    """
    with ExitStack() as resources:
        resources.enter_context(interruption_by_signals())
        photos = open_photos(settings, console)
        photo = photos.first
        size = output_size(settings, (photo.shape[1], photo.shape[0]))
        camera = resources.enter_context(
            open_camera(settings.camera or DEFAULT_CAMERA, clock, realtime=False)
        )
        chosen = choose_renderer(settings)
        settings = chosen.settings
        model = FaceModel.load()
        avatar = make_avatar_stage(settings, model, photo, photos.names[0], size, statistics)
        tell_what_draws(chosen, console)
        keypoints = make_keypoint_stage(settings, model, camera, statistics, resources)
        watch_motion = open_motion_recorder(settings, resources)
        outputs = open_outputs(settings, size, camera.frames_per_second, resources)
        advance = resources.enter_context(progress_bar(console, camera.name))
        steady = settings.smooth is None and motion_settings(settings).smooth == 0
        run_offline(
            camera,
            keypoints,
            avatar,
            outputs,
            clock,
            statistics,
            settings.duration,
            advance,
            watch_motion,
            steady,
        )
    return []
