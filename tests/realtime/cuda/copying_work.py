"""Frames that are numbers, carried through the device by nothing but copies."""

from dataclasses import dataclass

import numpy as np

from pechead_live.cuda.device import Device, DeviceBuffer, HostBuffer, Stream

UPLOAD, INFER, COMPOSE = 1, 3, 2
"""How many copies each stage takes."""


class RefusalError(Exception):
    """What the work itself fails with."""


@dataclass(frozen=True, eq=False)
class CopyingSlot:
    waiting: HostBuffer
    arrived: DeviceBuffer
    between: HostBuffer
    drawn: DeviceBuffer
    result: HostBuffer


class CopyingWork:
    """Refuses the numbers in ``refuses``, at the stage that stands with them."""

    def __init__(self, device: Device, refuses: dict[int, str] | None = None) -> None:
        self._device = device
        self._refuses = refuses or {}
        self._number = -1

    def allocate(self) -> CopyingSlot:
        def of_host() -> HostBuffer:
            return self._device.host_buffer((4,), np.int32)

        def of_device() -> DeviceBuffer:
            return self._device.device_buffer((4,), np.int32)

        return CopyingSlot(of_host(), of_device(), of_host(), of_device(), of_host())

    def fill(self, slot: CopyingSlot, item: int) -> None:
        self._number = item
        self._perhaps_refuse("fill")
        slot.waiting.array[...] = item

    def upload(self, slot: CopyingSlot, stream: Stream) -> None:
        stream.upload(slot.waiting, slot.arrived)
        self._perhaps_refuse("upload")

    def infer(self, slot: CopyingSlot, stream: Stream) -> None:
        for _ in range(INFER):
            stream.download(slot.arrived, slot.between)
        self._perhaps_refuse("infer")

    def compose(self, slot: CopyingSlot, stream: Stream) -> None:
        stream.upload(slot.between, slot.drawn)
        self._perhaps_refuse("compose")
        stream.download(slot.drawn, slot.result)

    def take(self, slot: CopyingSlot, item: int) -> tuple[int, int]:
        return item, int(slot.result.array[0])

    def _perhaps_refuse(self, stage: str) -> None:
        if self._refuses.get(self._number) == stage:
            raise RefusalError(f"{self._number} at {stage}")
