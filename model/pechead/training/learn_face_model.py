"""Learn the face model that ships, ``face/face_model.npz``, from a folder of clips and stills.

Run as ``python -m pechead.training.learn_face_model DATA_FOLDER``. What is learned and why is told in
docs/face-model.md.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import platformdirs
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES
from pechead.face.bundle import read_canonical_mesh
from pechead.face.fit import NOISE, SCORE_DEVIATION
from pechead.face.model import LANDMARKS, LEARNED_FILE, SURFACE_POINTS, FaceModel
from pechead.face.pose import weighted_procrustes
from pechead.face.solver import Deformations, depth_metric, rigid_motions, solve
from pechead.landmarker.locate import find_model_file
from pechead.training.contours import face_contours
from pechead.training.face_data import Sequence, load_sequences

Array = NDArray[np.float64]

ROUNDS = 5
RIDGE = 0.01
RIDGE_ACROSS = 0.1
"""For landmarks on the other side of the face than a blendshape of one eye or brow."""

IDENTITIES = 16
SMALLEST_SCORE_DEVIATION = 0.005
OF_ONE_SIDE = ("eyeBlink", "eyeLook", "eyeSquint", "eyeWide", "browDown", "browOuterUp")
"""How the names of blendshapes begin that have nothing to do with the other side of the face."""

DEFAULT_CACHE = Path(platformdirs.user_cache_dir("pechead-live")) / "face-data"


@dataclass(frozen=True)
class PosedFrames:
    """One clip or still with the pose taken out.

    Attributes:
        person: who it is.
        is_clip: False for a still.
        heads: (T, 478, 3) landmarks in centimetres of head space.
        expressions: (T, 52) blendshape weights.
        metrics: (T, 3, 3) how much each axis of head space counts: along the camera's, little.
    """

    person: str
    is_clip: bool
    heads: Array
    expressions: Array
    metrics: Array


def learn(sequences: list[Sequence], start: FaceModel) -> FaceModel:
    """Poses, blendshape weights, expression basis and everyone's neutral face, by turns.

    In the first round the weights are the landmarker's scores; after it, they are what fits the landmarks
    best near the scores, as in ``fit_face``. Every person weighs the same, however many frames there are.

    Args:
        sequences: clips to learn expressions from, clips and stills to learn identities from.
        start: the model to start from; only its mean, Procrustes weights and contours are used.
    """
    blendshapes = np.zeros((len(NAMES), LANDMARKS, 3))
    penalties = penalties_by_side(start.mean)
    faces = {sequence.person: start.mean.astype(np.float64) for sequence in sequences}
    for number in range(ROUNDS):
        expressions = Deformations(blendshapes)
        posed = [
            take_pose_out(sequence, faces[sequence.person], expressions, start, corrects_scores=number > 0)
            for sequence in sequences
        ]
        blendshapes = without_rigid_motion(regress(posed, blendshapes, penalties), start)
        blendshapes[unscored(sequences)] = 0.0
        faces = neutral_faces(posed, Deformations(blendshapes))
        people = sorted(faces)
        offsets = without_rigid_motion(np.stack([faces[person] - start.mean for person in people]), start)
        faces = dict(zip(people, start.mean + offsets, strict=True))
    everyone = np.stack([faces[person] for person in people])
    mean = everyone.mean(axis=0)
    return replace(
        start,
        mean=mean.astype(np.float32),
        identity_basis=principal_directions(everyone - mean, IDENTITIES).astype(np.float32),
        expression_basis=blendshapes.astype(np.float32),
    )


def take_pose_out(
    sequence: Sequence, face: Array, expressions: Deformations, start: FaceModel, corrects_scores: bool
) -> PosedFrames:
    """Pose each frame against the person's face and bring its landmarks to head space.

    Args:
        face: (478, 3) the person's neutral face so far.
        corrects_scores: whether the landmarks correct the blendshape weights, or these stay the scores.
    """
    heads, weights, metrics = [], [], []
    precision = np.full(len(NAMES), (NOISE / SCORE_DEVIATION) ** 2)
    for landmarks, scores in zip(
        sequence.landmarks, sequence.expression_scores.astype(np.float64), strict=True
    ):
        shape = expressions.shape(face, scores).astype(np.float32)
        pose = weighted_procrustes(shape, landmarks, start.procrustes_weights)
        if corrects_scores and sequence.is_clip:
            solution = solve(face, expressions, scores, precision, landmarks, pose)
            pose, scores = solution.pose, solution.coefficients
        heads.append(pose.to_head(landmarks))
        weights.append(scores)
        metrics.append(depth_metric(pose.rotation[2].astype(np.float64)))
    return PosedFrames(
        sequence.person, sequence.is_clip, np.array(heads, np.float64), np.array(weights), np.array(metrics)
    )


def penalties_by_side(mean: NDArray[np.float32]) -> Array:
    """(52, 478) what it costs that a blendshape moves a landmark.

    People blink with both eyes and raise both brows, so that frames can hardly tell which blendshape moves
    which; its name can. Without this a wink would half close the other eye.
    """
    names_side = np.array(
        [name.startswith(OF_ONE_SIDE) * (name.endswith("Left") - name.endswith("Right")) for name in NAMES]
    )
    is_across = np.outer(names_side, np.sign(mean[:, 0])) < 0
    return np.where(is_across, RIDGE_ACROSS, RIDGE)


def regress(posed: Iterable[PosedFrames], previous: Array, penalties: Array) -> Array:
    """Ridge regression of how landmarks move within a clip on how the blendshape weights do.

    The penalty pulls toward the previous round's basis, so that a blendshape keeps its name's meaning; where
    it is higher than ``RIDGE``, toward zero.

    Args:
        previous: (52, 478, 3) centimetres.
        penalties: (52, 478), see ``penalties_by_side``.

    Returns:
        (52, 478, 3) centimetres a weight of one adds.
    """
    clips = [frames for frames in posed if frames.is_clip]
    clips_of = Counter(frames.person for frames in clips)
    moments = np.zeros((len(NAMES), 3, len(NAMES), 3))
    products = np.where(penalties > RIDGE, 0.0, RIDGE)[:, None] * previous.transpose(0, 2, 1)
    for frames in clips:
        share = 1.0 / (len(frames.heads) * clips_of[frames.person])
        weights = frames.expressions - frames.expressions.mean(axis=0)
        heads = frames.heads - frames.heads.mean(axis=0)
        weighted = np.einsum("ti,tab->tiab", weights, frames.metrics) * share
        moments += np.einsum("tiab,tj->iajb", weighted, weights, optimize=True)
        products += np.einsum("tiab,tnb->ian", weighted, heads, optimize=True)
    size = 3 * len(NAMES)
    basis = np.empty((size, LANDMARKS))
    kinds, kind_of = np.unique(penalties, axis=1, return_inverse=True)
    for number, penalty in enumerate(kinds.T):
        alike = kind_of.ravel() == number
        normal = moments.reshape(size, size) + np.diag(np.repeat(penalty, 3))
        basis[:, alike] = np.linalg.solve(normal, products.reshape(size, LANDMARKS)[:, alike])
    return basis.reshape(len(NAMES), 3, LANDMARKS).transpose(0, 2, 1)


def neutral_faces(posed: Iterable[PosedFrames], expressions: Deformations) -> dict[str, Array]:
    """Each person's (478, 3) face with the expression taken out, averaged over all frames of that person."""
    normal: defaultdict[str, Array] = defaultdict(lambda: np.zeros((3, 3)))
    products: defaultdict[str, Array] = defaultdict(lambda: np.zeros((3, LANDMARKS)))
    for frames in posed:
        neutral = np.stack(
            [
                expressions.shape(head, -weights)
                for head, weights in zip(frames.heads, frames.expressions, strict=True)
            ]
        )
        normal[frames.person] += frames.metrics.mean(axis=0)
        products[frames.person] += np.einsum("tab,tnb->an", frames.metrics, neutral) / len(neutral)
    return {
        person: np.asarray(np.linalg.solve(normal[person], products[person]).T, np.float64)
        for person in normal
    }


def without_rigid_motion(changes: Array, start: FaceModel) -> Array:
    """Take turns, shifts and growth of the whole head out of (P, 478, 3) changes of shape: they are pose.

    What counts as a motion of the whole head is decided by the points that MediaPipe's own pose fit looks at.
    """
    moves = rigid_motions(start.mean.astype(np.float64)).transpose(1, 0, 2).reshape(-1, 7)
    weighted = moves * np.repeat(start.procrustes_weights, 3)[:, None]
    flat = changes.reshape(len(changes), -1)
    motion = np.linalg.solve(weighted.T @ moves, weighted.T @ flat.T)
    return (flat - (moves @ motion).T).reshape(changes.shape)


def unscored(sequences: Iterable[Sequence]) -> NDArray[np.bool_]:
    """(52,) which blendshapes the landmarker hardly ever scores: nothing can be learned about them."""
    variances = [sequence.expression_scores.var(axis=0) for sequence in sequences if sequence.is_clip]
    hardly_ever: NDArray[np.bool_] = np.mean(variances, axis=0) < SMALLEST_SCORE_DEVIATION**2
    return hardly_ever


def principal_directions(offsets: Array, count: int) -> Array:
    """(count, 478, 3): directions in which (people, 478, 3) differ most, one standard deviation long each."""
    _, deviations, directions = np.linalg.svd(offsets.reshape(len(offsets), -1), full_matrices=False)
    scaled: Array = directions * (deviations[:, None] / np.sqrt(len(offsets)))
    return scaled[:count].reshape(-1, LANDMARKS, 3)


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


def save(model: FaceModel, start: FaceModel, path: Path) -> None:
    """Write what is learned, and the contours; bases in half precision, which is 0.001 cm or better."""
    np.savez_compressed(
        path,
        mean_offset=(model.mean - start.mean)[:SURFACE_POINTS],
        iris_mean=model.mean[SURFACE_POINTS:],
        identity_basis=model.identity_basis.astype(np.float16),
        expression_basis=model.expression_basis.astype(np.float16),
        **asdict(model.contours),
    )


def main() -> None:
    """Learn and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "data_folder", type=Path, help="with a manifest.csv (kind, file, person, tier, licence)"
    )
    parser.add_argument("--output", type=Path, default=LEARNED_FILE)
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="where landmarks are kept")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    start = starting_model(find_model_file())
    model = learn(load_sequences(arguments.data_folder, arguments.cache), start)
    save(model, start, arguments.output)
    print(f"{arguments.output}: {arguments.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
