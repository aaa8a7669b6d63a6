"""The work on one frame of the avatar: from the driving face to the picture, on the device."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pechead_live.cuda.compositor import ComposedFrame, DeviceCompositor
from pechead_live.cuda.device import Device, DeviceBuffer, HostBuffer, Stream
from pechead_live.cuda.engine import BoundEngine, DeviceEngine
from pechead_live.cuda.operations import draw_photo
from pechead_live.frames import DrivingFace, RenderedFrame
from pechead_live.renderers.network_inputs import SourceGeometry


@dataclass(frozen=True)
class DrivingMoment:
    """What one frame is made of; sequence and time of capture travel with it."""

    sequence: int
    captured_at: float
    face: DrivingFace


@dataclass(frozen=True)
class DeviceSource:
    """What the device keeps of the photo.

    Attributes:
        geometry: says how a driving face moves the photo.
        photo: (height, width, 3) uint8 RGB, the crop at its own size.
        tensors: the inputs of the driving graph that depend on the photo alone.
    """

    geometry: SourceGeometry
    photo: DeviceBuffer
    tensors: Mapping[str, DeviceBuffer]


@dataclass(frozen=True, eq=False)
class AvatarSlot:
    """The memory of one frame in flight.

    Attributes:
        inputs: of the frame alone, by name: where the host writes them and where the graph reads them.
        engine: bound to this slot's memory.
        parts: what the graph computes, by name.
        drawn: (height, width, 3) uint8 RGB, the animated crop.
        composed: None where the crop itself is the result.
        picture: where the result is copied to.
    """

    inputs: Mapping[str, tuple[HostBuffer, DeviceBuffer]]
    engine: BoundEngine
    parts: Mapping[str, DeviceBuffer]
    drawn: DeviceBuffer
    composed: ComposedFrame | None
    picture: HostBuffer


class AvatarWork:
    """See ``scheduler.FrameWork``.

    Args:
        device: keeps the memory.
        engine: of the driving graph that gives ``photo_flow``, ``alpha`` and ``painted``.
        source: of the photo.
        compositor: makes whole output frames; None: the result is the animated crop.
    """

    def __init__(
        self,
        device: Device,
        engine: DeviceEngine,
        source: DeviceSource,
        compositor: DeviceCompositor | None = None,
    ) -> None:
        self._device = device
        self._engine = engine
        self._source = source
        self._compositor = compositor

    def allocate(self) -> AvatarSlot:
        inputs = {
            tensor.name: (
                self._device.host_buffer(tensor.shape, tensor.dtype),
                self._device.device_buffer(tensor.shape, tensor.dtype),
            )
            for tensor in self._engine.inputs
            if tensor.name not in self._source.tensors
        }
        parts = {
            tensor.name: self._device.device_buffer(tensor.shape, tensor.dtype)
            for tensor in self._engine.outputs
        }
        of_the_frame = {name: buffer for name, (_, buffer) in inputs.items()}
        composed = None if self._compositor is None else self._compositor.allocate()
        drawn = self._device.device_buffer(self._source.photo.shape, np.uint8)
        result = drawn if composed is None else composed.packed
        return AvatarSlot(
            inputs=inputs,
            engine=self._engine.bind({**self._source.tensors, **of_the_frame, **parts}),
            parts=parts,
            drawn=drawn,
            composed=composed,
            picture=self._device.host_buffer(result.shape, np.uint8),
        )

    def fill(self, slot: AvatarSlot, item: DrivingMoment) -> None:
        tensors = self._source.geometry.driven_by(item.face)
        for name, (waiting, _) in slot.inputs.items():
            waiting.array[...] = tensors[name]

    def upload(self, slot: AvatarSlot, stream: Stream) -> None:
        for waiting, buffer in slot.inputs.values():
            stream.upload(waiting, buffer)

    def infer(self, slot: AvatarSlot, stream: Stream) -> None:
        slot.engine.enqueue(stream)

    def compose(self, slot: AvatarSlot, stream: Stream) -> None:
        parts = slot.parts
        draw_photo(
            stream, self._source.photo, parts["photo_flow"], parts["alpha"], parts["painted"], slot.drawn
        )
        result = slot.drawn
        if self._compositor is not None and slot.composed is not None:
            self._compositor.enqueue(stream, slot.drawn, slot.composed)
            result = slot.composed.packed
        stream.download(result, slot.picture)

    def take(self, slot: AvatarSlot, item: DrivingMoment) -> RenderedFrame:
        return RenderedFrame(item.sequence, item.captured_at, slot.picture.array.copy())
