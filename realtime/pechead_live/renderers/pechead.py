"""PECHead: networks say how the photo moves and what to paint; the photo keeps its own resolution."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pechead.face.head import HeadGeometry
from pechead.face.model import FaceModel
from pechead_engines.manifest import checked_file, read_manifest
from pechead_engines.onnx_engine import OnnxEngine
from pechead_live.frames import DrivingFace, Image
from pechead_live.renderers.layers import blended, enlarged, warped
from pechead_live.renderers.network_inputs import SourceGeometry, Tensors
from pechead_live.source.portrait import SourcePortrait


@dataclass(frozen=True)
class _Source:
    """What is kept of the photo: its picture, its geometry, and the tensors that every frame needs."""

    image: Image
    geometry: SourceGeometry
    tensors: Tensors


class PecheadRenderer:
    """Runs an exported model and draws its parts at the photo's resolution.

    Args:
        model: the face model that the landmarks belong to.
        folder: with ``manifest.json`` and the graphs it names.
        threads: of the networks.

    Raises:
        ModelFileError: the folder's model is missing or damaged.
    """

    name = "pechead"

    def __init__(self, model: FaceModel, folder: Path, threads: int) -> None:
        self._geometry = HeadGeometry.from_model(model)
        manifest = read_manifest(folder)
        self._image_size = manifest.image_size
        self._source_engine = OnnxEngine(checked_file(folder, manifest.source), threads)
        self._driving_engine = OnnxEngine(checked_file(folder, manifest.driving), threads)
        self._source: _Source | None = None

    def set_source(self, portrait: SourcePortrait) -> None:
        """Compute what depends on the photo alone; its crop has to be a square."""
        geometry = SourceGeometry.of(portrait, self._geometry)
        small = cv2.resize(portrait.image, (self._image_size, self._image_size), interpolation=cv2.INTER_AREA)
        tensors: Tensors = {
            "image": (small.astype(np.float32) / 255).transpose(2, 0, 1)[None],
            **geometry.tensors,
        }
        computed = self._source_engine.run(tensors)
        tensors.update(zip(self._source_engine.output_names, computed, strict=True))
        self._source = _Source(portrait.image, geometry, tensors)

    def render(self, driving: DrivingFace) -> Image:
        """Draw one frame; see ``Renderer.render``."""
        assert self._source is not None, "set_source comes first"
        source = self._source
        size = source.geometry.grid.size
        inputs = {**source.tensors, **source.geometry.driven_by(driving)}
        flow, alpha, painted = (part[0] for part in self._driving_engine.run(inputs))
        places = (flow + 1) * np.float32(size[0] / 2)
        photo = warped(source.image, enlarged(places, size))
        paint = np.asarray(cv2.resize(painted, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        return blended(photo, paint, enlarged(alpha, size))
