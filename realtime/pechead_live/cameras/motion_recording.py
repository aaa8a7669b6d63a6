"""A motion recording played as a camera: the driver's pose and expression without any picture."""

from collections.abc import Iterator
from pathlib import Path

from pechead_live.cameras.playback import Moment, RecordedCamera
from pechead_live.clock import Clock
from pechead_live.frames import DrivingMotion, Motion
from pechead_live.motion.recording import Recording, load_recording


class MotionRecordingCamera(RecordedCamera):
    """Plays a recording as ``DrivingMotion``; it has no pictures, so ``size`` is (0, 0).

    Args:
        path: an ``.npz`` file written by ``pechead_live.motion.recording``.
        clock: None gives every moment at once.

    Raises:
        CameraError: the file can't be read, isn't a motion recording, or is of another version.
    """

    def __init__(self, path: Path, clock: Clock | None) -> None:
        recording = load_recording(path)
        rate = recording.frames_per_second
        super().__init__(path.name, (0, 0), rate, _moments(recording, 1 / rate), clock)


def _moments(recording: Recording, last_duration: float) -> Iterator[Moment]:
    times = [float(at) for at in recording.times]
    ends = [*times[1:], times[-1] + last_duration]
    for at, end, motion in zip(times, ends, recording.moments, strict=True):

        def make(sequence: int, captured_at: float, motion: Motion | None = motion) -> DrivingMotion:
            return DrivingMotion(sequence, captured_at, motion)

        yield Moment(at, end - at, make)
