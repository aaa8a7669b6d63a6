"""Draw the contact sheets of docs/images from the demo portrait: source, driving face as a wireframe, output.

Run by hand: ``python tests/bench/contact_sheets.py docs/images [renderer]``.
"""

from pathlib import Path

import cv2
import cyclopts
import numpy as np

from pechead.face.blendshapes import NAMES
from pechead.face.model import FaceModel
from pechead.face.pose import Pose, rotation_from_angles
from pechead.landmarker.detector import FaceDetector
from pechead_live.demo.motion import demo_motion
from pechead_live.demo.portrait import demo_portrait
from pechead_live.frames import DrivingFace, DrivingMotion, Image
from pechead_live.motion.retarget import SourceFace, relative_expression
from pechead_live.motion.settings import MotionSettings
from pechead_live.motion.stage import MotionStage
from pechead_live.renderers.base import Renderer
from pechead_live.renderers.create import create_renderer
from pechead_live.renderers.names import RendererName
from pechead_live.source.portrait import SourcePortrait
from pechead_live.source.prepare import prepare_portrait

CELL = 300
MOMENTS = (0.3, 1.6, 2.6, 3.9, 4.6, 6.3, 7.2, 8.6)
PLAIN = (
    {"eyeBlinkLeft": 0.8, "eyeBlinkRight": 0.8},
    {"eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8},
    {"browInnerUp": 0.9, "eyeWideLeft": 0.5, "eyeWideRight": 0.5},
    {"mouthPucker": 0.9},
    {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "cheekSquintLeft": 0.4, "cheekSquintRight": 0.4},
    {"jawOpen": 0.7},
)


def main(folder: Path, renderer_name: RendererName = "geometric") -> None:
    """Write demo.jpg (moments of the demo motion) and expressions.jpg (one expression each, and turns)."""
    model = FaceModel.load()
    with FaceDetector("image", max_faces=2) as detector:
        portrait = prepare_portrait(demo_portrait(), "the demo portrait", detector, model)
    renderer = create_renderer(renderer_name, model)
    renderer.set_source(portrait)
    folder.mkdir(parents=True, exist_ok=True)
    driving = _demo_moments(model, portrait)
    _write(folder / "demo.jpg", model, portrait, renderer, driving)
    _write(folder / "expressions.jpg", model, portrait, renderer, _plain_expressions(model, portrait))


def _demo_moments(model: FaceModel, portrait: SourcePortrait) -> list[DrivingFace]:
    recording = demo_motion()
    stage = MotionStage(model, portrait, MotionSettings())
    faces = []
    for index, (time, motion) in enumerate(zip(recording.times, recording.moments, strict=True)):
        faces.append(stage.step(DrivingMotion(index, float(time), motion), float(time)))
    return [faces[int(np.searchsorted(recording.times, moment))] for moment in MOMENTS]


def _plain_expressions(model: FaceModel, portrait: SourcePortrait) -> list[DrivingFace]:
    """As a driver makes them who was at rest before."""
    source = SourceFace.of(model, portrait.fit, (portrait.crop.width, portrait.crop.height))
    rest = np.zeros(len(NAMES), np.float32)
    faces = []
    for weights in PLAIN:
        driving = rest.copy()
        for name, value in weights.items():
            driving[NAMES.index(name)] = value
        faces.append(source.driven(portrait.fit.pose, relative_expression(source, driving, rest, gain=1.0)))
    for yaw, pitch in ((-22, 0), (22, 6)):
        own = portrait.fit.pose
        turned = Pose(rotation_from_angles(yaw, pitch, 0) @ own.rotation, own.translation, own.scale)
        faces.append(source.driven(turned, portrait.fit.expression))
    return faces


def _write(
    path: Path,
    model: FaceModel,
    portrait: SourcePortrait,
    renderer: Renderer,
    driving: list[DrivingFace],
) -> None:
    """A column a moment: the source above, the wireframe, the output."""
    columns = []
    for face in driving:
        cells = [portrait.image, wireframe(model, portrait, face), renderer.render(face)]
        columns.append(np.concatenate([_fitted(cell) for cell in cells]))
    sheet = np.concatenate(columns, 1)
    cv2.imwrite(str(path), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


def wireframe(model: FaceModel, portrait: SourcePortrait, face: DrivingFace) -> Image:
    """The driving face's mesh on a dark ground, at the size of the source crop."""
    scale = 3
    canvas = np.full((portrait.image.shape[0] * scale, portrait.image.shape[1] * scale, 3), 24, np.uint8)
    corners = np.round(face.landmarks[model.triangles, :2] * scale).astype(np.int32)
    cv2.polylines(canvas, list(corners), True, (120, 200, 170), 1, cv2.LINE_AA)
    for iris in face.landmarks[[468, 473], :2]:
        cv2.circle(canvas, (int(iris[0] * scale), int(iris[1] * scale)), 5, (250, 250, 250), -1, cv2.LINE_AA)
    return canvas


def _fitted(cell: Image) -> Image:
    return np.asarray(cv2.resize(cell, (CELL, CELL), interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    cyclopts.run(main)
