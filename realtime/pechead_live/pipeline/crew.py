"""Threads that stand and fall together."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

POLL = 0.1
"""Seconds that ``join`` waits at a stretch."""


class Crew:
    """Runs pieces of work in threads; the first one that fails calls the others off.

    Args:
        call_off: makes every piece of work return soon; called in the thread that failed.
    """

    def __init__(self, call_off: Callable[[], None]) -> None:
        self._call_off = call_off
        self._threads: list[tuple[threading.Thread, float | None]] = []
        self._lock = threading.Lock()
        self._error: BaseException | None = None

    def start(self, name: str, work: Callable[[], None], patience: float | None = None) -> None:
        """Run ``work`` in a thread of its own.

        Args:
            name: what debuggers call the thread.
            work: returns when there is nothing left to do or after ``call_off``.
            patience: seconds that ``join`` waits for it at most, for work that may hang in a device's driver;
                None: without end.
        """
        # Daemons, so that such a hanging thread can't keep the program from ending.
        thread = threading.Thread(target=self.do, args=(work,), name=name, daemon=True)
        self._threads.append((thread, patience))
        thread.start()

    def do(self, work: Callable[[], None]) -> None:
        """Run ``work`` in the calling thread, with the same consequence if it fails."""
        try:
            work()
        except BaseException as error:
            with self._lock:
                first = self._error is None
                self._error = self._error or error
            log.debug("%s failed", threading.current_thread().name, exc_info=error)
            if first:
                self._call_off()

    def join(self) -> None:
        """Wait for all work, in the order in which it was started.

        Raises:
            Exception: what the first failing piece of work raised.
        """
        for thread, patience in self._threads:
            waited = 0.0
            # In short turns, as a signal handler gets none on Windows while the main thread waits in a lock.
            while thread.is_alive() and (patience is None or waited < patience):
                thread.join(POLL)
                waited += POLL
        if self._error is not None:
            raise self._error
