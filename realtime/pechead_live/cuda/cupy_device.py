"""The device on a real GPU: CuPy's streams, events, memory and compiler."""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pechead_engines.errors import EngineError
from pechead_engines.tensorrt.device import graphics_card
from pechead_live.cuda.device import DeviceBuffer, Event, HostBuffer, KernelArgument
from pechead_live.cuda.kernel_source import OPTIONS, kernel_source

BLOCK = (32, 8)
"""Threads of a block across and down: a warp along a row reads and writes neighbours."""

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class PinnedBuffer:
    """Page-locked memory of the host."""

    array: Array


@dataclass(frozen=True, eq=False)
class CupyBuffer:
    """Memory of the GPU."""

    memory: Any

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.memory.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        dtype: np.dtype[Any] = self.memory.dtype
        return dtype

    @property
    def address(self) -> int:
        """As the driver and TensorRT know it."""
        return int(self.memory.data.ptr)


@dataclass(frozen=True, eq=False)
class CupyEvent:
    """``handle`` is CuPy's."""

    handle: Any

    @property
    def done(self) -> bool:
        return bool(self.handle.done)

    def synchronize(self) -> None:
        self.handle.synchronize()


@dataclass(frozen=True, eq=False)
class CupyStream:
    """``handle`` is CuPy's; ``kernels`` gives the compiled ones by name."""

    handle: Any
    kernels: Callable[[str], Any]

    def record(self, event: Event) -> None:
        self.handle.record(_cupys(event, CupyEvent).handle)

    def wait(self, event: Event) -> None:
        self.handle.wait_event(_cupys(event, CupyEvent).handle)

    def upload(self, source: HostBuffer, target: DeviceBuffer) -> None:
        memory, array = _cupys(target, CupyBuffer).memory, source.array
        memory.data.copy_from_host_async(array.ctypes.data, array.nbytes, self.handle)

    def download(self, source: DeviceBuffer, target: HostBuffer) -> None:
        memory, array = _cupys(source, CupyBuffer).memory, target.array
        memory.data.copy_to_host_async(array.ctypes.data, array.nbytes, self.handle)

    def copy(self, source: DeviceBuffer, target: DeviceBuffer) -> None:
        to, memory = _cupys(target, CupyBuffer).memory, _cupys(source, CupyBuffer).memory
        to.data.copy_from_device_async(memory.data, memory.nbytes, self.handle)

    def launch(self, kernel: str, threads: tuple[int, int], arguments: Sequence[KernelArgument]) -> None:
        grid = tuple(math.ceil(needed / size) for needed, size in zip(threads, BLOCK, strict=True))
        values = tuple(
            argument.memory if isinstance(argument, CupyBuffer) else argument for argument in arguments
        )
        with self.current():
            self.kernels(kernel)(grid, BLOCK, values)

    def synchronize(self) -> None:
        self.handle.synchronize()

    def current(self) -> AbstractContextManager[Any]:
        """The stream of whatever CuPy is asked for inside of the context."""
        stream: AbstractContextManager[Any] = self.handle
        return stream


class CupyDevice:
    """The first CUDA device; ``CUDA_VISIBLE_DEVICES`` says which one that is.

    The kernels are compiled for it on the first start, and kept by CuPy for the next ones.

    Raises:
        EngineError: there is none, or it can't be used.
    """

    def __init__(self) -> None:
        self.name = graphics_card().name
        import cupy

        self._cupy = cupy
        self.failures: tuple[type[Exception], ...] = (
            cupy.cuda.runtime.CUDARuntimeError,
            cupy.cuda.driver.CUDADriverError,
            cupy.cuda.memory.OutOfMemoryError,
            cupy.cuda.compiler.CompileException,
        )
        module = cupy.RawModule(code=kernel_source(), options=OPTIONS)
        self._kernels = cache(module.get_function)
        try:
            module.compile()
        except self.failures as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise EngineError(
                f"{self.name} can't be used ({reason})",
                "install the CUDA version that CuPy was made for, or choose --engine onnx",
            ) from error

    def stream(self) -> CupyStream:
        return CupyStream(self._cupy.cuda.Stream(non_blocking=True), self._kernels)

    def event(self) -> CupyEvent:
        # A host that waits sleeps meanwhile; its core is somebody else's.
        return CupyEvent(self._cupy.cuda.Event(block=True, disable_timing=True))

    def host_buffer(self, shape: tuple[int, ...], dtype: DTypeLike) -> PinnedBuffer:
        count = math.prod(shape)
        memory = self._cupy.cuda.alloc_pinned_memory(count * np.dtype(dtype).itemsize)
        return PinnedBuffer(np.frombuffer(memory, dtype, count).reshape(shape))

    def device_buffer(self, shape: tuple[int, ...], dtype: DTypeLike) -> CupyBuffer:
        return CupyBuffer(self._cupy.empty(shape, dtype))


def _cupys(thing: object, kind: type[Any]) -> Any:
    """What the interfaces leave open: a device's parts only work with each other."""
    if not isinstance(thing, kind):
        raise TypeError(f"expected a {kind.__name__}, got {type(thing).__name__}")
    return thing
