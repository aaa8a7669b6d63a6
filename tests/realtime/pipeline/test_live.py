"""The live pipeline with real threads: what outputs get, and how runs end."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.errors import CameraError, OutputError
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector
from pechead_live.cameras.base import Camera
from pechead_live.cameras.playback import Moment, RecordedCamera
from pechead_live.clock import Clock, MonotonicClock
from pechead_live.controls.controls import Controls
from pechead_live.controls.state import ControlState
from pechead_live.demo.motion import demo_motion
from pechead_live.frames import CameraFrame, DrivingFace, DrivingMotion, Image
from pechead_live.motion.driver import DriverTracker
from pechead_live.outputs.base import Output
from pechead_live.pipeline.live import STALL, LiveParts, LivePipeline
from pechead_live.pipeline.stages import AvatarStage, KeypointStage
from pechead_live.pipeline.statistics import Statistics
from pechead_live.renderers.base import Renderer
from pechead_live.source.portrait import SourcePortrait

SIZE = (512, 512)
SLATE_GREY = 77


class KeepingOutput(Output):
    """Keeps what it gets, and the thread that it comes from."""

    name = "kept"

    def __init__(
        self, frames_per_second: float = 30.0, slate: bool = False, main_thread: bool = False
    ) -> None:
        self.size = SIZE
        self.frames_per_second = frames_per_second
        self.shows_slate = slate
        self.needs_main_thread = main_thread
        self.images: list[Image] = []
        self.times: list[float] = []
        self.threads: set[threading.Thread] = set()

    def send(self, image: Image, at: float) -> None:
        self.images.append(image)
        self.times.append(at)
        self.threads.add(threading.current_thread())

    def close(self) -> None:
        pass


class FullOutput(KeepingOutput):
    """Takes three frames and no more."""

    on_failure: Callable[[], None] | None = None

    def send(self, image: Image, at: float) -> None:
        if len(self.images) == 3:
            if self.on_failure is not None:
                self.on_failure()
            raise OutputError("the disk is full", "make room")
        super().send(image, at)


class ClosingOutput(KeepingOutput):
    """Remembers that it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


class WatchedWindow(KeepingOutput):
    """A window in which the user does something at the fifth look."""

    def __init__(self, key: str | None = None, close: bool = False) -> None:
        super().__init__(main_thread=True, slate=True)
        self._key = key
        self._close = close
        self._looks = 0

    def poll(self) -> str | None:
        self._looks += 1
        if self._looks != 5:
            return None
        self.closed_by_user = self._close
        return self._key


class BrokenCamera(Camera):
    """Gives a few motions and then what it was told to: an error, or nothing for ever."""

    name = "broken"
    frames_per_second = 30.0
    size = (0, 0)
    ends = False

    def __init__(self, clock: Clock, good: int, error: Exception | None = None) -> None:
        self._clock = clock
        self._good = good
        self._error = error
        self._given = 0
        self.released = threading.Event()

    def read(self) -> DrivingMotion | None:
        if self._given == self._good:
            if self._error is not None:
                raise self._error
            self.released.wait()
            return None
        self._given += 1
        return DrivingMotion(self._given - 1, self._clock.now(), demo_motion().moments[0])

    def close(self) -> None:
        self.released.set()


@dataclass
class TellingRenderer:
    """Shows the photo, remembers what it was asked to draw, and fails at some frames."""

    fails: frozenset[int] = frozenset()
    asked: list[DrivingFace] = field(default_factory=list)
    name: str = "telling"

    def set_source(self, portrait: SourcePortrait) -> None:
        self._image = portrait.image

    def render(self, driving: DrivingFace) -> Image:
        self.asked.append(driving)
        if len(self.asked) in self.fails:
            raise ArithmeticError("no flow")
        return self._image


def recorded_motion(clock: Clock, count: int) -> RecordedCamera:
    """The demo's first motions in real time."""
    moments = list(demo_motion().moments[:count])

    def give(index: int) -> Callable[[int, float], DrivingMotion]:
        return lambda sequence, captured_at: DrivingMotion(sequence, captured_at, moments[index])

    played = (Moment(i / 30, 1 / 30, give(i)) for i in range(count))
    return RecordedCamera("motion", (0, 0), 30.0, played, clock)


@pytest.fixture
def run(
    clock: Clock, statistics: Statistics, keypoints: KeypointStage, still_avatar: AvatarStage
) -> Callable[..., LivePipeline]:
    """Runs a pipeline to its end: camera, outputs, and what differs from still pictures of the portrait."""

    def run_pipeline(
        camera: Camera,
        outputs: list[Output],
        avatar: AvatarStage | None = None,
        stages: KeypointStage | None = None,
        duration: float | None = None,
        before: Callable[[LivePipeline], None] = lambda _: None,
    ) -> LivePipeline:
        controls = Controls(ControlState(), clock)
        pipeline = LivePipeline(outputs, clock, statistics, lambda size: grey(size), controls.press)
        controls.on({"quit": lambda _: pipeline.stop()})
        parts = LiveParts(camera, stages or keypoints, avatar or still_avatar)

        def prepare() -> LiveParts:
            before(pipeline)
            return parts

        pipeline.run(prepare, duration)
        return pipeline

    return run_pipeline


def grey(size: tuple[int, int]) -> Image:
    return np.full((size[1], size[0], 3), SLATE_GREY, np.uint8)


def is_slate(image: Image) -> bool:
    return bool((image == SLATE_GREY).all())


def test_a_run_ends_after_the_last_frame_of_the_file_was_shown(
    run: Callable[..., LivePipeline], clock: Clock, statistics: Statistics, portrait_photo: NDArray[np.uint8]
) -> None:
    output = KeepingOutput()
    run(recorded_motion(clock, 12), [output])
    summary = statistics.summary()
    assert summary.captured + summary.drops[0].count == 12
    fresh = summary.outputs[0].fresh + summary.outputs[0].not_due + summary.outputs[0].busy
    assert fresh + sum(drop.count for drop in summary.drops) == 12
    assert all((image == portrait_photo).all() for image in output.images)


def test_frames_are_stamped_with_a_steady_time_that_starts_at_zero(
    run: Callable[..., LivePipeline], clock: Clock
) -> None:
    output = KeepingOutput(frames_per_second=50)
    run(recorded_motion(clock, 10), [output])
    assert output.times[0] == 0
    slots = np.array(output.times) * 50
    assert np.allclose(slots, np.round(slots))
    assert (np.diff(slots) > 0.5).all()


def test_every_output_gets_its_own_rate(run: Callable[..., LivePipeline], clock: Clock) -> None:
    slow, quick = KeepingOutput(10), KeepingOutput(60)
    run(recorded_motion(clock, 24), [slow, quick])
    assert np.allclose(np.array(slow.times) * 10, np.round(np.array(slow.times) * 10))
    assert len(quick.images) > 2 * len(slow.images)


def test_the_duration_counts_from_the_first_camera_frame(
    run: Callable[..., LivePipeline], clock: Clock, statistics: Statistics
) -> None:
    run(recorded_motion(clock, 200), [KeepingOutput()], duration=0.4)
    captured = statistics.summary().captured + statistics.summary().drops[0].count
    assert 6 <= captured <= 12


def test_the_slate_is_shown_until_the_avatar_comes_and_never_again(
    run: Callable[..., LivePipeline], clock: Clock
) -> None:
    watched, file = KeepingOutput(slate=True), KeepingOutput()
    enough = threading.Event()

    def load(_: LivePipeline) -> None:
        while len(watched.images) < 3:
            enough.wait(0.005)
        assert not file.images, "a file doesn't begin with a slate"

    run(recorded_motion(clock, 5), [watched, file], before=load)
    slates = [is_slate(image) for image in watched.images]
    assert slates[:3] == [True, True, True]
    assert not slates[-1]
    assert slates == sorted(slates, reverse=True)
    assert file.images
    assert not any(is_slate(image) for image in file.images)


def test_the_camera_image_never_reaches_an_output(
    run: Callable[..., LivePipeline],
    clock: Clock,
    statistics: Statistics,
    face_model: FaceModel,
    portrait_photo: NDArray[np.uint8],
) -> None:
    """Neither while the camera shows a face, nor while it shows none."""
    magenta = np.zeros_like(portrait_photo) + np.array([255, 0, 255], np.uint8)
    driver = np.clip(portrait_photo.astype(np.int16) + np.array([90, -60, 90]), 0, 255).astype(np.uint8)

    def moments() -> Iterator[Moment]:
        for i in range(16):
            image = magenta if i < 6 else driver
            yield Moment(i / 30, 1 / 30, lambda s, at, image=image: CameraFrame(s, at, image))  # type: ignore[misc]

    output = KeepingOutput()
    with FaceDetector("video") as detector:
        stage = KeypointStage(detector, DriverTracker(face_model), statistics, longest_side=256)
        run(RecordedCamera("webcam", SIZE, 30.0, moments(), clock), [output], stages=stage)
    summary = statistics.summary()
    assert 0 < summary.faceless < summary.captured
    assert output.images
    assert all((image == portrait_photo).all() for image in output.images)


def test_while_the_camera_stalls_the_avatar_lives_on(
    run: Callable[..., LivePipeline],
    clock: Clock,
    statistics: Statistics,
    make_avatar: Callable[[Renderer], AvatarStage],
) -> None:
    renderer, output, camera = TellingRenderer(), KeepingOutput(), BrokenCamera(clock, good=1)
    threading.Timer(STALL + 1.0, camera.close).start()
    run(camera, [output], avatar=make_avatar(renderer))
    assert len(renderer.asked) > 5
    first, last = renderer.asked[0], renderer.asked[-1]
    assert not np.allclose(first.pose.rotation, last.pose.rotation, atol=1e-3), "it eases to rest"
    (summary,) = statistics.summary().outputs
    assert (summary.fresh, summary.age.count) == (1, 1), "such frames are no new moments of the driver"
    assert len(output.images) > 5


@pytest.mark.parametrize("good", [0, 4])
def test_stopping_ends_a_run_even_if_the_camera_hangs(
    run: Callable[..., LivePipeline], clock: Clock, good: int
) -> None:
    camera, output = BrokenCamera(clock, good), KeepingOutput()
    try:
        run(camera, [output], before=lambda pipeline: threading.Timer(0.2, pipeline.stop).start())
    finally:
        camera.close()
    assert bool(output.images) == bool(good)


def test_an_error_while_preparing_ends_the_run(run: Callable[..., LivePipeline], clock: Clock) -> None:
    def fail(_: LivePipeline) -> None:
        raise CameraError("no camera", "plug one in")

    with pytest.raises(CameraError, match="plug one in"):
        run(recorded_motion(clock, 3), [KeepingOutput(slate=True), WatchedWindow()], before=fail)


def test_an_error_of_the_camera_ends_the_run(run: Callable[..., LivePipeline], clock: Clock) -> None:
    with pytest.raises(CameraError, match="unplugged"):
        run(BrokenCamera(clock, 3, CameraError("it was unplugged", "plug it in")), [KeepingOutput()])


def test_keypoints_that_never_work_end_the_run_with_their_error(
    run: Callable[..., LivePipeline], clock: Clock, portrait_photo: NDArray[np.uint8]
) -> None:
    """Here: pictures for a stage that has no detector."""
    moments = iter([Moment(0.0, 0.1, lambda s, at: CameraFrame(s, at, portrait_photo))])
    with pytest.raises(TypeError, match="detector"):
        run(RecordedCamera("webcam", SIZE, 30.0, moments, clock), [KeepingOutput()])


def test_a_camera_frame_that_can_not_be_searched_is_left_out(
    run: Callable[..., LivePipeline],
    clock: Clock,
    statistics: Statistics,
    face_model: FaceModel,
    portrait_photo: NDArray[np.uint8],
) -> None:
    """Empty, grey, of another size: whatever a driver may give."""
    odd = [portrait_photo, portrait_photo[:0], portrait_photo[..., 0], portrait_photo[:480, :300]]
    images = [*odd, portrait_photo[::2, ::2], portrait_photo]
    searched = threading.Semaphore(1)

    class Stage(KeypointStage):
        def step(self, frame: CameraFrame | DrivingMotion) -> DrivingMotion:
            try:
                return super().step(frame)
            finally:
                searched.release()

    def moments() -> Iterator[Moment]:
        for i, image in enumerate(images):
            searched.acquire()
            yield Moment(i / 5, 100.0, lambda s, at, image=image: CameraFrame(s, at, image))  # type: ignore[misc]

    output = KeepingOutput()
    with FaceDetector("video") as detector:
        stage = Stage(detector, DriverTracker(face_model), statistics, longest_side=256)
        run(RecordedCamera("webcam", SIZE, 5.0, moments(), clock), [output], stages=stage)
    summary = statistics.summary()
    assert (summary.captured, summary.searched) == (6, 4)
    assert summary.face_seen
    assert all((image == portrait_photo).all() for image in output.images)


def test_a_frame_that_can_not_be_drawn_is_left_out(
    run: Callable[..., LivePipeline],
    clock: Clock,
    statistics: Statistics,
    make_avatar: Callable[[Renderer], AvatarStage],
) -> None:
    renderer, output = TellingRenderer(fails=frozenset({3, 7})), KeepingOutput(slate=True)
    run(recorded_motion(clock, 20), [output], avatar=make_avatar(renderer))
    (summary,) = statistics.summary().outputs
    drawn = summary.fresh + summary.not_due + summary.busy
    assert drawn == len(renderer.asked) - 2
    first = next(i for i, image in enumerate(output.images) if not is_slate(image))
    assert not any(is_slate(image) for image in output.images[first:]), "the last picture stays meanwhile"


def test_while_nothing_can_be_drawn_live_outputs_show_a_slate_and_files_keep_the_last_picture(
    clock: Clock,
    statistics: Statistics,
    keypoints: KeypointStage,
    make_avatar: Callable[[Renderer], AvatarStage],
) -> None:
    watched, file = KeepingOutput(slate=True), KeepingOutput()
    pipeline = LivePipeline([watched, file], clock, statistics, grey)

    def shown() -> str:
        """``-`` for the avatar, ``s`` for a slate after it."""
        return "".join("-s"[is_slate(image)] for image in watched.images).lstrip("s")

    class Unwell(TellingRenderer):
        """Fails from the second picture until it has been felt, and once it is well again the run may end."""

        def render(self, driving: DrivingFace) -> Image:
            image = super().render(driving)
            if shown() and "s" not in shown():
                raise ArithmeticError("no flow")
            if "s-" in shown():
                pipeline.stop()
            return image

    avatar = make_avatar(Unwell())
    pipeline.run(lambda: LiveParts(recorded_motion(clock, 3000), keypoints, avatar))
    assert re.fullmatch("-+s+-+", shown())
    assert not any(is_slate(image) for image in file.images)


def test_a_renderer_that_never_works_ends_the_run_with_its_error(
    run: Callable[..., LivePipeline], clock: Clock, make_avatar: Callable[[Renderer], AvatarStage]
) -> None:
    renderer = TellingRenderer(fails=frozenset(range(100)))
    with pytest.raises(ArithmeticError, match="no flow"):
        run(recorded_motion(clock, 10), [KeepingOutput()], avatar=make_avatar(renderer))


@pytest.mark.parametrize("main_thread", [False, True])
def test_an_output_that_fails_is_left_out_and_ends_the_run_with_its_error_at_the_end(
    run: Callable[..., LivePipeline], clock: Clock, main_thread: bool
) -> None:
    other, full = KeepingOutput(), FullOutput(main_thread=main_thread)
    full.on_failure = lambda: counts.append(len(other.images))
    counts: list[int] = []
    with pytest.raises(OutputError, match="make room"):
        run(recorded_motion(clock, 60), [full, other])
    assert len(other.images) > counts[0] + 2


def test_the_run_ends_when_no_output_is_left(run: Callable[..., LivePipeline], clock: Clock) -> None:
    first, second = FullOutput(), FullOutput()
    with pytest.raises(OutputError, match="make room"):
        run(recorded_motion(clock, 3000), [first, second])


def test_an_output_may_fail_for_a_frame(run: Callable[..., LivePipeline], clock: Clock) -> None:
    class Forgetful(KeepingOutput):
        def send(self, image: Image, at: float) -> None:
            super().send(image, at)
            if len(self.images) == 3:
                raise MemoryError("no room")

    output = Forgetful()
    run(recorded_motion(clock, 20), [output])
    assert len(output.images) > 10


@pytest.mark.parametrize("good", [True, False])
def test_an_output_that_is_attached_for_a_while_is_closed_and_ends_nothing_else(
    run: Callable[..., LivePipeline],
    clock: Clock,
    good: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    always = KeepingOutput()
    for_a_while: KeepingOutput = ClosingOutput() if good else FullOutput()
    ends: list[Callable[[], None]] = []

    def later(pipeline: LivePipeline) -> None:
        threading.Timer(0.3, lambda: ends.append(pipeline.attach(for_a_while))).start()
        threading.Timer(0.9, lambda: ends[0]()).start()

    run(recorded_motion(clock, 60), [always], before=later)
    assert 3 <= len(for_a_while.images) < len(always.images)
    assert for_a_while.times[0] == 0, "a file of its own begins at zero"
    assert ("the disk is full: make room" in caplog.text) == (not good)
    if isinstance(for_a_while, ClosingOutput):
        assert for_a_while.closed


def test_what_is_still_attached_at_the_end_is_closed_too(
    run: Callable[..., LivePipeline], clock: Clock
) -> None:
    recording = ClosingOutput()
    run(recorded_motion(clock, 20), [KeepingOutput()], before=lambda pipeline: attach(pipeline, recording))
    assert recording.images
    assert recording.closed


def attach(pipeline: LivePipeline, output: Output) -> None:
    pipeline.attach(output)


def test_after_a_sleep_of_the_machine_the_run_goes_on_where_it_was(
    keypoints: KeypointStage, still_avatar: AvatarStage, portrait_photo: NDArray[np.uint8]
) -> None:
    class SleepyClock(MonotonicClock):
        slept = 0.0

        def now(self) -> float:
            return super().now() + self.slept

    class Lid(KeepingOutput):
        """Is shut at the third picture."""

        def send(self, image: Image, at: float) -> None:
            super().send(image, at)
            if len(self.images) == 3:
                clock.slept = 3600.0

    clock, output = SleepyClock(), Lid()
    statistics = Statistics(clock)
    pipeline = LivePipeline([output], clock, statistics)
    pipeline.run(lambda: LiveParts(recorded_motion(clock, 120), keypoints, still_avatar))
    (summary,) = statistics.summary().outputs
    assert summary.missed > 3000 * 30
    assert 3 < len(output.images) < 300, "no flood to make up for it"
    assert output.times[-1] < 60, "a recording doesn't show the sleep"
    assert all((image == portrait_photo).all() for image in output.images)


def test_windows_are_fed_in_the_main_thread_and_all_else_elsewhere(
    run: Callable[..., LivePipeline], clock: Clock
) -> None:
    window, file = KeepingOutput(main_thread=True), KeepingOutput()
    run(recorded_motion(clock, 5), [window, file])
    assert window.threads == {threading.current_thread()}
    assert threading.current_thread() not in file.threads


@pytest.mark.parametrize("window", [WatchedWindow(key="q"), WatchedWindow(close=True)])
def test_a_key_or_closing_the_window_ends_the_run(
    run: Callable[..., LivePipeline], clock: Clock, window: WatchedWindow
) -> None:
    run(recorded_motion(clock, 300), [window])
    assert len(window.images) < 100


def test_no_thread_is_left_after_a_run(run: Callable[..., LivePipeline], clock: Clock) -> None:
    before = threading.active_count()
    run(recorded_motion(clock, 3), [KeepingOutput(), KeepingOutput()])
    assert threading.active_count() == before
