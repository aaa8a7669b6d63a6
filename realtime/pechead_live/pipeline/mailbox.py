"""The place between two threads: it holds one item, and the newest wins, so latency cannot grow."""

import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Holds at most one item; a new item replaces an unread one. Safe for one or more writers and readers.

    Attributes:
        replaced: how many items were replaced before anyone read them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: Item | None = None
        self._closed = False
        self.replaced = 0

    def put(self, item: Item) -> None:
        """Leave an item, in place of the unread one if there is one. Ignored after ``close``."""
        with self._changed:
            if self._closed:
                return
            if self._item is not None:
                self.replaced += 1
            self._item = item
            self._changed.notify()

    def take(self, timeout: float | None = None) -> Item | None:
        """The item, waiting for one if there is none.

        Args:
            timeout: seconds to wait at most; zero or less looks and returns at once, None waits without end.

        Returns:
            The item, or None when the time is over or the mailbox is exhausted.
        """
        with self._changed:
            if timeout is None or timeout > 0:
                self._changed.wait_for(lambda: self._item is not None or self._closed, timeout)
            item, self._item = self._item, None
            return item

    def close(self) -> None:
        """Nothing more will come: readers get what is still there, then None at once. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def exhausted(self) -> bool:
        """True once the mailbox is closed and its last item read."""
        with self._changed:
            return self._closed and self._item is None
