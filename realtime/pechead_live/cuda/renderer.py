"""PECHead on the device, frame by frame or with several frames in flight."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from pechead.face.head import HeadGeometry
from pechead.face.model import FaceModel
from pechead_engines.engine import Engine
from pechead_engines.errors import EngineError
from pechead_live.cuda.avatar_work import CONTEXT, AvatarSlot, AvatarWork, DeviceSource, DrivingMoment
from pechead_live.cuda.compositor import DeviceCompositor
from pechead_live.cuda.device import Device, DeviceBuffer, Stream, fetched, placed
from pechead_live.cuda.engine import DeviceEngine
from pechead_live.cuda.operations import BT601, Normalisation, resize, to_planes
from pechead_live.cuda.scheduler import FrameScheduler
from pechead_live.frames import DrivingFace, Image, RenderedFrame
from pechead_live.renderers.layers import background_plate
from pechead_live.renderers.network_inputs import SourceGeometry, Tensors
from pechead_live.source.portrait import SourcePortrait

MakeCompositor = Callable[[Device, Stream, SourcePortrait], DeviceCompositor]
Scheduler = FrameScheduler[DrivingMoment, AvatarSlot, RenderedFrame]


class CudaRenderer:
    """Draws as ``PecheadRenderer`` does, to within a grey level nearly everywhere; for one thread.

    ``render`` waits for its frame and makes this a ``Renderer``. ``submit`` and ``poll`` don't wait: then
    upload, networks and drawing of three frames go on side by side.

    Args:
        model: the face model that the landmarks belong to.
        source_engine: of the source graph; runs once a photo, on any machine.
        driving_engine: of the driving graph, of whole frames or of their parts.
        device: does the work.
        compositor: makes whole output frames of a portrait; None: frames are the animated crop.
    """

    name = "pechead"

    def __init__(
        self,
        model: FaceModel,
        source_engine: Engine,
        driving_engine: DeviceEngine,
        device: Device,
        compositor: MakeCompositor | None = None,
    ) -> None:
        self._geometry = HeadGeometry.from_model(model)
        self._source_engine = source_engine
        self._driving_engine = driving_engine
        self._device = device
        self._compositor = compositor
        self._scheduler: Scheduler | None = None
        with self._failures_named():
            self._preparing = device.stream()

    def set_source(self, portrait: SourcePortrait) -> None:
        """Compute what depends on the photo alone; its crop has to be a square.

        Raises:
            EngineError: the device failed, or has too little memory.
        """
        with self._failures_named():
            source = self._prepared(portrait)
            compositor = self._compositor and self._compositor(self._device, self._preparing, portrait)
            work = AvatarWork(self._device, self._driving_engine, source, compositor)
            scheduler: Scheduler = FrameScheduler(self._device, work)
            if self._scheduler is not None:
                self._scheduler.close()
            self._scheduler = scheduler

    def render(self, driving: DrivingFace) -> Image:
        """Draw one frame; see ``Renderer.render``. Frames still in flight are passed over.

        Raises:
            EngineError: the device failed.
        """
        self.submit(driving, sequence=0, captured_at=0.0)
        newest: RenderedFrame | None = None
        with self._failures_named():
            while (finished := self._running.wait()) is not None:
                newest = finished
        assert newest is not None
        return newest.image

    def submit(self, driving: DrivingFace, sequence: int, captured_at: float) -> None:
        """Have a frame drawn; see ``FrameScheduler.submit``.

        Raises:
            EngineError: the device failed, at this frame or one before it.
        """
        with self._failures_named():
            self._running.submit(DrivingMoment(sequence, captured_at, driving))

    def poll(self) -> RenderedFrame | None:
        """The oldest finished frame that has not been fetched; None if there is none yet.

        Raises:
            EngineError: the device failed at this frame.
        """
        with self._failures_named():
            return self._running.poll()

    @property
    def dropped(self) -> int:
        """How many frames of the present photo gave way to newer ones."""
        return self._running.dropped

    def close(self) -> None:
        """Wait for the frames in flight and free the device's memory. Safe to call twice."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            with self._failures_named():
                scheduler.close()

    @property
    def _running(self) -> Scheduler:
        assert self._scheduler is not None, "set_source comes first"
        return self._scheduler

    def _prepared(self, portrait: SourcePortrait) -> DeviceSource:
        geometry = SourceGeometry.of(portrait, self._geometry)
        wanted = {tensor.name: tensor for tensor in self._driving_engine.inputs(portrait.image.shape[0])}
        photo = placed(self._device, self._preparing, np.ascontiguousarray(portrait.image))
        planes = self._device.device_buffer((1, 3, *portrait.image.shape[:2]), np.float32)
        to_planes(self._preparing, photo, "RGB", planes, BT601)
        image = self._resized(planes, wanted["image"].shape)
        tensors: Tensors = {
            "image": fetched(self._device, self._preparing, image),
            **geometry.tensors,
        }
        computed = self._source_engine.run(tensors)
        tensors.update(zip(self._source_engine.output_names, computed, strict=True))
        at_rest = {**tensors, "landmarks": tensors["learned_landmarks"]}
        first = {name: at_rest[name.removeprefix(CONTEXT)] for name in wanted if name.startswith(CONTEXT)}
        tensors.update(first)
        kept = {
            name: placed(self._device, self._preparing, tensors[name].astype(tensor.dtype, copy=False))
            for name, tensor in wanted.items()
            if name in tensors
        }
        behind = None if "photo" in wanted else background_plate(portrait.image, tensors)
        return DeviceSource(
            geometry=geometry,
            photo=photo,
            plate=None if behind is None else placed(self._device, self._preparing, behind),
            tensors={**kept, "photo": planes} if "photo" in wanted else kept,
        )

    def _resized(self, planes: DeviceBuffer, shape: tuple[int, ...]) -> DeviceBuffer:
        """(1, 3, rows, columns) float32 in [0, 1]: the crop as the networks see it."""
        small = self._device.device_buffer(shape, np.float32)
        as_it_is = Normalisation(
            placed(self._device, self._preparing, np.zeros(3, np.float32)),
            placed(self._device, self._preparing, np.ones(3, np.float32)),
        )
        resize(self._preparing, planes, small, as_it_is)
        return small

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except self._device.failures as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise EngineError(
                f"{self._device.name} failed ({reason})",
                "close other programs that use it, or choose --engine onnx",
            ) from error
