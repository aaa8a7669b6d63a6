"""How the live pipeline bears faults for a long time. Run by hand:

    python -m tests.bench.soak --minutes 30

A video of the demo portrait plays the camera at 30 fps, the geometric renderer draws, and every few seconds
something goes wrong, seeded. Memory, threads, open files and frame age are sampled; at the end stand how long
each kind of fault went on being felt after it was over, and how the samples changed over the run.
"""

# ruff: noqa: E402 - the libraries read what prepare_process sets when they are imported
from pechead_live.process import limit_opencv_threads, prepare_process

prepare_process(verbose=False)

import gc
import logging
import statistics as figures
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np
import psutil
from cyclopts import App
from tests.bench.soak_faults import (
    FAULTS,
    FailingDetector,
    FailingOutput,
    FailingRenderer,
    Fault,
    LoopingCamera,
    SleepyClock,
    Trouble,
)

from pechead.face.model import FaceModel
from pechead_live.cameras.base import Camera
from pechead_live.cameras.reopening import ReopeningCamera
from pechead_live.cli import main as pechead_live
from pechead_live.demo.portrait import demo_portrait
from pechead_live.frames import Image
from pechead_live.motion.driver import DriverTracker
from pechead_live.outputs.slate import draw_slate
from pechead_live.outputs.video_file import VideoFileOutput
from pechead_live.pipeline.assembly import LIVE_LONGEST_SIDE, dress, make_avatar
from pechead_live.pipeline.avatar import Avatar
from pechead_live.pipeline.live import LiveParts, LivePipeline
from pechead_live.pipeline.stages import AvatarStage, KeypointStage
from pechead_live.pipeline.statistics import OutputStatistics, Statistics
from pechead_live.settings import Settings

SIZE = (512, 512)
PICTURES = 90
SAMPLE_SECONDS = 10.0
COLUMNS = (
    *("minute", "fps in", "fps out", "age p50", "p95", "max ms"),
    *("memory", "threads", "files", "CPU %", "faults"),
)
GIVE_UP = 20.0
"""Seconds after which a fault counts as not recovered from."""

app = App(help=__doc__, version_flags=())


class WatchedStatistics(Statistics):
    """Lets the soak see each new moment that the first output shows."""

    first: OutputStatistics | None = None

    def output(self, name: str) -> OutputStatistics:
        counters = super().output(name)
        self.first = self.first or counters
        return counters


class Soak:
    """One run and what is noted of it.

    Args:
        folder: for the camera's video and for recordings.
        seed: of the faults.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.clock = SleepyClock()
        self.statistics = WatchedStatistics(self.clock)
        self.trouble = Trouble()
        self.felt: dict[str, list[float]] = defaultdict(list)
        self.samples: list[tuple[float, ...]] = []
        self._chance = np.random.default_rng(seed)
        self._folder = folder
        self._pictures = camera_pictures(folder)
        self._ended = threading.Event()
        outputs = [FailingOutput("soak", SIZE, self.trouble, time.sleep)]
        self._pipeline = LivePipeline(
            outputs, self.clock, self.statistics, lambda size: draw_slate(size, "back soon")
        )
        self._stage: AvatarStage | None = None
        self._avatars: list[Avatar] = []

    def run(self, seconds: float) -> None:
        """Play and harm for a time."""
        threads = [threading.Thread(target=work) for work in (self._sample, self._harm)]
        threading.Timer(seconds, self._pipeline.stop).start()
        with ExitStack() as resources:
            for thread in threads:
                thread.start()
            try:
                self._pipeline.run(lambda: self._prepare(resources))
            finally:
                self._ended.set()
                for thread in threads:
                    thread.join()

    def _prepare(self, resources: ExitStack) -> LiveParts:
        settings, model = Settings(crop="whole", renderer="geometric"), FaceModel.load()
        for photo in (demo_portrait(), np.ascontiguousarray(demo_portrait()[:, ::-1])):
            avatar = make_avatar(settings, model, photo, "demo portrait", SIZE)
            renderer = FailingRenderer(avatar.renderer, self.trouble)
            self._avatars.append(Avatar(avatar.portrait, renderer, avatar.compositor))
        self._stage = dress(settings, model, self._avatars[0], self.statistics)
        detector = FailingDetector("video")
        detector.trouble = self.trouble
        resources.enter_context(detector)
        keypoints = KeypointStage(detector, DriverTracker(model), self.statistics, LIVE_LONGEST_SIDE)
        camera = resources.enter_context(ReopeningCamera(self._open_camera))
        return LiveParts(camera, keypoints, self._stage)

    def _open_camera(self) -> Camera:
        return LoopingCamera(self._pictures, self.clock, self.trouble)

    def _harm(self) -> None:
        number, order = 0, self._chance.permutation(len(FAULTS))
        while not self._ended.wait(float(self._chance.uniform(2, 6))):
            if self._fresh() == 0:
                continue
            # Every kind in turn, in a new order each time round.
            if number and number % len(FAULTS) == 0:
                order = self._chance.permutation(len(FAULTS))
            fault = FAULTS[order[number % len(FAULTS)]]
            number += 1
            self._cause(fault)
            before, over_at = self._fresh(), time.perf_counter()
            while self._fresh() == before and not self._ended.wait(0.002):
                if time.perf_counter() - over_at > GIVE_UP:
                    break
            if not self._ended.is_set():
                self.felt[fault.name].append(time.perf_counter() - over_at)

    def _cause(self, fault: Fault) -> None:
        assert self._stage is not None
        if fault.name == "machine asleep for an hour":
            self.clock.sleep_through(3600)
        elif fault.name == "another photo put on":
            self._avatars.reverse()
            self._stage.wear(self._avatars[0])
        elif fault.name == "second output vanishes":
            recording = VideoFileOutput(self._folder / "recording.mp4", SIZE, 30.0, live=True)
            end_recording = self._pipeline.attach(recording)
            self._pipeline.attach(FailingOutput("vanishing", SIZE, self.trouble, time.sleep))
            self._ended.wait(1.0)
            self._strike(fault)
            end_recording()
        else:
            self._strike(fault)

    def _strike(self, fault: Fault) -> None:
        once = fault.longest == 0
        self.trouble.begin(fault.name, once)
        if once:
            deadline = time.perf_counter() + 2
            while not self.trouble.over and time.perf_counter() < deadline and not self._ended.wait(0.002):
                pass
        else:
            self._ended.wait(float(self._chance.uniform(fault.shortest, fault.longest)))
        self.trouble.end()

    def _fresh(self) -> int:
        return 0 if self.statistics.first is None else self.statistics.first.fresh

    def _sample(self) -> None:
        process = psutil.Process()
        started_at = time.perf_counter()
        say("".join(f"{title:>9}" for title in COLUMNS))
        process.cpu_percent()
        while not self._ended.wait(SAMPLE_SECONDS):
            summary = self.statistics.summary()
            output = summary.outputs[0]
            gc.collect()
            sample = (
                (time.perf_counter() - started_at) / 60,
                summary.recent_captured_per_second,
                output.recent_frames_per_second,
                output.recent_age.p50 * 1e3,
                output.recent_age.p95 * 1e3,
                output.recent_age.maximum * 1e3,
                process.memory_info().rss / 2**20,
                process.num_threads(),
                process.num_fds(),
                process.cpu_percent(),
                sum(map(len, self.felt.values())),
            )
            self.samples.append(sample)
            say("".join(f"{value:9.1f}" for value in sample))


@app.default
def soak(minutes: float = 3.0, seed: int = 1) -> None:
    """Run it and print the figures.

    Args:
        minutes: how long.
        seed: of the faults' order, times and lengths.
    """
    limit_opencv_threads()
    with tempfile.TemporaryDirectory() as folder:
        run = Soak(Path(folder), seed)
        logging.getLogger("pechead_live").setLevel(logging.ERROR)
        run.run(minutes * 60)
    tell(run)


def tell(run: Soak) -> None:
    """The tables at the end."""
    say("\nfault                                 times   felt afterwards, ms: median      max")
    for name, seconds in sorted(run.felt.items()):
        lost = sum(value > GIVE_UP for value in seconds)
        told = f"{name:36}{len(seconds):7}{figures.median(seconds) * 1e3:31.0f}{max(seconds) * 1e3:9.0f}"
        say(told + (f"  NOT RECOVERED {lost} times" if lost else ""))
    # The first samples are still warming up: libraries allocate as they meet each fault first.
    # A frame that slept through an hour is an hour old, which says nothing of the others in its window.
    warm = run.samples[len(run.samples) // 10 :]
    steady = np.array([sample for sample in warm if sample[COLUMNS.index("max ms")] < 60_000])
    if len(steady) < 8:
        return
    quarter = len(steady) // 4
    say(f"\n{'':14}first quarter   last quarter   change a minute")
    for title, column in (
        ("age p50, ms", 3),
        ("age p95, ms", 4),
        ("memory, MB", 6),
        ("threads", 7),
        ("files", 8),
    ):
        values = steady[:, column]
        slope = np.polyfit(steady[:, 0], values, 1)[0]
        say(f"{title:14}{values[:quarter].mean():13.1f}{values[-quarter:].mean():15.1f}{slope:18.3f}")


def camera_pictures(folder: Path) -> list[Image]:
    """The demo portrait with the demo motion, 640x480."""
    path = folder / "camera.mkv"
    words = [
        "--demo",
        "--offline",
        "--size",
        "640x480",
        "--duration",
        f"{PICTURES / 30}",
        "--output",
        str(path),
    ]
    if pechead_live(words) != 0:
        raise SystemExit("the camera's pictures can't be made")
    with av.open(str(path)) as container:
        forth = [np.asarray(f.to_ndarray(format="rgb24"), np.uint8) for f in container.decode(video=0)]
    return [*forth, *forth[-2:0:-1]]


def say(line: str) -> None:
    """Print at once, as somebody may be watching a pipe."""
    print(line, flush=True)


if __name__ == "__main__":
    app()
