"""PECHead: networks say how the photo moves and what to paint; the photo keeps its own resolution."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.face.head import HeadGeometry
from pechead.face.model import FaceModel
from pechead_engines.choose import open_model
from pechead_engines.manifest import read_manifest
from pechead_engines.names import EngineName, ProcessorPrecision
from pechead_live.frames import DrivingFace, Image
from pechead_live.renderers.layers import background_plate, composed
from pechead_live.renderers.network_inputs import SourceGeometry, Tensors
from pechead_live.source.portrait import SourcePortrait

BEFORE, AFTER = "context_", "next_"
"""Prefixes of what recurrent graphs take from the frame before and give to the next one."""


@dataclass(frozen=True)
class _Source:
    """What is kept of the photo beside what the engine keeps."""

    image: Image
    plate: Image | None
    geometry: SourceGeometry


class PecheadRenderer:
    """Runs an exported model and draws its parts at the photo's resolution, unless its engine draws frames.

    Args:
        model: the face model that the landmarks belong to.
        folder: with ``manifest.json`` and the graphs it names.
        threads: of the networks, if they run on the processor.
        engine: what runs them.
        precision: of what runs once a frame, see ``open_model``.

    Raises:
        ModelFileError: the folder's model is missing or damaged.
        EngineError: the engine can't be made.
    """

    name = "pechead"

    def __init__(
        self,
        model: FaceModel,
        folder: Path,
        threads: int,
        engine: EngineName = "onnx",
        precision: ProcessorPrecision = "float32",
    ) -> None:
        self._geometry = HeadGeometry.from_model(model)
        self._image_size = read_manifest(folder).image_size
        self._engines = open_model(engine, folder, threads, precision)
        self._source: _Source | None = None
        self._context: Tensors = {}

    def set_source(self, portrait: SourcePortrait) -> None:
        """Compute what depends on the photo alone; its crop has to be a square."""
        geometry = SourceGeometry.of(portrait, self._geometry)
        size = (self._image_size, self._image_size)
        small = np.asarray(cv2.resize(portrait.image, size, interpolation=cv2.INTER_AREA), np.uint8)
        tensors: Tensors = {"image": _planes(small), **geometry.tensors}
        source, driving = self._engines.source, self._engines.driving
        draws_frames = "photo" in driving.input_names
        if draws_frames:
            tensors["photo"] = _planes(portrait.image)
        computed = source.run(tensors)
        tensors.update(zip(source.output_names, computed, strict=True))
        driving.bind(tensors)
        at_rest = {**tensors, "landmarks": tensors["learned_landmarks"]}
        self._context = {
            name: at_rest[name.removeprefix(BEFORE)]
            for name in driving.input_names
            if name.startswith(BEFORE)
        }
        plate = None if draws_frames else background_plate(portrait.image, tensors)
        self._source = _Source(portrait.image, plate, geometry)

    def render(self, driving: DrivingFace) -> Image:
        """Draw one frame; see ``Renderer.render``."""
        assert self._source is not None, "set_source comes first"
        engine = self._engines.driving
        computed = engine.run({**self._source.geometry.driven_by(driving), **self._context})
        drawn = {name: values[0] for name, values in zip(engine.output_names, computed, strict=True)}
        self._context = {name: drawn[name.replace(BEFORE, AFTER)][None] for name in self._context}
        if "frame" not in drawn:
            eyes = self._source.geometry.eyes(driving)
            return composed(self._source.image, self._source.plate, drawn, eyes)
        frame: Image = drawn["frame"].copy()
        return frame


def _planes(picture: Image) -> NDArray[np.float32]:
    """(height, width, 3) uint8 to (1, 3, height, width) in [0, 1]."""
    return np.ascontiguousarray((picture.astype(np.float32) / 255).transpose(2, 0, 1)[None])
