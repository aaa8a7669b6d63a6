"""What is settled for the whole process: the libraries' environment and threads, and signals."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)

SHARED_CORES = {
    # Thread pools that spin while they wait slow every other stage several-fold on shared cores.
    "OMP_WAIT_POLICY": "passive",
    # Our matrix products are small: a second thread costs more to wake than it brings.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}

QUIET = {"GLOG_minloglevel": "2", "TF_CPP_MIN_LOG_LEVEL": "2"}
"""Warnings of MediaPipe's native parts, which say nothing to a user."""


def prepare_process(verbose: bool) -> None:
    """Set the environment for the large libraries, which read it when loaded; what the user has set stays.

    Args:
        verbose: let the native parts speak.
    """
    for name, value in {**SHARED_CORES, **({} if verbose else QUIET)}.items():
        os.environ.setdefault(name, value)


def limit_opencv_threads(count: int = 1) -> None:
    """Keep OpenCV from using every core for one stage; the stages run beside each other already.

    Args:
        count: threads that one call may use.
    """
    import cv2

    cv2.setNumThreads(count)


@contextmanager
def stop_at_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Make Ctrl-C or a request to terminate call ``stop`` while the block runs; a second one interrupts."""

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        for known in STOPPING:
            signal.signal(known, signal.default_int_handler)
        stop()

    with _handled_by(handle):
        yield


@contextmanager
def interruption_by_signals() -> Iterator[None]:
    """Make a request to terminate do what Ctrl-C does while the block runs: raise KeyboardInterrupt."""
    with _handled_by(signal.default_int_handler):
        yield


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        # Python hands signals to the main thread alone and lets no other one ask for them.
        yield
        return
    before = {number: signal.signal(number, handler) for number in STOPPING}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
