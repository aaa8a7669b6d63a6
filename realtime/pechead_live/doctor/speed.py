"""A few seconds of the live pipeline, from a camera picture of a face to an output that shows nothing."""

from collections.abc import Iterator
from contextlib import ExitStack

from pechead.errors import PecheadError
from pechead.face.model import FaceModel
from pechead_live.cameras.playback import Moment, RecordedCamera
from pechead_live.clock import Clock
from pechead_live.demo.portrait import demo_portrait
from pechead_live.doctor.finding import Finding, bad
from pechead_live.frames import CameraFrame, Image
from pechead_live.outputs.null import NullOutput
from pechead_live.pipeline.assembly import make_avatar_stage, make_keypoint_stage
from pechead_live.pipeline.live import LiveParts, LivePipeline
from pechead_live.pipeline.statistics import Statistics, Summary
from pechead_live.renderers.choose import choose_renderer
from pechead_live.renderers.names import RendererName
from pechead_live.settings import DEFAULT_FPS, DEFAULT_SIZE, Settings

SECONDS = 5.0
ENOUGH = 24.0
"""Frames a second that still look like a camera's."""


def measure_speed(clock: Clock, seconds: float = SECONDS) -> Finding:
    """How quickly this machine animates the demo portrait.

    Args:
        clock: the machine's own.
        seconds: for which it is measured.
    """
    try:
        portrait = demo_portrait()
    except PecheadError as error:
        return Finding("speed", "optional", f"not measured, {error.happened}", error.remedy)
    try:
        settings = choose_renderer(Settings(demo=True)).settings
        summary = _run(settings, portrait, clock, seconds)
    except PecheadError as error:
        return bad("speed", error)
    return judge_speed(summary, settings.drawn_by)


def judge_speed(summary: Summary, renderer: RendererName) -> Finding:
    """What the figures of a run mean.

    Args:
        summary: of the run.
        renderer: that drew.
    """
    (output,) = summary.outputs
    fresh = output.fresh / (summary.captured / summary.captured_per_second) if summary.captured else 0.0
    stages = ", ".join(f"{stage.name} {stage.durations.p50 * 1e3:.1f}" for stage in summary.stages)
    text = (
        f"{renderer}: {fresh:.0f} new frames a second at {DEFAULT_SIZE[0]}x{DEFAULT_SIZE[1]}, frame age "
        f"{output.age.p50 * 1e3:.0f} ms, p95 {output.age.p95 * 1e3:.0f} ms ({stages} ms)"
    )
    if fresh < ENOUGH:
        return Finding("speed", "optional", text, "close other programs, or try --size 640x480")
    return Finding("speed", "good", text)


def _run(settings: Settings, portrait: Image, clock: Clock, seconds: float) -> Summary:
    statistics = Statistics(clock)
    with ExitStack() as resources:
        output = resources.enter_context(NullOutput(DEFAULT_SIZE, DEFAULT_FPS))

        def prepare() -> LiveParts:
            model = FaceModel.load()
            avatar = make_avatar_stage(settings, model, portrait, "the portrait", DEFAULT_SIZE, statistics)
            height, width = portrait.shape[:2]
            moments = _still(portrait, round(seconds * DEFAULT_FPS))
            camera = RecordedCamera("the portrait", (width, height), DEFAULT_FPS, moments, clock)
            keypoints = make_keypoint_stage(settings, model, camera, statistics, resources)
            return LiveParts(resources.enter_context(camera), keypoints, avatar)

        LivePipeline([output], clock, statistics).run(prepare)
    return statistics.summary()


def _still(picture: Image, count: int) -> Iterator[Moment]:
    """A camera that sees the same all the time, which costs as much to look at as anything else."""
    for number in range(count):
        yield Moment(
            number / DEFAULT_FPS,
            1 / DEFAULT_FPS,
            lambda sequence, captured_at: CameraFrame(sequence, captured_at, picture),
        )
