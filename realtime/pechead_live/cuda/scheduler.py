"""Which frame the device works on when: three streams side by side, few frames in flight, the newest wins."""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pechead_live.cuda.device import Device, Event, Stream

FRAMES_IN_FLIGHT = 3
"""One for each stream; more would only wait, and age."""

Item = TypeVar("Item")
ItemTaken = TypeVar("ItemTaken", contravariant=True)
Slot = TypeVar("Slot")
Result = TypeVar("Result")
ResultMade = TypeVar("ResultMade", covariant=True)


class FrameWork(Protocol[ItemTaken, Slot, ResultMade]):
    """What is to be done for one frame. A slot is the memory that one frame in flight has to itself."""

    def allocate(self) -> Slot:
        """A slot; all are made before the first frame."""
        ...

    def fill(self, slot: Slot, item: ItemTaken) -> None:
        """Write a frame's inputs into the slot's page-locked memory, at once."""
        ...

    def upload(self, slot: Slot, stream: Stream) -> None:
        """Ask for the copies to the device and what prepares the inputs there."""
        ...

    def infer(self, slot: Slot, stream: Stream) -> None:
        """Ask for the networks' run."""
        ...

    def compose(self, slot: Slot, stream: Stream) -> None:
        """Ask for the drawing of the picture and its copy to page-locked memory."""
        ...

    def take(self, slot: Slot, item: ItemTaken) -> ResultMade:
        """What was made of the item, in memory of its own."""
        ...


@dataclass(frozen=True, eq=False)
class _Place(Generic[Slot]):
    """A slot of the ring with its marks in the streams."""

    slot: Slot
    uploaded: Event
    inferred: Event
    finished: Event


class FrameScheduler(Generic[Item, Slot, Result]):
    """Keeps up to three frames in flight; for one thread.

    While all slots are taken, one item waits, and a newer one takes its place; a finished frame that nobody
    fetched gives way too. So no call but ``wait`` and ``close`` waits for the device, and nothing grows old.

    A frame whose work fails is lost, its slot is not: the error is raised by the call that meets it, the
    frames before and after it go on.

    Args:
        device: gives the streams and events.
        work: what is to be done for a frame.
        frames_in_flight: at most so many.

    Attributes:
        dropped: how many items gave way to newer ones.
    """

    def __init__(
        self,
        device: Device,
        work: FrameWork[Item, Slot, Result],
        frames_in_flight: int = FRAMES_IN_FLIGHT,
    ) -> None:
        self._work = work
        self._uploading, self._inferring, self._composing = (device.stream() for _ in range(3))
        self._free = deque(
            _Place(work.allocate(), device.event(), device.event(), device.event())
            for _ in range(frames_in_flight)
        )
        self._in_flight: deque[tuple[_Place[Slot], Item]] = deque()
        self._waiting: deque[Item] = deque(maxlen=1)
        self._closed = False
        self.dropped = 0

    def submit(self, item: Item) -> None:
        """Have a frame made of an item as soon as a slot is free; never waits for the device."""
        self._check_open()
        self.dropped += len(self._waiting)
        self._waiting.append(item)
        if not self._free and self._oldest_is_finished():
            self._let_go_of_oldest()
            self.dropped += 1
        self._start()

    def poll(self) -> Result | None:
        """The oldest finished frame that has not been fetched; None if there is none yet."""
        self._check_open()
        self._start()
        if not self._in_flight or not self._oldest_is_finished():
            return None
        return self._fetch()

    def wait(self) -> Result | None:
        """As ``poll``, but waits for the oldest frame in flight; None if there is none."""
        self._check_open()
        self._start()
        if not self._in_flight:
            return None
        try:
            self._in_flight[0][0].finished.synchronize()
        except BaseException:
            self._let_go_of_oldest()
            raise
        return self._fetch()

    def close(self) -> None:
        """Wait for the frames in flight and let go of them and of all memory. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self._settle()
        finally:
            self._waiting.clear()
            self._in_flight.clear()
            self._free.clear()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the scheduler is closed")

    def _start(self) -> None:
        """Begin with the waiting item if a slot is free."""
        if not (self._waiting and self._free):
            return
        place, item = self._free.popleft(), self._waiting.popleft()
        try:
            self._enqueue(place, item)
        except BaseException:
            # What was asked for before the failure may still use the slot's memory.
            with suppress(Exception):
                self._settle()
            self._free.append(place)
            raise
        self._in_flight.append((place, item))

    def _enqueue(self, place: _Place[Slot], item: Item) -> None:
        self._work.fill(place.slot, item)
        self._work.upload(place.slot, self._uploading)
        self._uploading.record(place.uploaded)
        self._inferring.wait(place.uploaded)
        self._work.infer(place.slot, self._inferring)
        self._inferring.record(place.inferred)
        self._composing.wait(place.inferred)
        self._work.compose(place.slot, self._composing)
        self._composing.record(place.finished)

    def _oldest_is_finished(self) -> bool:
        try:
            return self._in_flight[0][0].finished.done
        except BaseException:
            self._let_go_of_oldest()
            raise

    def _let_go_of_oldest(self) -> None:
        self._free.append(self._in_flight.popleft()[0])

    def _fetch(self) -> Result:
        place, item = self._in_flight[0]
        try:
            return self._work.take(place.slot, item)
        finally:
            self._let_go_of_oldest()

    def _settle(self) -> None:
        for stream in (self._uploading, self._inferring, self._composing):
            stream.synchronize()
