"""PECHead: networks say how the photo moves and what to paint; the photo keeps its own resolution."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.face.face_motion import FLOW_CELLS, face_condition
from pechead.face.flow import Grid
from pechead.face.geometric_motion import motion_maps
from pechead.face.head import FaceView, HeadGeometry, HeadMotion, Reach
from pechead.face.model import FaceModel
from pechead.face.pose import Pose
from pechead_engines.manifest import checked_file, read_manifest
from pechead_engines.onnx_engine import OnnxEngine
from pechead_live.frames import DrivingFace, Image
from pechead_live.renderers.layers import blended, enlarged, warped
from pechead_live.source.portrait import SourcePortrait

Array = NDArray[np.float32]
Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class _Source:
    """What is kept of the photo: its picture, its head, and the tensors that every frame needs."""

    image: Image
    head: HeadMotion
    reach: Reach
    grid: Grid
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
        size = portrait.image.shape[0]
        pose = portrait.fit.pose
        view = FaceView(portrait.landmarks, pose)
        pasted = portrait.image.shape != portrait.photo.shape
        reach = replace(Reach(), body_follows=0.0) if pasted else Reach()
        small = cv2.resize(portrait.image, (self._image_size, self._image_size), interpolation=cv2.INTER_AREA)
        tensors: Tensors = {
            "image": (small.astype(np.float32) / 255).transpose(2, 0, 1)[None],
            **self._face("source", portrait.landmarks, pose, portrait.fit.expression, size),
        }
        computed = self._source_engine.run(tensors)
        tensors.update(zip(self._source_engine.output_names, computed, strict=True))
        self._source = _Source(
            image=portrait.image,
            head=HeadMotion(self._geometry, view, reach),
            reach=reach,
            grid=Grid((size, size), (FLOW_CELLS, FLOW_CELLS)),
            tensors=tensors,
        )

    def render(self, driving: DrivingFace) -> Image:
        """Draw one frame; see ``Renderer.render``."""
        assert self._source is not None, "set_source comes first"
        source = self._source
        size = source.grid.size
        maps = motion_maps(source.head, FaceView(driving.landmarks, driving.pose), source.grid, source.reach)
        face = self._face("driving", driving.landmarks, driving.pose, driving.expression, size[0])
        motion = {"flow": maps.flow[None], "support": maps.support[None]}
        flow, alpha, painted = (
            part[0] for part in self._driving_engine.run({**source.tensors, **face, **motion})
        )
        places = (flow + 1) * np.float32(size[0] / 2)
        photo = warped(source.image, enlarged(places, size))
        paint = np.asarray(cv2.resize(painted, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        return blended(photo, paint, enlarged(alpha, size))

    def _face(self, role: str, landmarks: Array, pose: Pose, expression: Array, size: int) -> Tensors:
        condition = face_condition(landmarks, pose, expression, size, self._geometry)
        return {
            f"{role}_coefficients": condition.coefficients[None],
            f"{role}_landmarks": condition.landmarks[None],
            f"{role}_facing": condition.facing[None],
        }
