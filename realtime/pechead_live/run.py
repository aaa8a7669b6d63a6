"""A whole run, from the settings to the last frame."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path

from rich.console import Console

from pechead_engines.choose import choose_engine
from pechead_live.background import in_background
from pechead_live.clock import MonotonicClock
from pechead_live.console import say
from pechead_live.demo.motion import MOTION_FILE
from pechead_live.live_run import live_run
from pechead_live.offline_run import offline_run
from pechead_live.outputs.open import check_output
from pechead_live.pipeline.report import advice, count_lines, times_table
from pechead_live.pipeline.statistics import Statistics
from pechead_live.process import limit_opencv_threads
from pechead_live.settings import Settings


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
    # OpenCV before PyAV, too: after PyAV's copy of the X11 library was loaded its windows wait for ever.
    limit_opencv_threads()
    if settings.demo:
        settings = replace(settings, camera=str(MOTION_FILE))
    for output in settings.outputs:
        check_output(output)
    if settings.renderer in ("auto", "pechead"):
        # Whether it can run is known at once; how quickly, only when there is a face to draw.
        choose_engine(settings.engine)
    clock = MonotonicClock()
    statistics = Statistics(clock, started_at)
    recorded = (offline_run if settings.offline else live_run)(settings, clock, statistics, console)
    summary = statistics.summary()
    console.print(times_table(summary))
    for line in count_lines(summary):
        say(console, line)
    for line in advice(summary, settings.renderer):
        say(console, line, style="yellow")
    for written in (*settings.outputs, settings.record_motion, *recorded):
        if written is not None and Path(written).expanduser().is_file():
            say(console, f"wrote {Path(written).expanduser().resolve()}")
