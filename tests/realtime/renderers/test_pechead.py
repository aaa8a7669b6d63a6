"""The networks' renderer, with a model that shows the photo alone, moved by geometry."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.realtime.renderers.test_geometric import difference, driven, eyes_open, whole

from pechead.errors import ModelFileError
from pechead.face.fit import fit_face
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector, Keypoints
from pechead_engines.manifest import checked_file, read_manifest
from pechead_engines.shipped import shipped_model
from pechead_live.frames import Image
from pechead_live.renderers.base import Renderer
from pechead_live.renderers.create import create_renderer
from pechead_live.renderers.pechead import PecheadRenderer
from pechead_live.source.portrait import SourcePortrait
from pechead_live.source.prepare import prepare_portrait


@pytest.fixture(scope="module")
def portrait(portrait_photo: Image, portrait_keypoints: Keypoints, face_model: FaceModel) -> SourcePortrait:
    return whole(portrait_photo, portrait_keypoints, face_model)


@pytest.fixture(scope="module")
def renderer(face_model: FaceModel, photo_only_model: Path, portrait: SourcePortrait) -> PecheadRenderer:
    prepared = PecheadRenderer(face_model, photo_only_model, threads=2)
    prepared.set_source(portrait)
    return prepared


@pytest.fixture(scope="module")
def close(portrait_photo: Image, face_model: FaceModel, image_detector: FaceDetector) -> SourcePortrait:
    """In the crop that the live driver shows the shipped model: it knows faces of one size."""
    return prepare_portrait(portrait_photo, "portrait", image_detector, face_model, "close")


@pytest.fixture(scope="module")
def shipped(face_model: FaceModel, close: SourcePortrait) -> Renderer:
    prepared = create_renderer("pechead", face_model)
    prepared.set_source(close)
    return prepared


def test_the_photos_own_face_is_drawn_as_the_photo(
    renderer: PecheadRenderer, portrait: SourcePortrait, face_model: FaceModel
) -> None:
    drawn = renderer.render(driven(portrait, face_model))
    assert drawn.shape == portrait.image.shape
    assert difference(drawn, portrait.image).mean() < 3


def test_the_face_goes_where_it_is_sent(
    renderer: PecheadRenderer, portrait: SourcePortrait, face_model: FaceModel, image_detector: FaceDetector
) -> None:
    drawn = renderer.render(driven(portrait, face_model, shift=(40, 10)))
    found = image_detector.detect(drawn)[0].landmarks
    along, across = (found - portrait.landmarks)[:, :2].mean(0)
    assert along == pytest.approx(40, abs=6)
    assert across == pytest.approx(10, abs=4)


def test_a_photo_is_drawn_at_its_own_size(
    renderer: PecheadRenderer,
    portrait: SourcePortrait,
    face_model: FaceModel,
    photo_only_model: Path,
    image_detector: FaceDetector,
) -> None:
    large = np.asarray(cv2.resize(portrait.photo, (800, 800), interpolation=cv2.INTER_CUBIC), np.uint8)
    face = image_detector.detect(large)[0]
    fit = fit_face(face_model, face.landmarks, face.expression_scores)
    enlarged = whole(large, face, face_model)
    prepared = PecheadRenderer(face_model, photo_only_model, threads=2)
    prepared.set_source(enlarged)
    drawn = prepared.render(driven(enlarged, face_model, yaw=8))
    assert drawn.shape == (800, 800, 3)
    small = renderer.render(driven(portrait, face_model, yaw=8))
    shrunk = np.asarray(cv2.resize(drawn, (512, 512), interpolation=cv2.INTER_AREA), np.uint8)
    assert difference(shrunk, small).mean() < 8
    assert fit.pose.scale > portrait.fit.pose.scale


def test_the_same_driving_face_is_drawn_the_same(
    renderer: PecheadRenderer, portrait: SourcePortrait, face_model: FaceModel
) -> None:
    face = driven(portrait, face_model, yaw=10, jawOpen=0.5)
    first = renderer.render(face)
    renderer.render(driven(portrait, face_model, yaw=-10))
    np.testing.assert_array_equal(renderer.render(face), first)


def test_a_missing_model_is_named(face_model: FaceModel, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no model in"):
        PecheadRenderer(face_model, tmp_path, threads=1)


def test_the_shipped_model_draws_the_face_that_is_asked_for(
    close: SourcePortrait, shipped: Renderer, face_model: FaceModel, image_detector: FaceDetector
) -> None:
    asked = driven(close, face_model, yaw=12, jawOpen=0.5)
    found = image_detector.detect(shipped.render(asked))[0]
    assert np.abs(found.landmarks - asked.landmarks)[:, :2].mean() < 3
    assert opening(found.landmarks) == pytest.approx(opening(asked.landmarks), rel=0.2)
    assert opening(found.landmarks) > 2 * opening(close.landmarks)


def test_the_shipped_model_shuts_its_eyes(
    close: SourcePortrait, shipped: Renderer, face_model: FaceModel, image_detector: FaceDetector
) -> None:
    asked = driven(close, face_model, eyeBlinkLeft=1, eyeBlinkRight=1)
    drawn = image_detector.detect(shipped.render(asked))[0].landmarks
    for shut, eye in zip(eyes_open(drawn), eyes_open(close.landmarks), strict=True):
        assert shut < 0.3 * eye


def opening(landmarks: NDArray[np.float32]) -> float:
    """Pixels between the middles of the lips."""
    upper, lower = landmarks[[13, 14], :2]
    return float(np.linalg.norm(upper - lower))


def test_the_shipped_models_files_are_small_and_what_its_manifest_says() -> None:
    manifest = read_manifest(shipped_model())
    for graph in manifest.graphs:
        checked_file(shipped_model(), graph)
    assert (shipped_model() / "weights.safetensors").stat().st_size <= 20e6


def test_the_shipped_graphs_hold_no_path_of_the_machine_that_made_them() -> None:
    manifest = read_manifest(shipped_model())
    for graph in manifest.graphs:
        assert b".py" not in (shipped_model() / graph.file).read_bytes()
