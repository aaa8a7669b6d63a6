"""The work on one frame of the avatar: from the driving face to the picture, on the device."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pechead_live.cuda.compositor import ComposedFrame, DeviceCompositor
from pechead_live.cuda.device import Device, DeviceBuffer, HostBuffer, Stream
from pechead_live.cuda.engine import BoundEngine, DeviceEngine
from pechead_live.cuda.eye_patches import BOXES, PATCHES, fill_eyes
from pechead_live.cuda.operations import EyeBuffers, draw_photo, put_before
from pechead_live.frames import DrivingFace, RenderedFrame
from pechead_live.renderers.network_inputs import SourceGeometry

CONTEXT, NEXT = "context_", "next_"
"""What a recurrent graph takes from the frame before, and gives to the one after."""


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
        plate: its background, of the same shape; None if the networks draw one layer.
        tensors: the inputs of the driving graph that depend on the photo alone, and what a recurrent one
            takes before the first frame.
    """

    geometry: SourceGeometry
    photo: DeviceBuffer
    plate: DeviceBuffer | None
    tensors: Mapping[str, DeviceBuffer]


@dataclass(frozen=True, eq=False)
class AvatarSlot:
    """The memory of one frame in flight.

    Attributes:
        inputs: of the frame alone, by name: where the host writes them and where the graph reads them.
        eyes: boxes and patches of the eyes, likewise on both sides.
        engine: bound to this slot's memory.
        parts: what the graph computes, by name.
        drawn: (height, width, 3) uint8 RGB, the animated crop.
        composed: None where the crop itself is the result.
        picture: where the result is copied to.
    """

    inputs: Mapping[str, tuple[HostBuffer, DeviceBuffer]]
    eyes: tuple[tuple[HostBuffer, DeviceBuffer], tuple[HostBuffer, DeviceBuffer]]
    engine: BoundEngine
    parts: Mapping[str, DeviceBuffer]
    drawn: DeviceBuffer
    composed: ComposedFrame | None
    picture: HostBuffer


class AvatarWork:
    """See ``scheduler.FrameWork``.

    Args:
        device: keeps the memory.
        engine: of the driving graph: it gives ``frame``, or ``photo_flow``, ``alpha`` and ``painted``, and
            ``person`` where the source has a plate.
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
        self._side = source.photo.shape[0]
        self._shape = source.photo.shape if compositor is None else compositor.shape
        # Frames pass through the networks one after the other, so one context serves all slots.
        self._next = {
            tensor.name: device.device_buffer(tensor.shape, tensor.dtype)
            for tensor in engine.outputs(self._side)
            if tensor.name.startswith(NEXT)
        }

    def allocate(self) -> AvatarSlot:
        """See ``FrameWork.allocate``."""
        device = self._device
        inputs = {
            tensor.name: self._on_both_sides(tensor.shape, tensor.dtype)
            for tensor in self._engine.inputs(self._side)
            if tensor.name not in self._source.tensors
        }
        parts = {
            tensor.name: device.device_buffer(tensor.shape, tensor.dtype)
            for tensor in self._engine.outputs(self._side)
            if tensor.name not in self._next
        }
        of_the_frame = {name: buffer for name, (_, buffer) in inputs.items()}
        drawn = parts.get("frame") or device.device_buffer(self._source.photo.shape, np.uint8)
        composed = None if self._compositor is None else self._compositor.allocate()
        result = drawn if composed is None else composed.packed
        return AvatarSlot(
            inputs=inputs,
            eyes=(self._on_both_sides(BOXES, np.float32), self._on_both_sides(PATCHES, np.float32)),
            engine=self._engine.bind({**self._source.tensors, **of_the_frame, **parts, **self._next}),
            parts=parts,
            drawn=drawn,
            composed=composed,
            picture=device.host_buffer(result.shape, np.uint8),
        )

    def _on_both_sides(
        self, shape: tuple[int, ...], dtype: np.dtype[Any] | type[np.generic]
    ) -> tuple[HostBuffer, DeviceBuffer]:
        return self._device.host_buffer(shape, dtype), self._device.device_buffer(shape, dtype)

    def fill(self, slot: AvatarSlot, item: DrivingMoment) -> None:
        """See ``FrameWork.fill``."""
        tensors = self._source.geometry.driven_by(item.face)
        for name, (waiting, _) in slot.inputs.items():
            waiting.array[...] = tensors[name]
        (boxes, _), (patches, _) = slot.eyes
        fill_eyes(self._source.geometry.eyes(item.face), boxes.array, patches.array)

    def upload(self, slot: AvatarSlot, stream: Stream) -> None:
        """See ``FrameWork.upload``."""
        for waiting, buffer in (*slot.inputs.values(), *slot.eyes):
            stream.upload(waiting, buffer)

    def infer(self, slot: AvatarSlot, stream: Stream) -> None:
        """See ``FrameWork.infer``."""
        slot.engine.enqueue(stream)
        for name, buffer in self._next.items():
            stream.copy(buffer, self._source.tensors[CONTEXT + name.removeprefix(NEXT)])

    def compose(self, slot: AvatarSlot, stream: Stream) -> None:
        """See ``FrameWork.compose``."""
        parts = slot.parts
        if "frame" not in parts:
            (_, boxes), (_, patches) = slot.eyes
            draw_photo(
                stream,
                self._source.photo,
                parts["photo_flow"],
                EyeBuffers(boxes, patches),
                parts["alpha"],
                parts["painted"],
                slot.drawn,
            )
            if self._source.plate is not None:
                put_before(stream, self._source.plate, parts["person"], slot.drawn)
        result = slot.drawn
        if self._compositor is not None and slot.composed is not None:
            self._compositor.enqueue(stream, slot.drawn, slot.composed)
            result = slot.composed.packed
        stream.download(result, slot.picture)

    def take(self, slot: AvatarSlot, item: DrivingMoment) -> RenderedFrame:
        """See ``FrameWork.take``."""
        return RenderedFrame(item.sequence, item.captured_at, slot.picture.array.reshape(self._shape).copy())
