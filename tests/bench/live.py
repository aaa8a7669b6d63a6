"""How the live pipeline holds up: frame rate, frame age, memory and threads over minutes. Run by hand:

    python tests/bench/live.py                 one minute
    python tests/bench/live.py --minutes 10    to see whether anything grows

A video of the demo portrait, animated with the demo motion, plays the camera in real time at 30 fps; the demo
portrait at 512x512 is the source, moved absolutely, shown whole, handed to an output that drops it. The
reference kernel is timed before and after on one core, so that figures of different machines can be compared.
"""

# ruff: noqa: E402 - the libraries read what prepare_process sets when they are imported
from pechead_live.process import limit_opencv_threads, prepare_process

prepare_process(verbose=False)

import statistics as figures
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
import psutil
from cyclopts import App
from rich.console import Console

from pechead.face.model import FaceModel
from pechead_live.cameras.open import open_camera
from pechead_live.cli import main as pechead_live
from pechead_live.clock import MonotonicClock
from pechead_live.demo.portrait import demo_portrait
from pechead_live.outputs.null import NullOutput
from pechead_live.pipeline.assembly import make_avatar_stage, make_keypoint_stage
from pechead_live.pipeline.live import LiveParts, LivePipeline
from pechead_live.pipeline.report import count_lines, times_table
from pechead_live.pipeline.statistics import RECENT, Statistics, Summary
from pechead_live.settings import Settings

SIZE = (512, 512)
CAMERA_SIZE = "640x480"
RATE = 30
LEAST_RATE = 29.9
LARGEST_AGE_P95 = 0.060
LEAST_FRESH = 0.99

app = App(help=__doc__, version_flags=())


@app.default
def bench(minutes: float = 1.0, renderer: Literal["pechead", "geometric", "still"] = "geometric") -> None:
    """Run the pipeline and print its figures.

    Args:
        minutes: how long.
        renderer: what draws the avatar.
    """
    limit_opencv_threads()
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as folder:
        video = make_camera_video(Path(folder), minutes * 60)
        before = reference_milliseconds()
        settings = Settings(renderer=renderer, motion="absolute", crop="whole")
        summary, memory = run(settings, video, console)
        after = reference_milliseconds()
    console.print(times_table(summary))
    for line in count_lines(summary):
        console.print(line)
    if len(memory) > 1:
        first, last = memory[0], memory[-1]
        console.print(f"memory: {first:.0f} MB after {RECENT:.0f} s, {last - first:+.1f} MB until the end")
    console.print(f"reference kernel: {before:.2f} ms before, {after:.2f} ms after, on one core")
    output = summary.outputs[0]
    fresh = output.fresh / (output.fresh + output.repeated)
    for good, text in (
        (output.frames_per_second >= LEAST_RATE, f"{output.frames_per_second:.2f} fps out, wanted {RATE}"),
        (fresh >= LEAST_FRESH, f"{fresh:.1%} of the frames fresh, wanted {LEAST_FRESH:.0%}"),
        (
            output.age.p95 <= LARGEST_AGE_P95,
            f"frame age p95 {output.age.p95 * 1e3:.1f} ms, at most 60",
        ),
    ):
        console.print(f"{'good ' if good else 'FAILS'} {text}", style="" if good else "red")


def run(settings: Settings, video: Path, console: Console) -> tuple[Summary, list[float]]:
    """The pipeline from the video to nowhere; prints a row every ``RECENT`` seconds.

    Returns:
        the figures, and the process's memory in MB at each row.
    """
    clock = MonotonicClock()
    statistics = Statistics(clock)
    output = NullOutput(SIZE, RATE)
    pipeline = LivePipeline([output], clock, statistics)
    with ExitStack() as resources:

        def prepare() -> LiveParts:
            model = FaceModel.load()
            avatar = make_avatar_stage(settings, model, demo_portrait(), "demo portrait", SIZE, statistics)
            camera = resources.enter_context(open_camera(str(video), clock, realtime=True))
            return LiveParts(
                camera, make_keypoint_stage(settings, model, camera, statistics, resources), avatar
            )

        ended = threading.Event()
        memory: list[float] = []
        sampler = threading.Thread(target=sample, args=(statistics, ended, console, memory))
        sampler.start()
        try:
            pipeline.run(prepare)
        finally:
            ended.set()
            sampler.join()
    return statistics.summary(), memory


def sample(statistics: Statistics, ended: threading.Event, console: Console, memory: list[float]) -> None:
    """Print how it goes every ``RECENT`` seconds, and add the process's memory in MB to ``memory``."""
    process = psutil.Process()
    started_at = time.monotonic()
    header = (
        "seconds",
        "fps in",
        "fps out",
        "age p50",
        "p95",
        "max ms",
        "dropped",
        "memory MB",
        "threads",
        "CPU %",
    )
    console.print("".join(f"{title:>11}" for title in header))
    process.cpu_percent()
    while not ended.wait(RECENT):
        summary = statistics.summary()
        output = summary.outputs[0]
        age = output.recent_age
        memory.append(process.memory_info().rss / 2**20)
        row = (
            f"{time.monotonic() - started_at:.0f}",
            f"{summary.recent_captured_per_second:.1f}",
            f"{output.recent_frames_per_second:.1f}",
            f"{age.p50 * 1e3:.1f}",
            f"{age.p95 * 1e3:.1f}",
            f"{age.maximum * 1e3:.1f}",
            f"{sum(drop.count for drop in summary.drops) + output.not_due + output.busy}",
            f"{memory[-1]:.0f}",
            f"{process.num_threads()}",
            f"{process.cpu_percent():.0f}",
        )
        console.print("".join(f"{cell:>11}" for cell in row))


def make_camera_video(folder: Path, seconds: float) -> Path:
    """The demo portrait with the demo motion, looped to a length without encoding it again."""
    once, looped = folder / "once.mp4", folder / "camera.mp4"
    if pechead_live(["--demo", "--offline", "--size", CAMERA_SIZE, "--output", str(once)]) != 0:
        raise SystemExit("the camera's video can't be made")
    with av.open(str(once)) as source, av.open(str(looped), "w") as target:
        picture = source.streams.video[0]
        track = target.add_stream_from_template(picture)
        packets = [packet for packet in source.demux(picture) if packet.size]
        length = round(len(packets) / RATE / float(picture.time_base or 1))
        for _ in range(-(-round(seconds * RATE) // len(packets))):
            for packet in packets:
                packet.stream = track
                target.mux(packet)
                packet.pts, packet.dts = (packet.pts or 0) + length, (packet.dts or 0) + length
    return looped


def reference_milliseconds(rounds: int = 50) -> float:
    """Median time of a fixed piece of the same kinds of work: a warp and a matrix product, on one thread."""
    chance = np.random.default_rng(0)
    image = chance.integers(0, 256, (512, 512, 3), np.uint8)
    flow_x, flow_y = chance.random((2, 512, 512), np.float32) * 512
    left, right = chance.random((128, 468), np.float32), chance.random((468, 128), np.float32)

    def work() -> None:
        cv2.remap(image, flow_x, flow_y, cv2.INTER_LINEAR)
        np.matmul(left, right)

    return figures.median(timed(work) for _ in range(rounds)) * 1e3


def timed(work: Callable[[], None]) -> float:
    """Seconds that ``work`` takes."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


if __name__ == "__main__":
    app()
