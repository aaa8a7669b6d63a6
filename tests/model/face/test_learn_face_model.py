"""Learning the face model: from faces made with a basis that is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face import model as model_module
from pechead.face.blendshapes import NAMES, index
from pechead.face.model import LANDMARKS, FaceModel
from pechead.face.pose import Pose, rotation_from_angles
from pechead.landmarker.locate import find_model_file
from pechead.training.face_data import Sequence
from pechead.training.learn_face_model import (
    IDENTITIES,
    learn,
    penalties_by_side,
    principal_directions,
    save,
    starting_model,
    unscored,
    without_rigid_motion,
)

USED = ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight")
FRAMES = 25


@pytest.fixture(scope="module")
def start() -> FaceModel:
    return starting_model(find_model_file())


@pytest.fixture(scope="module")
def truth(start: FaceModel) -> FaceModel:
    """The start with three blendshapes: a jaw that drops, and eyes that close."""
    basis = np.zeros((len(NAMES), LANDMARKS, 3), np.float32)
    lips = np.union1d(start.contours.inner_lips, start.contours.outer_lips)
    below = lips[start.mean[lips, 1] < start.mean[lips, 1].mean()]
    basis[index("jawOpen"), below, 1] = -1.5
    for name, eye in (
        ("eyeBlinkLeft", start.contours.left_eye),
        ("eyeBlinkRight", start.contours.right_eye),
    ):
        basis[index(name), eye, 1] = 0.8 * (start.mean[eye, 1].mean() - start.mean[eye, 1])
    return replace(start, expression_basis=basis)


def film(
    truth: FaceModel, person: str, seed: int, frames: int = FRAMES, blinks_together: bool = False
) -> Sequence:
    """A clip of someone, whose face differs a little from the mean, moving and turning at random."""
    random = np.random.default_rng(seed)
    face = face_of(truth, person)
    scores = np.zeros((frames, len(NAMES)), np.float32)
    scores[:, [index(name) for name in USED]] = random.random((frames, len(USED)))
    scores[:, index("cheekPuff")] = 0.005 * scores[:, index("jawOpen")]
    if blinks_together:
        scores[:, index("eyeBlinkRight")] = scores[:, index("eyeBlinkLeft")]
    landmarks = []
    for weights in scores:
        yaw, pitch, roll = random.uniform(-15, 15, 3)
        pose = Pose(
            rotation_from_angles(yaw, pitch, roll), random.uniform(110, 140, 3).astype(np.float32), 8.0
        )
        change = np.tensordot(weights, truth.expression_basis, 1)
        landmarks.append(pose.project((face + change).astype(np.float32)))
    return Sequence(f"{person}{seed}", person, "A", True, np.array(landmarks), scores)


def face_of(truth: FaceModel, person: str) -> NDArray[np.float32]:
    """A neutral face that is this person's own: a longer or shorter nose, a wider or narrower jaw."""
    random = np.random.default_rng(sum(person.encode()))
    face = truth.mean.copy()
    face[truth.contours.nose, 2] += random.normal(0, 0.3)
    face[truth.contours.face_oval, 0] *= 1 + random.normal(0, 0.03)
    return face


@pytest.fixture(scope="module")
def clips(truth: FaceModel) -> list[Sequence]:
    return [film(truth, person, seed) for seed, person in enumerate(("anna", "berta", "carla", "dora"))]


@pytest.fixture(scope="module")
def learned(clips: list[Sequence], start: FaceModel) -> FaceModel:
    return learn(clips, start)


def change_by(model: FaceModel, name: str) -> NDArray[np.float32]:
    """(478, 3) what a blendshape does."""
    return np.asarray(model.expression_basis[index(name)])


@pytest.mark.parametrize("name", USED)
def test_a_known_blendshape_is_learned(truth: FaceModel, learned: FaceModel, name: str) -> None:
    wanted = change_by(truth, name)
    missed = np.linalg.norm(change_by(learned, name) - wanted)
    assert missed < 0.25 * np.linalg.norm(wanted)


def test_blendshapes_that_hardly_change_stay_without_effect(learned: FaceModel) -> None:
    unused = [i for i, name in enumerate(NAMES) if name not in USED]
    assert not learned.expression_basis[unused].any()


def test_the_mean_is_the_average_neutral_face(truth: FaceModel, learned: FaceModel) -> None:
    everyone = [face_of(truth, person) for person in ("anna", "berta", "carla", "dora")]
    missed = np.linalg.norm(learned.mean - np.mean(everyone, axis=0), axis=1)
    assert missed.mean() < 0.05, "centimetres"


def test_two_identities_tell_apart_people_who_differ_in_two_ways(
    truth: FaceModel, learned: FaceModel, start: FaceModel
) -> None:
    faces = np.stack([face_of(truth, person) for person in ("anna", "berta", "carla", "dora")])
    offsets = without_rigid_motion((faces - learned.mean).astype(np.float64), start).reshape(4, -1)
    directions = learned.identity_basis[:2].reshape(2, -1).astype(np.float64)
    amounts = np.linalg.lstsq(directions.T, offsets.T)[0].T
    assert np.linalg.norm(offsets - amounts @ directions) < 0.3 * np.linalg.norm(offsets)


def test_everyone_weighs_the_same_however_many_frames_there_are(
    clips: list[Sequence], learned: FaceModel, start: FaceModel
) -> None:
    first, *others = clips
    repeated = replace(
        first,
        landmarks=np.concatenate([first.landmarks] * 3),
        expression_scores=np.concatenate([first.expression_scores] * 3),
    )
    again = learn([repeated, first, *others], start)
    np.testing.assert_allclose(again.mean, learned.mean, atol=1e-3)
    np.testing.assert_allclose(again.expression_basis, learned.expression_basis, atol=1e-3)


def test_eyes_that_always_blink_together_still_learn_to_wink(truth: FaceModel, start: FaceModel) -> None:
    clips = [film(truth, person, 7, blinks_together=True) for person in ("anna", "berta")]
    wink = np.linalg.norm(change_by(learn(clips, start), "eyeBlinkLeft"), axis=1)
    assert wink[start.contours.left_eye].mean() > 3 * wink[start.contours.right_eye].mean()


def test_only_what_has_a_side_is_held_back_on_the_other(start: FaceModel) -> None:
    penalties = penalties_by_side(start.mean)
    left, right = start.contours.left_eye, start.contours.right_eye
    assert np.all(penalties[index("eyeBlinkLeft"), right] > penalties[index("eyeBlinkLeft"), left])
    assert np.all(penalties[index("browDownRight"), left] > penalties[index("browDownRight"), right])
    assert len(np.unique(penalties[[index("jawOpen"), index("mouthSmileLeft"), index("browInnerUp")]])) == 1


def test_blendshapes_hardly_ever_scored_are_named(clips: list[Sequence]) -> None:
    assert {name for name, is_one in zip(NAMES, unscored(clips), strict=True) if not is_one} == set(USED)


def test_turns_shifts_and_growth_are_no_expressions(start: FaceModel) -> None:
    bump = np.zeros((LANDMARKS, 3))
    bump[start.contours.left_iris] = 1.0
    turn = np.cross([0.1, -0.2, 0.05], start.mean)
    moved = np.stack([turn + (0.3, 0.1, -0.2) + 0.05 * start.mean, bump, bump + turn])
    rest = without_rigid_motion(moved, start)
    np.testing.assert_allclose(rest, [0 * bump, bump, bump], atol=1e-5)


def test_principal_directions_are_a_standard_deviation_long() -> None:
    along = np.random.default_rng(0).normal(size=(2, LANDMARKS, 3))
    along /= np.linalg.norm(along, axis=(1, 2), keepdims=True)
    amounts = np.random.default_rng(1).normal(0, (3.0, 0.5), (200, 2))
    offsets = np.tensordot(amounts - amounts.mean(axis=0), along, 1)
    found = principal_directions(offsets, 2)
    assert np.linalg.norm(found, axis=(1, 2)) == pytest.approx(amounts.std(axis=0), rel=0.05)
    assert abs((found[0] * along[0]).sum()) > 0.99 * np.linalg.norm(found[0])


def test_what_is_saved_is_what_is_loaded(
    learned: FaceModel, start: FaceModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(learned, start, tmp_path / "face_model.npz")
    monkeypatch.setattr(model_module, "LEARNED_FILE", tmp_path / "face_model.npz")
    loaded = FaceModel.load()
    np.testing.assert_allclose(loaded.mean, learned.mean, atol=1e-5)
    np.testing.assert_allclose(loaded.expression_basis, learned.expression_basis, atol=1e-3)
    np.testing.assert_allclose(loaded.identity_basis, learned.identity_basis, atol=1e-3)
    np.testing.assert_array_equal(loaded.contours.face_oval, learned.contours.face_oval)
    np.testing.assert_array_equal(loaded.triangles, learned.triangles)


def test_no_more_identities_than_people(learned: FaceModel) -> None:
    assert len(learned.identity_basis) <= min(IDENTITIES, 4)
