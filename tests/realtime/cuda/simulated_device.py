"""A device whose time stands still until somebody waits, and that notices every race.

Work takes simulated time: each stream does one thing after the other, streams go on side by side. Data are
computed at once, in the order in which they were asked for. Whether that order is certain on a real device is
checked by what happens before what: touching memory raises ``RaceError`` unless a stream's order, an event
or a wait of the host puts it behind whatever touched that memory last.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from tests.realtime.cuda.host_kernels import HostKernels

from pechead_live.clock import ManualClock
from pechead_live.cuda.device import DeviceBuffer, Event, HostBuffer, KernelArgument

BLOCK = (32, 8)
COPY_TIME = 1.0
KERNEL_TIME = 1.0

Array = NDArray[Any]
Past = Counter[str]
"""How many pieces of each stream's work have surely been done."""


class RaceError(AssertionError):
    """Memory is touched while something else may still be working with it."""


class SimulatedError(Exception):
    """What the device failed with."""


@dataclass
class Work:
    """A span of simulated time in a stream."""

    name: str
    starts_at: float
    ends_at: float


@dataclass
class SimulatedBuffer:
    """Memory of the host or the device."""

    memory: Array
    device: "SimulatedDevice"
    touched_by: tuple[str, int] = ("nobody", 0)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.memory.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.memory.dtype

    @property
    def array(self) -> Array:
        self.check(self.device.seen_by_host)
        return self.memory

    def check(self, past: Past) -> None:
        stream, number = self.touched_by
        if past[stream] < number:
            raise RaceError(f"{stream} may still be working with this memory of shape {self.shape}")


class SimulatedEvent:
    def __init__(self, device: "SimulatedDevice") -> None:
        self._device = device
        self.at = 0.0
        self.past: Past = Counter()
        self.failure: Exception | None = None

    @property
    def done(self) -> bool:
        if self._device.clock.now() < self.at:
            return False
        self._device.seen_by_host |= self.past
        if self.failure is not None:
            raise self.failure
        return True

    def synchronize(self) -> None:
        self._device.clock.sleep(self.at - self._device.clock.now())
        assert self.done


class SimulatedStream:
    """Set ``fails_with`` to have the next piece of work fail."""

    def __init__(self, device: "SimulatedDevice", name: str) -> None:
        self._device = device
        self.name = name
        self.free_at = 0.0
        self.past: Past = Counter()
        self.failure: Exception | None = None
        self.fails_with: Exception | None = None
        self.works: list[Work] = []

    def record(self, event: Event) -> None:
        assert isinstance(event, SimulatedEvent)
        event.at, event.past, event.failure = self.free_at, self.past.copy(), self.failure
        self.failure = None

    def wait(self, event: Event) -> None:
        assert isinstance(event, SimulatedEvent)
        self.free_at = max(self.free_at, event.at)
        self.past |= event.past
        self.failure = self.failure or event.failure

    def upload(self, source: HostBuffer, target: DeviceBuffer) -> None:
        self._copy("upload", source, target)

    def download(self, source: DeviceBuffer, target: HostBuffer) -> None:
        self._copy("download", source, target)

    def copy(self, source: DeviceBuffer, target: DeviceBuffer) -> None:
        self._copy("copy", source, target)

    def launch(self, kernel: str, threads: tuple[int, int], arguments: Sequence[KernelArgument]) -> None:
        kernels = self._device.kernels
        assert kernels is not None, "this device was made without kernels"
        grid = (-(-threads[0] // BLOCK[0]), -(-threads[1] // BLOCK[1]))
        buffers: list[SimulatedBuffer] = []
        values: list[Array | np.int32 | np.float32] = []
        for argument in arguments:
            if isinstance(argument, np.int32 | np.float32):
                values.append(argument)
            else:
                assert isinstance(argument, SimulatedBuffer)
                buffers.append(argument)
                values.append(argument.memory)
        self.do(kernel, KERNEL_TIME, buffers, lambda: kernels.launch(kernel, grid, BLOCK, values))

    def synchronize(self) -> None:
        event = SimulatedEvent(self._device)
        self.record(event)
        event.synchronize()

    def do(
        self, name: str, seconds: float, buffers: Sequence[SimulatedBuffer], act: Callable[[], None]
    ) -> None:
        """Any work that takes some time and touches some memory."""
        self.past |= self._device.seen_by_host
        for buffer in buffers:
            buffer.check(self.past)
        self.past[self.name] += 1
        for buffer in buffers:
            buffer.touched_by = (self.name, self.past[self.name])
        starts_at = max(self.free_at, self._device.clock.now())
        self.free_at = starts_at + seconds
        self.works.append(Work(name, starts_at, self.free_at))
        if self.fails_with is not None:
            self.failure, self.fails_with = self.fails_with, None
        elif self.failure is None:
            act()

    def _copy(self, name: str, source: object, target: object) -> None:
        assert isinstance(source, SimulatedBuffer)
        assert isinstance(target, SimulatedBuffer)
        assert source.shape == target.shape
        assert source.dtype == target.dtype
        self.do(name, COPY_TIME, [source, target], lambda: np.copyto(target.memory, source.memory))


@dataclass
class SimulatedDevice:
    """Its streams are called stream 0, stream 1 and so on, in the order in which they were made."""

    clock: ManualClock = field(default_factory=ManualClock)
    kernels: HostKernels | None = None
    name: str = "simulated device"
    failures: tuple[type[Exception], ...] = (SimulatedError,)
    streams: list[SimulatedStream] = field(default_factory=list)
    allocations: int = 0
    seen_by_host: Past = field(default_factory=Counter)

    def stream(self) -> SimulatedStream:
        self.streams.append(SimulatedStream(self, f"stream {len(self.streams)}"))
        return self.streams[-1]

    def event(self) -> SimulatedEvent:
        return SimulatedEvent(self)

    def host_buffer(self, shape: tuple[int, ...], dtype: DTypeLike) -> SimulatedBuffer:
        self.allocations += 1
        return SimulatedBuffer(np.full(shape, 77, dtype), self)

    def device_buffer(self, shape: tuple[int, ...], dtype: DTypeLike) -> SimulatedBuffer:
        return self.host_buffer(shape, dtype)
