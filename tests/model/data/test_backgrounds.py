"""Other backgrounds: what becomes of the person, of what is behind, and of the face's description."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.data.augment import AugmentSettings
from pechead.data.backgrounds import Person, plate, varied
from pechead.data.clip import Clip, clip_from_members
from pechead.data.jpeg import encode_matte
from pechead.data.maker import SampleMaker, SampleSettings
from pechead.data.pairs import ClipPool
from pechead.data.sway import Sway
from pechead.face.model import FaceModel

Picture = NDArray[np.uint8]

ANOTHER = replace(AugmentSettings.none(), background=1.0, sway=0.0)
SWAYING = replace(ANOTHER, sway=1.0)


def disc(size: int, centre: tuple[int, int], radius: int) -> Picture:
    return np.asarray(cv2.circle(np.zeros((size, size), np.uint8), centre, radius, 255, -1), np.uint8)


def with_mattes(clip: Clip) -> Clip:
    """The face's box, grown, as everybody's matte."""
    mattes = []
    for landmarks in clip.track.landmarks:
        low, high = landmarks[:, :2].min(0).astype(int) - 8, landmarks[:, :2].max(0).astype(int) + 8
        matte = np.zeros((clip.info.size, clip.info.size), np.uint8)
        cv2.rectangle(matte, low.tolist(), high.tolist(), 255, -1)
        mattes.append(encode_matte(matte))
    return replace(clip, mattes=tuple(mattes))


@pytest.fixture(scope="module")
def cut_out(clips: dict[str, Clip]) -> dict[str, Clip]:
    return {name: with_mattes(clip) for name, clip in clips.items()}


def test_a_plate_goes_on_behind_the_person() -> None:
    columns = np.linspace(20, 220, 256)[None].repeat(256, 0)
    wall = np.dstack([columns, columns[:, ::-1], np.full((256, 256), 90.0)]).astype(np.uint8)
    matte = disc(256, (120, 150), 60)
    photo = np.where(matte[..., None] > 0, np.uint8(0), wall)
    found = plate(np.asarray(photo, np.uint8), matte)
    assert found is not None
    error = np.abs(found.astype(int) - wall)
    assert error[matte == 0].mean() < 2
    assert error[matte > 0].mean() < 12


def test_there_is_no_plate_of_a_picture_that_the_person_fills() -> None:
    photo = np.full((64, 64, 3), 200, np.uint8)
    assert plate(photo, np.full((64, 64), 255, np.uint8)) is None


def test_varied_backgrounds_keep_their_size_and_differ() -> None:
    wall = np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)
    seen = [varied(wall, np.random.default_rng(seed)) for seed in range(6)]
    assert {one.shape for one in seen} == {(96, 96, 3)}
    assert len({one.tobytes() for one in seen}) == 6


def test_the_person_stays_and_the_background_is_the_other() -> None:
    matte = disc(128, (64, 64), 30)
    mixed = Person(np.full((128, 128, 3), 200, np.uint8), matte).before(np.full((128, 128, 3), 40, np.uint8))
    assert (mixed[matte == 255] == 200).all()
    assert (mixed[matte == 0] == 40).all()


def test_sway_moves_picture_and_face_alike(clips: dict[str, Clip], face_model: FaceModel) -> None:
    clip = clips["anna_1"]
    fit = clip.track.fit(3, face_model)
    sway = Sway.draw(128, 0.1, 0.15, 12, np.random.default_rng(3))
    before = fit.landmarks(face_model)
    after = sway.fit(fit).landmarks(face_model)
    expected = before[:, :2] @ sway.matrix[:, :2].T + sway.matrix[:, 2]
    np.testing.assert_allclose(after[:, :2], expected, atol=1e-2)
    # Depth grows along, and head space stays.
    np.testing.assert_allclose(np.ptp(after[:, 2]), np.ptp(before[:, 2]) * sway.growth, rtol=1e-3)
    assert np.linalg.det(sway.fit(fit).pose.rotation) == pytest.approx(1, abs=1e-4)
    dot = np.zeros((128, 128, 3), np.uint8)
    dot[70:73, 50:53] = 255
    rows, columns = np.nonzero(sway.image(dot)[..., 0] > 120)
    place = np.array([51.5, 71.5]) @ sway.matrix[:, :2].T + sway.matrix[:, 2]
    np.testing.assert_allclose([columns.mean() + 0.5, rows.mean() + 0.5], place, atol=0.7)


def test_a_pair_comes_to_stand_before_one_other_background(
    cut_out: dict[str, Clip], face_model: FaceModel
) -> None:
    """Source and driving frame before the same one; the faces are where they were."""
    settings = SampleSettings(size=128, still_share=0, augment=ANOTHER)
    pool = ClipPool([cut_out["bea"]], still_share=0)
    sample = SampleMaker(face_model, settings).make(pool, np.random.default_rng(1))
    plain = SampleMaker(face_model, replace(settings, augment=AugmentSettings.none())).make(
        pool, np.random.default_rng(1)
    )
    np.testing.assert_allclose(
        sample.motions[0].driving.landmarks, plain.motions[0].driving.landmarks, atol=1e-5
    )
    edge = np.s_[:, :10]
    assert np.abs(sample.source[edge].astype(int) - sample.driving[0][edge]).max() <= 1
    assert np.abs(sample.source[edge].astype(int) - plain.source[edge]).mean() > 1
    x, y = ((plain.motions[0].source.landmarks[1] + 1) * 64).astype(int)
    nose = np.s_[y - 4 : y + 4, x - 4 : x + 4]
    np.testing.assert_array_equal(sample.source[nose], plain.source[nose])


def test_one_side_of_a_pair_sways_before_a_background_that_stays(
    cut_out: dict[str, Clip], face_model: FaceModel
) -> None:
    settings = SampleSettings(size=128, still_share=1, swayed_still_share=1, augment=SWAYING)
    pool = ClipPool([cut_out["cleo"], cut_out["bea"]], still_share=1)
    maker = SampleMaker(face_model, settings)
    for seed in range(4):
        sample = maker.make(pool, np.random.default_rng(seed))
        motion = sample.motions[0]
        np.testing.assert_array_equal(motion.source.coefficients[9:], motion.driving.coefficients[9:])
        assert np.abs(motion.source.landmarks - motion.driving.landmarks).max() > 0.02
        still = np.abs(sample.source.astype(int) - sample.driving[0]).max(2)
        assert (still <= 1).mean() > 0.1
        assert (still > 8).mean() > 0.1


def test_a_samples_mattes_say_where_the_person_is_in_its_pictures(
    cut_out: dict[str, Clip], face_model: FaceModel
) -> None:
    """After mirroring, stretching and cropping the face's box is the matte still."""
    augment = replace(AugmentSettings.none(), flip=1.0, proportions=1.0, closer=1.0)
    settings = SampleSettings(size=128, still_share=0, augment=augment)
    maker = SampleMaker(face_model, settings)
    for seed in range(3):
        sample = maker.make(ClipPool([cut_out["bea"]], still_share=0), np.random.default_rng(seed))
        assert sample.mattes.shape == (2, 128, 128)
        assert sample.matted.all()
        motion = sample.motions[0]
        for matte, face in zip(sample.mattes, (motion.source, motion.driving), strict=True):
            rows, columns = np.nonzero(matte > 127)
            places = (face.landmarks + 1) * 64
            low, high = places.min(0).clip(0, 128), places.max(0).clip(0, 128)
            box = np.array([columns.min(), rows.min(), columns.max(), rows.max()])
            assert np.abs(box - np.concatenate([low, high])).max() < 22
            assert matte[int(places[1, 1]), int(places[1, 0])] == 255


def test_a_still_that_geometry_moves_has_no_matte_but_its_own(
    cut_out: dict[str, Clip], face_model: FaceModel
) -> None:
    settings = SampleSettings(
        size=128, still_share=1, swayed_still_share=0, drawn_target_share=0, augment=AugmentSettings.none()
    )
    pool = ClipPool([cut_out["cleo"], cut_out["bea"]], still_share=1)
    sample = SampleMaker(face_model, settings).make(pool, np.random.default_rng(1))
    assert sample.matted.tolist() == [False, True]
    assert (sample.mattes[0] == 255).all()
    assert (sample.mattes[1] < 128).any()


def test_without_mattes_everything_is_as_before(clips: dict[str, Clip], face_model: FaceModel) -> None:
    settings = SampleSettings(size=128, still_share=0, augment=ANOTHER)
    pool = ClipPool([clips["bea"]], still_share=0)
    sample = SampleMaker(face_model, settings).make(pool, np.random.default_rng(1))
    assert any(np.array_equal(sample.source, clips["bea"].image(i)) for i in range(len(clips["bea"])))
    assert not sample.matted.any()


def test_mattes_survive_in_shards(cut_out: dict[str, Clip], clips: dict[str, Clip]) -> None:
    stored = clip_from_members(cut_out["bea"].members())
    assert stored.mattes == cut_out["bea"].mattes
    assert stored.matte(2).shape == (128, 128)
    assert clip_from_members(clips["bea"].members()).mattes == ()
