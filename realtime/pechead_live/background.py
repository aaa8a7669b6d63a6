"""Work that is done meanwhile."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def in_background(work: Callable[[], Result]) -> "Future[Result]":
    """Start ``work`` in a thread that doesn't keep the program from ending.

    Returns:
        gives the result, or raises what the work raised.
    """
    future: Future[Result] = Future()

    def do() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=do, name=getattr(work, "__name__", "background"), daemon=True).start()
    return future
