"""What half precision and int8 cost in quality, against float32, on real frames.

Run by hand: ``python -m tests.bench.engine_errors islands MODEL INPUTS`` and ``... int8 MODEL INPUTS``, with
INPUTS/<name>/source.png and INPUTS/<name>/driving.mkv. What half precision rounds is rounded, though
processors would skip it.
"""

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import cyclopts
import numpy as np
import onnx
from numpy.typing import NDArray
from tests.bench.networks import whole_portrait

from pechead.face.fit import fit_face
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector
from pechead_engines.manifest import read_manifest
from pechead_engines.names import ProcessorPrecision
from pechead_engines.onnx_engine import OnnxEngine
from pechead_export.graphs import DrivingGraph
from pechead_export.half_precision import ISLANDS, Island, to_half_precision, with_roundings
from pechead_export.model_folder import load_model
from pechead_export.parity import compare
from pechead_export.real_frames import RealFrames, frames_of, real_frames
from pechead_live.frames import DrivingFace, Image
from pechead_live.renderers.pechead import PecheadRenderer
from pechead_live.source.photo import load_photo
from pechead_live.source.portrait import SourcePortrait

app = cyclopts.App()
PRECISIONS: tuple[ProcessorPrecision, ...] = ("float32", "int8")
VARIANTS: tuple[tuple[str, frozenset[Island]], ...] = (
    ("none", frozenset()),
    ("positions", frozenset({"positions"})),
    ("positions, points", frozenset({"positions", "points"})),
    ("positions, points, sums", frozenset({"positions", "points", "sums"})),
    ("all", ISLANDS),
)


@app.command
def islands(model: Path, inputs: Path, *, frames: int = 2) -> None:
    """Errors of float16 by what stays in float32.

    Args:
        model: folder that pechead-export wrote.
        inputs: of sequences.
        frames: of each sequence, beside the demo's.
    """
    network = load_model(model, read_manifest(model))
    graph = DrivingGraph(network, draws_photo=False)
    single = onnx.load(model / "driving.onnx")
    face_model = FaceModel.load()
    cases = [real_frames(256)]
    for folder in sorted(path.parent for path in inputs.glob("recon_*/driving.mkv")):
        portrait = whole_portrait(load_photo(folder / "source.png"), face_model)
        faces = [face for face, _ in driving_faces(folder / "driving.mkv", portrait, face_model, frames)]
        cases.append(frames_of(portrait, faces, face_model, 256))
    print(f"{'float32':26}{'output':12}{'largest':>10}{'mean':>10}{'PSNR':>8}")
    with tempfile.TemporaryDirectory() as temporary:
        for name, chosen in VARIANTS:
            path = Path(temporary) / f"{name}.onnx"
            onnx.save(with_roundings(to_half_precision(copied(single), chosen)), path)
            for output, largest, mean, psnr in worst(graph, OnnxEngine(path, threads=2), cases):
                print(f"{name:26}{output:12}{largest:10.4f}{mean:10.5f}{psnr:8.1f}", flush=True)


def worst(
    graph: DrivingGraph, engine: OnnxEngine, cases: list[RealFrames]
) -> Iterator[tuple[str, float, float, float]]:
    """Largest error over all cases, mean over them, and the PSNR of the mean."""
    parities = [compare(graph, engine, case) for case in cases]
    for entries in zip(*parities, strict=True):
        psnr = float(np.mean([entry.psnr or np.nan for entry in entries]))
        mean = float(np.mean([entry.mean for entry in entries]))
        yield entries[0].output, max(entry.largest for entry in entries), mean, psnr


def copied(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy to be changed."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    return copy


@app.command
def int8(model: Path, inputs: Path, *, frames: int = 8) -> None:
    """Compare AKD and PSNR of float32 and int8 on reconstructions, whose truth is known.

    Args:
        model: folder that pechead-export --int8 wrote.
        inputs: of sequences.
        frames: of each sequence.
    """
    face_model = FaceModel.load()
    folders = sorted(path.parent for path in inputs.glob("recon_*/driving.mkv"))
    for precision in PRECISIONS:
        figures = [quality(model, precision, sequence, face_model, frames) for sequence in folders]
        akd, psnr = (float(np.mean(values)) for values in zip(*figures, strict=True))
        print(f"{precision:10} AKD {akd:.3f} px   PSNR {psnr:.2f} dB", flush=True)


def quality(
    model: Path, precision: ProcessorPrecision, sequence: Path, face_model: FaceModel, frames: int
) -> tuple[float, float]:
    """AKD in pixels of 256 and PSNR in dB, of a reconstruction."""
    portrait = whole_portrait(load_photo(sequence / "source.png"), face_model)
    renderer = PecheadRenderer(face_model, model, threads=2, precision=precision)
    renderer.set_source(portrait)
    distances, errors = [], []
    with FaceDetector("image") as detector:
        for face, truth in driving_faces(sequence / "driving.mkv", portrait, face_model, frames):
            drawn = renderer.render(face)
            found, sought = (detector.detect(picture)[0].landmarks[:468, :2] for picture in (drawn, truth))
            distances.append(float(np.abs(found - sought).mean() * 256 / len(drawn)))
            errors.append(float(((drawn.astype(float) - truth) ** 2).mean()))
    return float(np.mean(distances)), float(10 * np.log10(255**2 / np.mean(errors)))


def driving_faces(
    video: Path, portrait: SourcePortrait, face_model: FaceModel, count: int
) -> Iterator[tuple[DrivingFace, Image]]:
    """Frames spread over a video: the photo's face with their pose and expression, and the frame itself."""
    capture = cv2.VideoCapture(str(video))
    step = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) // count
    with FaceDetector("image") as detector:
        for number in islice(range(step // 2, 10**9, step), count):
            capture.set(cv2.CAP_PROP_POS_FRAMES, number)
            read, picture = capture.read()
            if not read:
                return
            frame: NDArray[np.uint8] = np.ascontiguousarray(picture[:, :, ::-1])
            keypoints = detector.detect(frame)[0]
            fit = fit_face(face_model, keypoints.landmarks, keypoints.expression_scores)
            landmarks = portrait.fit.landmarks(face_model, fit.pose, fit.expression)
            yield DrivingFace(landmarks, fit.pose, fit.expression), frame


if __name__ == "__main__":
    app()
