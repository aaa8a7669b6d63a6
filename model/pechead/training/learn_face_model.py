"""Learn the face model that ships, ``face/face_model.npz``, from a folder of clips and stills.

Run as ``python -m pechead.training.learn_face_model DATA_FOLDER``; see docs/face-model.md.
"""

import argparse
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import platformdirs
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES
from pechead.face.bundle import read_canonical_mesh
from pechead.face.model import LANDMARKS, LEARNED_FILE, SURFACE_POINTS, FaceModel
from pechead.face.pose import weighted_procrustes
from pechead.landmarker.locate import find_model_file
from pechead.training.contours import face_contours
from pechead.training.face_data import Sequence, load_sequences

ROUNDS = 3
RIDGE = 0.02
IDENTITIES = 20


def starting_model(model_file: Path) -> FaceModel:
    """The canonical mesh as mean, nothing learned; the irises, which it lacks, at the eyes' centres."""
    mesh = read_canonical_mesh(model_file)
    contours = face_contours()
    left, right = (mesh.vertices[ring].mean(axis=0) for ring in (contours.left_eye, contours.right_eye))
    return FaceModel(
        mean=np.concatenate([mesh.vertices, np.tile(right, (5, 1)), np.tile(left, (5, 1))]),
        identity_basis=np.zeros((0, LANDMARKS, 3), np.float32),
        expression_basis=np.zeros((len(NAMES), LANDMARKS, 3), np.float32),
        triangles=mesh.triangles,
        procrustes_weights=np.concatenate([mesh.procrustes_weights, np.zeros(10, np.float32)]),
        contours=contours,
    )


def learn(sequences: list[Sequence], model: FaceModel) -> FaceModel:
    """Expression basis, mean and identity basis, by turns with the poses.

    Every person weighs the same, however many frames there are.
    """
    basis = model.expression_basis.reshape(len(NAMES), -1)
    people = sorted({sequence.person for sequence in sequences})
    faces = {person: model.mean.ravel() for person in people}
    for _ in range(ROUNDS):
        heads = [_to_head(sequence, faces[sequence.person], basis, model) for sequence in sequences]
        moments = np.zeros((len(NAMES), len(NAMES)))
        products = np.zeros((len(NAMES), LANDMARKS * 3))
        clips_of = {p: sum(s.is_clip for s in sequences if s.person == p) for p in people}
        for sequence, head in zip(sequences, heads, strict=True):
            if not sequence.is_clip:
                continue
            scores = sequence.expression_scores - sequence.expression_scores.mean(axis=0)
            weight = 1.0 / (clips_of[sequence.person] * len(scores))
            moments += weight * scores.T @ scores
            products += weight * scores.T @ (head - head.mean(axis=0))
        basis = np.linalg.solve(moments + RIDGE * np.eye(len(NAMES)), products).astype(np.float32)
        shapes: dict[str, list[NDArray[np.float32]]] = {}
        for sequence, head in zip(sequences, heads, strict=True):
            shapes.setdefault(sequence.person, []).append(
                (head - sequence.expression_scores @ basis).mean(axis=0)
            )
        faces = {person: np.mean(seen, axis=0) for person, seen in shapes.items()}
    everyone = np.stack([faces[person] for person in people])
    mean = everyone.mean(axis=0)
    _, deviations, directions = np.linalg.svd(everyone - mean, full_matrices=False)
    kept = directions[:IDENTITIES] * (deviations[:IDENTITIES, None] / np.sqrt(len(people)))
    return replace(
        model,
        mean=mean.reshape(LANDMARKS, 3).astype(np.float32),
        identity_basis=kept.reshape(-1, LANDMARKS, 3).astype(np.float32),
        expression_basis=basis.reshape(-1, LANDMARKS, 3).astype(np.float32),
    )


def _to_head(
    sequence: Sequence, face: NDArray[np.float32], basis: NDArray[np.float32], model: FaceModel
) -> NDArray[np.float32]:
    """(T, 478 * 3) landmarks in head space, each posed against the face's shape with its expression."""
    shapes = (face + sequence.expression_scores @ basis).reshape(-1, LANDMARKS, 3)
    return np.stack(
        [
            weighted_procrustes(shape, landmarks, model.procrustes_weights).to_head(landmarks).ravel()
            for shape, landmarks in zip(shapes, sequence.landmarks, strict=True)
        ]
    )


def save(model: FaceModel, start: FaceModel, path: Path) -> None:
    """Write what is learned, and the contours, in half precision (0.0005 cm or better)."""
    np.savez_compressed(
        path,
        iris_mean=start.mean[SURFACE_POINTS:],
        mean_offset=(model.mean - start.mean).astype(np.float16),
        identity_basis=model.identity_basis.astype(np.float16),
        expression_basis=model.expression_basis.astype(np.float16),
        **asdict(model.contours),
    )


def main() -> None:
    """Learn and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--output", type=Path, default=LEARNED_FILE)
    parser.add_argument(
        "--cache", type=Path, default=Path(platformdirs.user_cache_dir("pechead-live")) / "face-data"
    )
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    start = starting_model(find_model_file())
    model = learn(load_sequences(arguments.data_folder, arguments.cache), start)
    save(model, start, arguments.output)
    print(f"{arguments.output}: {arguments.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
