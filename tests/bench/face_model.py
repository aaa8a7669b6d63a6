"""How well the face model fits people it has not learned from. Run by hand:

    python tests/bench/face_model.py DATA_FOLDER

Learns on one half of the people and measures on the other, then the other way round, so that everyone is held
out once; everyone counts the same, however many frames there are. Errors are distances in the picture between
landmarks and model, in pixels of a 256 x 256 crop of 2.15 times the face's box; many pictures have less room
around the face than that, and the last column is in pixels of the tighter crops that they give. DATA_FOLDER
is as ``pechead.training.face_data`` describes it.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pechead.face.blendshapes import NAMES
from pechead.face.fit import fit_face
from pechead.face.model import LANDMARKS, SURFACE_POINTS, FaceModel
from pechead.face.pose import Pose, angles, weighted_procrustes
from pechead.face.solver import solve
from pechead.landmarker.locate import find_model_file
from pechead.training.face_data import CROP_SIZE, CROP_TO_FACE, Sequence, load_sequences
from pechead.training.learn_face_model import DEFAULT_CACHE, learn, starting_model

Array = NDArray[np.float32]

FRAMES = 30
"""Frames measured of each clip, spread evenly."""

TURNED = 10.0
"""Degrees of yaw or pitch between two frames from which their errors are told apart."""

LOCKED = 1e9
"""A precision that lets no blendshape weight move: the pose alone is solved for."""

Measured = Callable[[FaceModel, Sequence], Iterator[tuple[str, NDArray[np.float64]]]]


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="where landmarks are kept")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    start = starting_model(find_model_file())
    halves = split_by_person(load_sequences(chosen.data_folder, chosen.cache))
    models = [learn(half, start) for half in halves]
    pairs = [(models[0], halves[1]), (models[1], halves[0])]
    console = Console(width=130)
    for half, model in zip(halves, models, strict=True):
        people = len({sequence.person for sequence in half})
        clips = sum(sequence.is_clip for sequence in half)
        console.print(
            f"learned from {people} people, {clips} clips, {len(half) - clips} stills: "
            f"{len(model.identity_basis)} identities"
        )
    show(console, start, "Held-out clips", pairs, ladder)
    show(console, start, "Held-out clips, from one frame to the others", pairs, transfer)
    show(console, start, "Held-out stills", pairs, stills)
    console.print(corrections(pairs))


def split_by_person(sequences: list[Sequence]) -> tuple[list[Sequence], list[Sequence]]:
    """Two halves that share no person; people with clips and people with stills alone are halved each."""
    with_clips = {sequence.person for sequence in sequences if sequence.is_clip}
    people = sorted(
        {sequence.person for sequence in sequences}, key=lambda person: (person not in with_clips, person)
    )
    first = set(people[::2])
    return (
        [sequence for sequence in sequences if sequence.person in first],
        [sequence for sequence in sequences if sequence.person not in first],
    )


def ladder(model: FaceModel, sequence: Sequence) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Each part of the model added in turn, for one clip; identity is the mean over its frames' fits."""
    if not sequence.is_clip:
        return
    frames = spread(sequence)
    fits = [fit_face(model, landmarks, scores) for landmarks, scores in frames]
    identity = np.asarray(np.mean([fit.identity for fit in fits], axis=0), np.float32)
    none, nobody = np.zeros(len(NAMES), np.float32), np.zeros_like(identity)
    for (landmarks, scores), fit in zip(frames, fits, strict=True):
        yield "mean face, pose", best_pose_error(model, model.shape(nobody, none), landmarks)
        yield "+ identity", best_pose_error(model, model.shape(identity, none), landmarks)
        by_scores = model.shape(identity, scores)
        yield "+ expression, from the scores", best_pose_error(model, by_scores, landmarks)
        corrected = fit_face(model, landmarks, scores, identity)
        projected = corrected.pose.project(model.shape(identity, corrected.expression))
        yield "+ expression, corrected by the landmarks", distances(projected, landmarks)
        alone = fit.pose.project(model.shape(fit.identity, fit.expression))
        yield "everything fitted to the one frame", distances(alone, landmarks)


def transfer(model: FaceModel, sequence: Sequence) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Identity from the clip's first frame, pose and expression from the others."""
    if not sequence.is_clip or len(sequence.landmarks) < 2:
        return
    (first, first_scores), *others = spread(sequence)
    source = fit_face(model, first, first_scores)
    own_scores = model.shape(source.identity, first_scores)
    by_scores_residual = best_pose(model, own_scores, first).to_head(first) - own_scores
    for landmarks, scores in others:
        plain = model.shape(source.identity, scores)
        driving = fit_face(model, landmarks, scores, source.identity)
        corrected = model.shape(source.identity, driving.expression)
        errors = {
            "expression from the scores": best_pose_error(model, plain, landmarks),
            "expression corrected": distances(driving.pose.project(corrected), landmarks),
            "expression from the scores, residual kept": best_pose_error(
                model, plain + by_scores_residual, landmarks
            ),
            "expression corrected, residual kept": distances(
                driving.pose.project(corrected + source.residual), landmarks
            ),
        }
        from_angles, to_angles = angles(source.pose.rotation), angles(driving.pose.rotation)
        turn = max(abs(to_angles.yaw - from_angles.yaw), abs(to_angles.pitch - from_angles.pitch))
        yield from errors.items()
        if turn >= TURNED:
            yield (
                f"the same, turned by {TURNED:.0f}° or more",
                errors["expression corrected, residual kept"],
            )


def stills(model: FaceModel, sequence: Sequence) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """One still: with the mean face, and fitted."""
    if sequence.is_clip:
        return
    landmarks, scores = sequence.landmarks[0], sequence.expression_scores[0]
    nobody = np.zeros(len(model.identity_basis), np.float32)
    yield (
        "mean face, expression from the scores",
        best_pose_error(model, model.shape(nobody, scores), landmarks),
    )
    fit = fit_face(model, landmarks, scores)
    shape = model.shape(fit.identity, fit.expression)
    yield "everything fitted", distances(fit.pose.project(shape), landmarks)


def corrections(pairs: list[tuple[FaceModel, list[Sequence]]]) -> str:
    """How far the landmarks move held-out clips' blendshape weights from the scores, in words."""
    changes, steady = [], []
    for model, held_out in pairs:
        for sequence in held_out:
            if sequence.is_clip:
                frames = spread(sequence)
                identity = np.mean([fit_face(model, *frame).identity for frame in frames], axis=0)
                known = np.asarray(identity, np.float32)
                change = [fit_face(model, *frame, known).expression - frame[1] for frame in frames]
                changes.append(np.abs(change))
                steady.append(np.abs(np.mean(change, axis=0)))
    weights = np.concatenate(changes)
    return (
        f"the landmarks move a blendshape weight by {weights.mean():.3f} on average, 95 % by less than "
        f"{np.percentile(weights, 95):.2f}; {np.mean(steady):.3f} of it is the same throughout a clip"
    )


def spread(sequence: Sequence) -> list[tuple[Array, Array]]:
    """Landmarks and scores of at most ``FRAMES`` frames."""
    count = len(sequence.landmarks)
    places = np.unique(np.linspace(0, count - 1, min(count, FRAMES)).round().astype(int))
    return [(sequence.landmarks[place], sequence.expression_scores[place]) for place in places]


def pixels(sequence: Sequence) -> float:
    """What a pixel of the sequence's crop is in one of exactly 2.15 times the face's box.

    Pictures that have less room around the face are cropped tighter, so that theirs is less than 1.
    """
    box = np.median(np.ptp(sequence.landmarks[:, :, :2], axis=1).max(axis=1))
    return float(CROP_SIZE / CROP_TO_FACE / box)


def best_pose(model: FaceModel, shape: Array, landmarks: Array) -> Pose:
    """The pose that brings a shape closest to landmarks, by the solver's measure."""
    count = len(NAMES)
    return solve(
        base=shape.astype(np.float64),
        deformations=model.expressions,
        expected=np.zeros(count),
        precision=np.full(count, LOCKED),
        landmarks=landmarks,
        start=weighted_procrustes(shape, landmarks, model.procrustes_weights),
    ).pose


def best_pose_error(model: FaceModel, shape: Array, landmarks: Array) -> NDArray[np.float64]:
    """(478,) distances that remain when a shape is posed as well as possible."""
    return distances(best_pose(model, shape, landmarks).project(shape), landmarks)


def distances(first: Array, second: Array) -> NDArray[np.float64]:
    """(478,) pixels in the picture."""
    return np.asarray(np.linalg.norm(first[:, :2] - second[:, :2], axis=1), np.float64)


def regions(model: FaceModel) -> dict[str, NDArray[np.int32]]:
    """Which landmarks make up the columns of the tables."""
    contours = model.contours
    parts = {
        "outline": contours.face_oval,
        "brows": np.concatenate([contours.left_eyebrow, contours.right_eyebrow]),
        "eyes": np.concatenate([contours.left_eye, contours.right_eye]),
        "irises": np.arange(SURFACE_POINTS, LANDMARKS, dtype=np.int32),
        "nose": contours.nose,
        "lips": np.concatenate([contours.inner_lips, contours.outer_lips]),
    }
    rest = np.setdiff1d(np.arange(LANDMARKS, dtype=np.int32), np.concatenate(list(parts.values())))
    return {**parts, "rest": rest.astype(np.int32), "all": np.arange(LANDMARKS, dtype=np.int32)}


def show(
    console: Console,
    start: FaceModel,
    title: str,
    pairs: list[tuple[FaceModel, list[Sequence]]],
    measured: Measured,
) -> None:
    """Measure all held-out people and print a table: mean over each person's frames, then over people."""
    errors: defaultdict[str, defaultdict[str, list[NDArray[np.float64]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    as_cropped: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for model, held_out in pairs:
        for sequence in held_out:
            unit = pixels(sequence)
            for name, error in measured(model, sequence):
                errors[name][sequence.person].append(unit * error)
                as_cropped[name][sequence.person].append(float(error.mean()))
    columns = regions(start)
    table = Table(title=f"{title}: mean distance in pixels at 256 x 256")
    table.add_column("")
    for heading in ["people", *columns, "as cropped"]:
        table.add_column(heading, justify="right")
    for name, by_person in errors.items():
        landmark_means = np.mean([np.mean(person, axis=0) for person in by_person.values()], axis=0)
        cells = [f"{landmark_means[part].mean():.2f}" for part in columns.values()]
        cropped = np.mean([np.mean(person) for person in as_cropped[name].values()])
        table.add_row(name, str(len(by_person)), *cells, f"{cropped:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
