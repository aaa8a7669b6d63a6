"""Several avatars to change between while the picture goes on."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, TimeoutError
from contextlib import suppress

from pechead.errors import PecheadError
from pechead_live.background import in_background
from pechead_live.pipeline.avatar import Avatar

MOST_KEPT = 9
"""Avatars that stay ready, 10 to 30 MB each; of more, those put on longest ago are prepared again."""

LONGEST_WAIT_TO_CLOSE = 20.0
"""Seconds; a photo takes one or two to prepare."""

log = logging.getLogger(__name__)


class Wardrobe:
    """Prepares avatars in the background and hands them over when they are ready.

    While one is worn the next one is prepared, so that going through them is instant. A photo that can't be
    used is told in one line and passed over from then on; whatever is worn stays.

    Args:
        names: of the photos, for people.
        make: prepares the photo of a number, from 0.
        show: puts an avatar on, called in the preparing thread.
        tell: gets what to tell the user.
    """

    def __init__(
        self,
        names: Sequence[str],
        make: Callable[[int], Avatar],
        show: Callable[[Avatar], None],
        tell: Callable[[str], None],
    ) -> None:
        self._names = names
        self._make = make
        self._show = show
        self._tell = tell
        self._lock = threading.Lock()
        self._ready: dict[int, Avatar] = {}
        self._unusable: set[int] = set()
        self._worn = self._wanted = 0
        self._closed = False
        self._busy = False
        self._working: Future[None] | None = None

    @property
    def label(self) -> str:
        """Which one is worn: ``me.png (1 of 3)``."""
        return f"{self._names[self._worn]} ({self._worn + 1} of {len(self._names)})"

    def first(self) -> Avatar:
        """Prepare the first photo that can be used, and then in the background the one after it.

        Raises:
            PecheadError: none can be used; the first one's error.
        """
        errors: list[PecheadError] = []
        for number in range(len(self._names)):
            try:
                avatar = self._make(number)
            except PecheadError as error:
                errors.append(error)
                self._unusable.add(number)
                continue
            for earlier in errors:
                log.warning("%s", earlier)
            self._ready[number] = avatar
            self._worn = self._wanted = number
            self._start()
            return avatar
        raise errors[0]

    def choose(self, number: int) -> None:
        """Put on the avatar of a number, from 0, as soon as it is ready."""
        if not 0 <= number < len(self._names):
            count = len(self._names)
            self._tell(f"there is no photo {number + 1}, only {count}" if count > 1 else "there is one photo")
            return
        with self._lock:
            self._unusable.discard(number)
            self._want(number)

    def step(self, by: int) -> None:
        """Put on the next one that can be used, or with ``by`` = -1 the one before."""
        with self._lock:
            number = self._neighbour(self._wanted, by)
            if number == self._worn == self._wanted:
                self._tell("there is no other photo: name several with --source")
            self._want(number)

    def close(self) -> None:
        """Prepare no more, and wait for what is being prepared: a process that ends under native libraries is
        aborted by them."""
        self._closed = True
        if self._working is not None:
            with suppress(TimeoutError):
                self._working.result(LONGEST_WAIT_TO_CLOSE)

    def _neighbour(self, number: int, by: int) -> int:
        for _ in self._names:
            number = (number + by) % len(self._names)
            if number not in self._unusable:
                break
        return number

    def _want(self, number: int) -> None:
        self._wanted = number
        if number != self._worn:
            self._tell(
                f"preparing {self._names[number]}" if number not in self._ready else self._names[number]
            )
        self._start()

    def _start(self) -> None:
        if not self._busy:
            self._busy = True
            self._working = in_background(self._work)

    def _work(self) -> None:
        while (number := self._next_task()) is not None:
            try:
                avatar = self._ready.get(number) or self._make(number)
            except Exception as error:
                log.warning("%s", error if isinstance(error, PecheadError) else self._surprise(number, error))
                log.debug("photo %d failed", number, exc_info=error)
                with self._lock:
                    self._unusable.add(number)
                    self._wanted = self._worn if self._wanted == number else self._wanted
                continue
            self._keep(number, avatar)

    def _next_task(self) -> int | None:
        """What to prepare: the avatar that is wanted, else the one that will probably be wanted next."""
        with self._lock:
            if not self._closed:
                if self._wanted != self._worn:
                    return self._wanted
                following = self._neighbour(self._worn, 1)
                if following not in self._ready:
                    return following
            self._busy = False
            return None

    def _keep(self, number: int, avatar: Avatar) -> None:
        with self._lock:
            self._ready.pop(number, None)
            self._ready[number] = avatar
            if self._wanted == number != self._worn:
                self._show(avatar)
                self._worn = number
                self._tell(self.label)
            while len(self._ready) > MOST_KEPT:
                del self._ready[next(old for old in self._ready if old != self._worn)]

    def _surprise(self, number: int, error: Exception) -> str:
        return f"{self._names[number]} can't be used ({type(error).__name__}: {error}): use another photo"
