"""A call with everything on, as a user has it, and photos switched under load. Run by hand, with a display:

    python -m tests.bench.call --minutes 3                      preview, figures in it, recording, badge
    python -m tests.bench.call --minutes 3 --photos 12 --every 3     and another photo every 3 seconds

The product's own live run: a video file plays a webcam of 30 frames a second, keys are typed into its own
terminal. Printed are frame age, gaps between new moments of the driver at each output, and memory. Beside
that stands how busy the machine is: the reference kernel, which takes about 2 ms on a quiet core.
"""

# ruff: noqa: E402 - the libraries read what prepare_process sets when they are imported
from pechead_live.process import limit_opencv_threads, prepare_process

prepare_process(verbose=False)
limit_opencv_threads()

import fcntl
import os
import pty
import tempfile
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import psutil
from cyclopts import App
from PIL import Image as Pictures
from rich.console import Console
from tests.bench.live import make_camera_video, reference_milliseconds

from pechead_live.clock import MonotonicClock
from pechead_live.demo.portrait import demo_portrait
from pechead_live.live_run import live_run
from pechead_live.pipeline.report import count_lines, times_table
from pechead_live.pipeline.statistics import OutputStatistics, Statistics
from pechead_live.settings import Settings

PREPARED_AFTER = 5.0
"""Seconds from the start on that are left out: the first frames pay for imports."""

AFTER_SWITCH = 2.0
"""Seconds after a key in which a gap counts as one of switching."""

SAMPLE_SECONDS = 10.0

RendererName = Literal["pechead", "geometric", "still"]

app = App(help=__doc__, version_flags=())


class WatchedOutput(OutputStatistics):
    """Keeps when each new moment was handed over, and how old it was."""

    def __init__(self, name: str, lock: threading.Lock) -> None:
        super().__init__(name, lock)
        self.shown: list[tuple[float, float]] = []

    def handed_over_fresh(self, at: float, age: float | None) -> None:
        super().handed_over_fresh(at, age)
        self.shown.append((at, age or 0.0))


class WatchedStatistics(Statistics):
    """Statistics whose outputs are watched."""

    def __init__(self, clock: MonotonicClock) -> None:
        super().__init__(clock)
        self.watched: list[WatchedOutput] = []

    def output(self, name: str) -> OutputStatistics:
        output = WatchedOutput(name, self._lock)
        self._outputs.append(output)
        self.watched.append(output)
        return output


@app.default
def bench(
    minutes: float = 3.0,
    photos: int = 1,
    every: float = 3.0,
    seed: int = 1,
    renderer: RendererName = "geometric",
) -> None:
    """Run it and print the figures.

    Args:
        minutes: how long.
        photos: how many there are to switch between.
        every: seconds from key to key, if there are several.
        seed: of the keys.
        renderer: what draws the avatar.
    """
    in_own_terminal(lambda keyboard: call(keyboard, minutes, photos, every, seed, renderer))


def call(keyboard: int, minutes: float, photos: int, every: float, seed: int, renderer: RendererName) -> None:
    """One run and its figures."""
    console = Console(width=110)
    clock = MonotonicClock()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["PECHEAD_CONFIG"] = str(folder / "kept")
        video = make_camera_video(folder, minutes * 60)
        settings = Settings(
            source=tuple(make_photos(folder, photos)),
            camera=str(video),
            output=("preview", str(folder / "call.mp4")),
            renderer=renderer,
            yes=True,
        )
        ended = threading.Event()
        memory: list[float] = []
        pressed: list[float] = []
        workers = [
            threading.Thread(target=press, args=(keyboard, photos, every, seed, clock, ended, pressed)),
            threading.Thread(target=sample, args=(ended, memory)),
        ]
        before = reference_milliseconds()
        statistics = WatchedStatistics(clock)
        for worker in workers:
            worker.start()
        try:
            live_run(settings, clock, statistics, console)
        finally:
            ended.set()
            for worker in workers:
                worker.join()
        after = reference_milliseconds()
    summary = statistics.summary()
    console.print(times_table(summary))
    for line in count_lines(summary):
        console.print(line)
    for output in statistics.watched:
        console.print(f"{output.name}: {gaps(output.shown, pressed)}")
    console.print("memory, MB, every 10 s: " + " ".join(f"{value:.0f}" for value in memory))
    console.print(f"reference kernel: {before:.2f} ms before, {after:.2f} ms after, on one core")
    console.print(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")


def gaps(shown: list[tuple[float, float]], pressed: list[float]) -> str:
    """Frame age, and how long the picture stood still, with and without a key just before."""
    warm = [(at, age) for at, age in shown if at > shown[0][0] + PREPARED_AFTER]
    times = np.array([at for at, _ in warm])
    ages = np.array([age for _, age in warm]) * 1e3
    still = np.diff(times) * 1e3
    switching = np.array([any(key <= at < key + AFTER_SWITCH for key in pressed) for at in times[1:]], bool)
    text = "age p50/p95/max " + "/".join(f"{np.percentile(ages, q):.0f}" for q in (50, 95, 100)) + " ms"
    for title, chosen in (("else", ~switching), ("after a switch", switching)):
        if chosen.any():
            p95, p99, longest = (np.percentile(still[chosen], q) for q in (95, 99, 100))
            text += (
                f"; gaps {title} p95 {p95:.0f}, p99 {p99:.0f}, longest {longest:.0f} ms ({chosen.sum()}), "
                f"age p95 {np.percentile(ages[1:][chosen], 95):.0f} ms"
            )
    return f"{text}; {len(pressed)} switches"


def press(
    keyboard: int,
    photos: int,
    every: float,
    seed: int,
    clock: MonotonicClock,
    ended: threading.Event,
    pressed: list[float],
) -> None:
    """Turn the figures on, then choose photos until the run ends."""
    chance = np.random.default_rng(seed)
    ended.wait(PREPARED_AFTER)
    os.write(keyboard, b"o")
    while photos > 1 and not ended.wait(every):
        keys = "nnp" + "".join(str(number) for number in range(1, min(photos, 9) + 1))
        os.write(keyboard, str(chance.choice(list(keys))).encode())
        pressed.append(clock.now())


def sample(ended: threading.Event, memory: list[float]) -> None:
    """Note the process's memory in MB."""
    process = psutil.Process()
    while not ended.wait(SAMPLE_SECONDS):
        memory.append(process.memory_info().rss / 2**20)


def make_photos(folder: Path, count: int) -> Iterator[Path]:
    """The demo portrait and copies of it that differ in side, light and section."""
    for number in range(count):
        picture = Pictures.fromarray(demo_portrait())
        if number % 2:
            picture = picture.transpose(Pictures.Transpose.FLIP_LEFT_RIGHT)
        margin = 12 * number
        picture = picture.crop((margin // 2, 0, 512 - margin // 2, 512 - margin))
        path = folder / f"photo{number + 1}.png"
        picture.resize((900, 900)).point([round(v * (1 - 0.04 * number)) for v in range(256)] * 3).save(path)
        yield path


def in_own_terminal(work: Callable[[int], None]) -> None:
    """Do the work in a process with a terminal of its own, and hand over where its keys are written."""
    keyboard, inside = pty.openpty()
    child = os.fork()
    if child == 0:
        os.setsid()
        fcntl.ioctl(inside, termios.TIOCSCTTY, 0)
        os.dup2(inside, 0)
        work(keyboard)
        return
    os.close(inside)
    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    app()
