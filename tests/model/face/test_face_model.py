"""The face model that ships: its size, its shape, and what its blendshapes do."""

from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.errors import ModelFileError
from pechead.face import model as model_module
from pechead.face.blendshapes import NAMES, index
from pechead.face.model import LANDMARKS, LEARNED_FILE, SURFACE_POINTS, FaceModel
from pechead.face.solver import rigid_motions

Array = NDArray[np.float32]


def face(model: FaceModel, **weights: float) -> Array:
    """The average person with blendshapes by name."""
    expression = np.zeros(len(NAMES), np.float32)
    for name, value in weights.items():
        expression[index(name)] = value
    return model.shape(np.zeros(len(model.identity_basis), np.float32), expression)


def height(shape: Array, ring: NDArray[np.int32]) -> float:
    """Of a part of the face, in centimetres."""
    return float(np.ptp(shape[ring, 1]))


def width(shape: Array, ring: NDArray[np.int32]) -> float:
    return float(np.ptp(shape[ring, 0]))


def area(shape: Array, ring: NDArray[np.int32]) -> float:
    """Square centimetres of a ring, seen from in front."""
    x, y = shape[ring, 0], shape[ring, 1]
    return float(abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2)


def test_the_learned_file_is_small() -> None:
    assert LEARNED_FILE.stat().st_size < 1_000_000


def test_arrays_have_the_documented_shapes(face_model: FaceModel) -> None:
    count = len(face_model.identity_basis)
    assert 8 <= count <= 64
    assert face_model.mean.shape == (478, 3)
    assert face_model.identity_basis.shape == (count, 478, 3)
    assert face_model.expression_basis.shape == (52, 478, 3)
    assert face_model.triangles.shape == (898, 3)
    assert face_model.procrustes_weights.shape == (478,)
    assert not face_model.procrustes_weights[SURFACE_POINTS:].any(), "irises move on their own"
    assert {array.dtype.name for array in (face_model.mean, face_model.expression_basis)} == {"float32"}


def test_a_shape_is_the_mean_plus_what_each_weight_adds(face_model: FaceModel) -> None:
    count = len(face_model.identity_basis)
    identity = np.random.default_rng(0).normal(size=count).astype(np.float32)
    expression = np.random.default_rng(1).random(52).astype(np.float32)
    expected = face_model.mean.astype(np.float64)
    for weight, change in zip(identity, face_model.identity_basis, strict=True):
        expected = expected + weight * change
    for weight, change in zip(expression, face_model.expression_basis, strict=True):
        expected = expected + weight * change
    shape = face_model.shape(identity, expression)
    assert shape.dtype == np.float32
    np.testing.assert_allclose(shape, expected, atol=1e-4)


def test_the_mean_is_a_calm_frontal_face(face_model: FaceModel) -> None:
    mean, contours = face_model.mean, face_model.contours
    assert 12 < np.ptp(mean[:, 0]) < 18, "centimetres"
    assert mean[contours.left_eye, 0].mean() > 2 > -2 > mean[contours.right_eye, 0].mean()
    assert mean[contours.left_eyebrow, 1].mean() > mean[contours.left_eye, 1].mean()
    assert mean[contours.outer_lips, 1].mean() < mean[contours.nose, 1].mean()
    assert mean[contours.nose, 2].max() > mean[contours.face_oval, 2].max(), "the nose is nearest the camera"
    assert height(mean, contours.inner_lips) < 0.5, "the mouth is shut"


def test_irises_lie_in_their_eyes(face_model: FaceModel) -> None:
    for eye, iris in (("left_eye", "left_iris"), ("right_eye", "right_iris")):
        corners = face_model.mean[getattr(face_model.contours, eye)]
        middle = face_model.mean[getattr(face_model.contours, iris)].mean(axis=0)
        assert np.all(corners[:, :2].min(axis=0) < middle[:2])
        assert np.all(middle[:2] < corners[:, :2].max(axis=0))


def test_contours_are_rings_around_their_parts(face_model: FaceModel) -> None:
    contours, mean = face_model.contours, face_model.mean
    for ring in astuple(contours):
        assert len(set(ring.tolist())) == len(ring)
        assert 0 <= ring.min() < ring.max() < LANDMARKS
    assert area(mean, contours.inner_lips) < area(mean, contours.outer_lips)
    assert area(mean, contours.face_oval) > 0.95 * np.ptp(mean[:, 0]) * np.ptp(mean[:, 1]) * np.pi / 4


def test_the_jaw_opens_the_mouth(face_model: FaceModel) -> None:
    shut, opened = face(face_model), face(face_model, jawOpen=0.7)
    contours = face_model.contours
    assert height(opened, contours.inner_lips) > height(shut, contours.inner_lips) + 1
    chin = int(shut[:SURFACE_POINTS, 1].argmin())
    assert opened[chin, 1] < shut[chin, 1] - 1
    assert np.abs(opened - shut)[contours.nose].max() < 0.6


@pytest.mark.parametrize(
    ("name", "near", "far"),
    [("eyeBlinkLeft", "left_eye", "right_eye"), ("eyeBlinkRight", "right_eye", "left_eye")],
)
def test_a_wink_closes_its_own_eye(face_model: FaceModel, name: str, near: str, far: str) -> None:
    def closed_by(eye: str) -> float:
        ring = getattr(face_model.contours, eye)
        return area(face(face_model), ring) - area(face(face_model, **{name: 0.6}), ring)

    assert closed_by(near) > 0.25
    assert closed_by(near) > 2 * closed_by(far)


def test_a_smile_widens_the_mouth_and_lifts_its_corners(face_model: FaceModel) -> None:
    lips = face_model.contours.outer_lips
    calm, smiling = face(face_model), face(face_model, mouthSmileLeft=1, mouthSmileRight=1)
    corners = lips[[calm[lips, 0].argmin(), calm[lips, 0].argmax()]]
    assert width(smiling, lips) > width(calm, lips) + 0.5
    assert np.all(smiling[corners, 1] > calm[corners, 1])


def test_a_look_to_the_left_moves_both_irises_that_way(face_model: FaceModel) -> None:
    moved = face(face_model, eyeLookOutLeft=0.8, eyeLookInRight=0.8) - face(face_model)
    for iris in (face_model.contours.left_iris, face_model.contours.right_iris):
        assert moved[iris, 0].mean() > 0.2, "the person's left is the image's right"


def test_brows_go_up_and_down(face_model: FaceModel) -> None:
    brow = face_model.contours.left_eyebrow
    calm = face(face_model)[brow, 1].mean()
    assert face(face_model, browInnerUp=1, browOuterUpLeft=1)[brow, 1].mean() > calm + 0.3
    assert face(face_model, browDownLeft=1)[brow, 1].mean() < calm - 0.2


def test_no_basis_moves_the_whole_head(face_model: FaceModel) -> None:
    """Turns, shifts and growth are the pose's, as the points of the pose fit see them."""
    moves = rigid_motions(face_model.mean.astype(np.float64)).transpose(1, 0, 2)
    weighted = moves * face_model.procrustes_weights[:, None, None]
    for basis in (face_model.identity_basis, face_model.expression_basis):
        overlap = np.einsum("nam,pna->mp", weighted, basis)
        size = np.linalg.norm(weighted) * np.linalg.norm(basis, axis=(1, 2)).max()
        assert np.abs(overlap).max() < 0.02 * size


def test_identities_are_in_order_of_how_much_they_explain(face_model: FaceModel) -> None:
    sizes = np.linalg.norm(face_model.identity_basis, axis=(1, 2))
    assert np.all(np.diff(sizes) <= 1e-3)
    assert sizes[-1] > 0.1


@pytest.mark.parametrize("content", [None, b"not an archive"], ids=["missing", "damaged"])
def test_without_its_learned_file_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = tmp_path / "face_model.npz"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(model_module, "LEARNED_FILE", path)
    with pytest.raises(ModelFileError, match=r"face_model\.npz is missing or damaged .*: install .* again"):
        FaceModel.load()


def test_a_learned_file_that_lacks_a_part_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with np.load(LEARNED_FILE) as learned:
        parts = {name: learned[name] for name in learned if name != "iris_mean"}
    np.savez(tmp_path / "face_model.npz", **parts)
    monkeypatch.setattr(model_module, "LEARNED_FILE", tmp_path / "face_model.npz")
    with pytest.raises(ModelFileError, match="missing or damaged"):
        FaceModel.load()
