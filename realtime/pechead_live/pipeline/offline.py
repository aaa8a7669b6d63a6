"""The offline run: every frame of the camera's file, in order, the same result on every machine."""

from collections.abc import Callable, Iterator, Sequence

from pechead_live.cameras.base import Camera
from pechead_live.clock import Clock
from pechead_live.frames import DrivingMotion
from pechead_live.motion.steadying import steadied
from pechead_live.outputs.base import Output
from pechead_live.pipeline.stages import AvatarStage, KeypointStage
from pechead_live.pipeline.statistics import Statistics


def run_offline(
    camera: Camera,
    keypoints: KeypointStage,
    avatar: AvatarStage,
    outputs: Sequence[Output],
    clock: Clock,
    statistics: Statistics,
    duration: float | None = None,
    progress: Callable[[], None] | None = None,
    watch_motion: Callable[[DrivingMotion], None] | None = None,
    steady: bool = False,
) -> int:
    """Animate the portrait with every frame of the camera, in the file's own time.

    Args:
        camera: one that ends, opened offline; its ``captured_at`` is the file's own time.
        keypoints, avatar: the stages.
        outputs: each gets one frame a camera frame, at the same distance in time from the first one.
        clock: measures how long the work takes; the result doesn't depend on it.
        statistics: gets everything that can be counted.
        duration: seconds of the file's time after which the run ends; None: the whole file.
        progress: called after each frame.
        watch_motion: sees every motion of the driver as it was measured, for instance to record it.
        steady: whether each motion is steadied with its neighbours, which costs no lag.

    Returns:
        how many frames each output got.

    Raises:
        CameraError: the file is damaged.
        OutputError: an output can't take a frame.
    """
    counters = [statistics.output(output.name) for output in outputs]
    moments = _watched(camera, keypoints, statistics, duration, watch_motion)
    starts_at: float | None = None
    count = 0
    for driving in steadied(moments) if steady else moments:
        starts_at = driving.captured_at if starts_at is None else starts_at
        rendered = avatar.step(driving, now=driving.captured_at)
        for output, counter in zip(outputs, counters, strict=True):
            with statistics.timed(f"send to {output.name}"):
                output.send(rendered.image, driving.captured_at - starts_at)
            counter.handed_over_fresh(clock.now(), age=None)
        count += 1
        if progress is not None:
            progress()
    return count


def _watched(
    camera: Camera,
    keypoints: KeypointStage,
    statistics: Statistics,
    duration: float | None,
    watch_motion: Callable[[DrivingMotion], None] | None,
) -> Iterator[DrivingMotion]:
    """The driver's motion in every frame."""
    starts_at: float | None = None
    while (frame := camera.read()) is not None:
        starts_at = frame.captured_at if starts_at is None else starts_at
        if duration is not None and frame.captured_at - starts_at >= duration:
            return
        statistics.captured(frame.sequence)
        driving = keypoints.step(frame)
        if watch_motion is not None:
            watch_motion(driving)
        yield driving
