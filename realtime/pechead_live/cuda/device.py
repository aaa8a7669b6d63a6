"""What the pipeline needs of a device: memory, streams of work, and events to wait for between them.

``cupy_device`` has it on a GPU; the tests have it on the processor, with a clock that they turn by hand.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]


class HostBuffer(Protocol):
    """Page-locked memory of the host, which the device copies from and to without the processor."""

    @property
    def array(self) -> Array:
        """The memory itself; only to be touched while no stream works with it."""
        ...


class DeviceBuffer(Protocol):
    """Memory of the device, C-contiguous."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...


KernelArgument: TypeAlias = DeviceBuffer | np.int32 | np.float32


class Event(Protocol):
    """A mark in a stream, used again and again."""

    @property
    def done(self) -> bool:
        """Whether the stream has come past the place where this was recorded last.

        Raises:
            Exception: one of ``Device.failures``, if the work before it failed.
        """
        ...

    def synchronize(self) -> None:
        """Wait until it is done; raises as ``done`` does."""
        ...


class Stream(Protocol):
    """Work that is done in order, after the call that asked for it has returned."""

    def record(self, event: Event) -> None:
        """Mark the end of the work that has been asked for."""
        ...

    def wait(self, event: Event) -> None:
        """Do nothing more before the event is done."""
        ...

    def upload(self, source: HostBuffer, target: DeviceBuffer) -> None:
        """Copy to the device; same shape and type."""
        ...

    def download(self, source: DeviceBuffer, target: HostBuffer) -> None:
        """Copy from the device; same shape and type."""
        ...

    def copy(self, source: DeviceBuffer, target: DeviceBuffer) -> None:
        """Copy on the device; same shape and type."""
        ...

    def launch(self, kernel: str, threads: tuple[int, int], arguments: Sequence[KernelArgument]) -> None:
        """Run a kernel of ``kernels/``.

        Args:
            kernel: its name.
            threads: how many are needed across and down.
            arguments: in the kernel's order and types.
        """
        ...

    def synchronize(self) -> None:
        """Wait for all the work that has been asked for; raises as ``Event.done`` does."""
        ...


class Device(Protocol):
    """Where the work is done.

    Attributes:
        name: for people: ``NVIDIA GeForce RTX 4070``.
        failures: what is raised where the device, its driver or its libraries fail.
    """

    name: str
    failures: tuple[type[Exception], ...]

    def stream(self) -> Stream: ...

    def event(self) -> Event: ...

    def host_buffer(self, shape: tuple[int, ...], dtype: DTypeLike) -> HostBuffer: ...

    def device_buffer(self, shape: tuple[int, ...], dtype: DTypeLike) -> DeviceBuffer: ...


def placed(device: Device, stream: Stream, array: Array) -> DeviceBuffer:
    """A new buffer with an array's content, there when this returns."""
    waiting = device.host_buffer(array.shape, array.dtype)
    waiting.array[...] = array
    buffer = device.device_buffer(array.shape, array.dtype)
    stream.upload(waiting, buffer)
    stream.synchronize()
    return buffer


def fetched(device: Device, stream: Stream, buffer: DeviceBuffer) -> Array:
    """A buffer's content after all the work that the stream was asked for."""
    target = device.host_buffer(buffer.shape, buffer.dtype)
    stream.download(buffer, target)
    stream.synchronize()
    return target.array.copy()
