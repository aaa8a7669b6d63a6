"""Training samples: what the networks get is what they get at run time."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pechead.data.augment import AugmentSettings, ColourChange, compressed
from pechead.data.batch import TrainingBatch, collate
from pechead.data.clip import Clip
from pechead.data.dataset import FaceData, TrainingSamples, training_batches, validation_batches
from pechead.data.errors import DataError
from pechead.data.maker import SampleMaker, SampleSettings, adopted
from pechead.data.mirror import mirrored_image
from pechead.data.pairs import ClipPool
from pechead.data.sample import EMPHASIS, TrainingSample, emphasis_map
from pechead.data.split import PeopleSplit
from pechead.face.blendshapes import NAMES
from pechead.face.model import FaceModel
from pechead.face.pose import Pose
from pechead.landmarker.detector import FaceDetector
from pechead_live.frames import Motion
from pechead_live.motion.retarget import SourceFace, retarget
from pechead_live.motion.settings import MotionSettings

PLAIN = SampleSettings(size=128, augment=AugmentSettings.none())
FLIPPED = replace(PLAIN, augment=replace(AugmentSettings.none(), flip=1))
CLOSER = replace(PLAIN, augment=replace(AugmentSettings.none(), closer=1, closest=1.5))


def of_pair(
    model: FaceModel, settings: SampleSettings, clip: Clip, source: int, *driving: int
) -> TrainingSample:
    return SampleMaker(model, settings).of_pair(clip, source, driving, np.random.default_rng(0))


def same(one: TrainingBatch, other: TrainingBatch) -> bool:
    return all(
        torch.equal(a, b)
        for a, b in (
            (one.source, other.source),
            (one.driving, other.driving),
            (one.landmarks, other.landmarks),
            (one.emphasis, other.emphasis),
            (one.motions[0].flow, other.motions[0].flow),
            (one.motions[0].driving.coefficients, other.motions[0].driving.coefficients),
        )
    )


def test_driving_landmarks_are_those_of_absolute_retargeting(
    clips: dict[str, Clip], face_model: FaceModel
) -> None:
    clip = clips["anna_1"]
    sample = of_pair(face_model, PLAIN, clip, 1, 14)
    track = clip.track
    place = (track.translation[14, :2] - 64) / 128
    driver = Motion(
        track.rotation[14], place.astype(np.float32), float(track.scale[14]) / 128, track.expression[14]
    )
    source = SourceFace.of(face_model, track.fit(1, face_model), (128, 128))
    at_run_time = retarget(source, driver, driver, MotionSettings(mode="absolute"))
    motion = sample.motions[0]
    np.testing.assert_allclose(motion.driving.landmarks, at_run_time.landmarks[:, :2] / 64 - 1, atol=1e-4)
    # Near where the landmarker saw the driving face, as the person is the same, and far from the source.
    seen = track.landmarks[14, :, :2] / 64 - 1
    assert np.abs(motion.driving.landmarks - seen).mean() * 64 < 1.5
    assert np.abs(motion.source.landmarks - seen).mean() * 64 > 3


def test_a_closer_crop_moves_pictures_and_faces_alike(clips: dict[str, Clip], face_model: FaceModel) -> None:
    clip = clips["anna_1"]
    sample, plain = (of_pair(face_model, settings, clip, 3, 9) for settings in (CLOSER, PLAIN))
    before, after = (each.motions[0].driving.landmarks for each in (plain, sample))
    enlarged = np.ptp(after[:, 0]) / np.ptp(before[:, 0])
    assert 1 < enlarged <= 1.5
    places = [(points[[1, 152]] + 1) * 64 for points in (before, after)]
    # What was at the nose and at the chin is there still, in both pictures.
    corners = [np.stack([a, b, a + (b - a)[::-1] * [1, -1]]).astype(np.float32) for a, b in places]
    affine = cv2.getAffineTransform(corners[0], corners[1])
    for picture, closer in ((plain.source, sample.source), (plain.driving[0], sample.driving[0])):
        expected = cv2.warpAffine(picture, affine, (128, 128), borderMode=cv2.BORDER_REPLICATE)
        assert np.abs(expected.astype(int) - closer).mean() < 3


def test_conditions_hold_pose_and_expression_in_normalised_units(
    clips: dict[str, Clip], face_model: FaceModel
) -> None:
    clip = clips["anna_1"]
    condition = of_pair(face_model, PLAIN, clip, 3, 9).motions[0].source
    coefficients, track = condition.coefficients, clip.track
    np.testing.assert_allclose(coefficients[:6], track.rotation[3, :2].ravel(), atol=1e-6)
    np.testing.assert_allclose(coefficients[6:8], track.translation[3, :2] / 64 - 1, atol=1e-5)
    assert np.exp(coefficients[8]) == pytest.approx(track.scale[3] / 64, rel=1e-5)
    np.testing.assert_array_equal(coefficients[9:], track.expression[3])
    assert condition.facing.shape == (468,)
    assert np.abs(condition.facing).max() <= 1 + 1e-6
    assert np.median(condition.facing) > 0.3


def test_geometric_flow_brings_the_source_closer_to_the_driving_frame(
    clips: dict[str, Clip], face_model: FaceModel
) -> None:
    sample = of_pair(face_model, PLAIN, clips["anna_1"], 3, 12)
    batch = collate([sample])
    flow = batch.motions[0].flow[:, :2].permute(0, 2, 3, 1)
    assert flow.shape == (1, 128, 128, 2)
    warped = torch.nn.functional.grid_sample(batch.source, flow, align_corners=False)
    weight = batch.emphasis[:, 0] - 1
    before = (weight * (batch.source - batch.driving[:, 0]).abs()).mean()
    after = (weight * (warped - batch.driving[:, 0]).abs()).mean()
    assert after < 0.6 * before


def test_flipped_sample_is_the_sample_of_the_flipped_clip(
    clips: dict[str, Clip], face_model: FaceModel, image_detector: FaceDetector
) -> None:
    clip = clips["anna_1"]
    plain, flipped = (of_pair(face_model, settings, clip, 2, 13) for settings in (PLAIN, FLIPPED))
    np.testing.assert_array_equal(flipped.source, mirrored_image(plain.source))
    np.testing.assert_array_equal(flipped.driving[0], mirrored_image(plain.driving[0]))
    (seen,) = image_detector.detect(flipped.driving[0])
    there = flipped.motions[0].driving.landmarks
    assert np.abs(seen.landmarks[:, :2] / 64 - 1 - there).mean() * 64 < 2
    assert np.abs(seen.landmarks[:, :2] / 64 - 1 - flipped.landmarks[0]).mean() * 64 < 0.7
    # The mirrored flow leads to the mirrored places, up to the face model's own asymmetry.
    expected = plain.motions[0].flow[:2, :, ::-1] * np.array([-1, 1], np.float32)[:, None, None]
    assert np.abs(flipped.motions[0].flow[:2] - expected).mean() * 64 < 0.5
    jaw = [sample.motions[0].driving.coefficients[9 + NAMES.index("jawOpen")] for sample in (plain, flipped)]
    assert jaw[1] == pytest.approx(jaw[0], abs=0.08)
    yaw = [sample.motions[0].driving.coefficients[2] for sample in (plain, flipped)]
    assert abs(yaw[0]) > 0.1
    assert yaw[1] == pytest.approx(-yaw[0], abs=0.02)
    assert np.abs(flipped.emphasis - plain.emphasis[..., ::-1]).mean() < 0.02


def test_emphasis_is_on_mouth_and_eyes_and_soft(face_model: FaceModel) -> None:
    pose = Pose(np.eye(3, dtype=np.float32), np.array([64, 64, 0], np.float32), 4.0)
    landmarks = pose.project(face_model.mean)
    emphasis = emphasis_map(landmarks, face_model, 128)
    assert emphasis.shape == (64, 64)
    assert emphasis.min() == 1
    for ring in (face_model.contours.outer_lips, face_model.contours.left_eye):
        x, y = (landmarks[ring, :2].mean(0) / 2).astype(int)
        assert emphasis[y, x] > EMPHASIS / 2
    nose_x, nose_y = (landmarks[face_model.contours.nose, :2].mean(0) / 2).astype(int)
    assert emphasis[nose_y, nose_x] < 1.6
    assert emphasis[2, 2] == 1
    assert np.abs(np.diff(emphasis, axis=0)).max() < EMPHASIS / 2
    assert 1.05 < emphasis.mean() < 2


def test_stills_become_pairs_that_mostly_end_in_real_pixels(face_data: FaceData) -> None:
    settings = replace(PLAIN, still_share=1.0)
    samples = TrainingSamples(face_data, settings)
    photo = next(clip for clip in face_data.training if len(clip) == 1).image(0)
    made = [samples[position] for position in range(24)]
    drawn_target = [np.array_equal(sample.source, photo) for sample in made]
    real_target = [np.array_equal(sample.driving[0], photo) for sample in made]
    assert all(a != b for a, b in zip(drawn_target, real_target, strict=True))
    assert sum(real_target) >= 12
    assert any(drawn_target)
    for sample in made:
        motion = sample.motions[0]
        moved = np.abs(motion.driving.landmarks - motion.source.landmarks).mean() * 64
        assert 0.05 < moved < 20
        assert np.abs(sample.source.astype(int) - sample.driving[0]).mean() > 0.1


def test_landmarker_finds_the_moved_still_where_its_landmarks_say(
    face_data: FaceData, image_detector: FaceDetector
) -> None:
    samples = TrainingSamples(face_data, replace(PLAIN, still_share=1.0, drawn_target_share=1.0))
    for position in range(3):
        sample = samples[position]
        (face,) = image_detector.detect(sample.driving[0])
        there = sample.motions[0].driving.landmarks
        assert np.abs(face.landmarks[:, :2] / 64 - 1 - there).mean() * 64 < 2.5


def test_several_driving_frames(face_data: FaceData) -> None:
    for share in (0.0, 1.0):
        samples = TrainingSamples(face_data, replace(PLAIN, frames=3, still_share=share))
        batch = collate([samples[0], samples[1]])
        assert batch.driving.shape == (2, 3, 3, 128, 128)
        last = (255 * batch.driving[1, 2].permute(1, 2, 0)).round().byte().numpy()
        np.testing.assert_array_equal(last, samples[1].driving[2])
        assert len(batch.motions) == 3
        assert batch.emphasis.shape == (2, 3, 1, 128, 128)


def test_pictures_of_another_size_are_scaled_with_their_landmarks(
    clips: dict[str, Clip], face_model: FaceModel
) -> None:
    small, large = (
        of_pair(face_model, replace(PLAIN, size=size), clips["anna_1"], 2, 12) for size in (64, 256)
    )
    assert (small.source.shape, large.source.shape) == ((64, 64, 3), (256, 256, 3))
    for name in ("coefficients", "landmarks", "facing"):
        a, b = (getattr(sample.motions[0].driving, name) for sample in (small, large))
        np.testing.assert_allclose(a, b, atol=1e-4)
    assert np.abs(small.motions[0].flow - large.motions[0].flow).mean() < 0.01


def test_batch_is_what_the_networks_expect(face_data: FaceData) -> None:
    batch = next(training_batches(face_data, 3, replace(PLAIN, frames=2), workers=0))
    assert (batch.source.shape, batch.driving.shape) == ((3, 3, 128, 128), (3, 2, 3, 128, 128))
    assert batch.source.dtype == torch.float32
    assert 0 <= float(batch.source.min()) < float(batch.source.max()) <= 1
    motion = batch.motions[1]
    assert motion.flow.shape == (3, 4, 128, 128)
    assert motion.support.shape == (3, 4, 64, 64)
    assert motion.source.coefficients.shape == (3, 61)
    assert motion.driving.landmarks.shape == (3, 478, 2)
    assert motion.driving.facing.shape == (3, 468)
    assert float(batch.emphasis.min()) >= 1
    moved = batch.to(torch.device("meta"))
    assert moved.motions[0].driving.landmarks.device.type == "meta"


def test_a_run_goes_on_where_it_stopped_with_any_number_of_workers(face_data: FaceData) -> None:
    settings = SampleSettings(size=128)
    # OpenCV's threads are running when the workers are forked.
    cv2.setNumThreads(4)
    cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (0, 0), 3)
    unbroken = training_batches(face_data, 2, settings, seed=3, workers=0)
    batches = [next(unbroken) for _ in range(4)]
    resumed = next(training_batches(face_data, 2, settings, seed=3, first_batch=3, workers=0))
    elsewhere = training_batches(face_data, 2, settings, seed=3, first_batch=2, workers=2)
    assert same(resumed, batches[3])
    assert same(next(elsewhere), batches[2])
    assert same(next(elsewhere), batches[3])
    assert not same(batches[0], batches[1])
    other_seed = next(training_batches(face_data, 2, settings, seed=4, workers=0))
    assert not same(other_seed, batches[0])


def test_processes_that_train_together_share_out_the_samples(face_data: FaceData) -> None:
    def start(rank: int, world_size: int, size: int) -> TrainingBatch:
        return next(
            training_batches(
                face_data, size, PLAIN, first_batch=1, workers=0, rank=rank, world_size=world_size
            )
        )

    together, first, second = start(0, 1, 4), start(0, 2, 2), start(1, 2, 2)
    assert torch.equal(torch.cat([first.source, second.source]), together.source)


def test_validation_is_of_held_out_people_and_never_changes(face_data: FaceData) -> None:
    assert {clip.info.person for clip in face_data.validation} == {"bea"}
    assert {clip.info.person for clip in face_data.training} == {"anna", "cleo"}
    one, other = (
        [packed.unpack() for packed in validation_batches(face_data, 2, 5, SampleSettings(size=128))]
        for _ in range(2)
    )
    assert [len(batch.source) for batch in one] == [2, 2, 1]
    assert all(same(a, b) for a, b in zip(one, other, strict=True))
    bea = [face_data.validation[0].image(index) for index in range(16)]
    first = (one[0].source[0].permute(1, 2, 0) * 255).round().byte().numpy()
    assert any(np.array_equal(first, picture) for picture in bea)


def test_validation_needs_somebody(shards: Path, face_model: FaceModel) -> None:
    with pytest.raises(DataError, match="nobody is held out"):
        validation_batches(FaceData.load(shards, PeopleSplit(), face_model), 2)


def test_fits_follow_a_new_face_model(clips: dict[str, Clip], face_model: FaceModel) -> None:
    other = replace(face_model, identity_basis=face_model.identity_basis[::-1].copy())
    clip = clips["anna_2"]
    assert adopted(clip, face_model) is clip
    anew = adopted(clip, other)
    assert anew.info.face_model != clip.info.face_model
    np.testing.assert_allclose(anew.track.identity, clip.track.identity[::-1], atol=1e-3)
    fit = anew.track.fit(5, other)
    np.testing.assert_allclose(fit.landmarks(other), clip.track.landmarks[5], atol=2e-3)


def test_damaged_pictures_are_drawn_again(
    face_data: FaceData, face_model: FaceModel, caplog: pytest.LogCaptureFixture
) -> None:
    anna = face_data.training[0]
    torn = replace(anna, pictures=(b"torn",) * 3 + anna.pictures[3:])
    maker = SampleMaker(face_model, PLAIN)
    for number in range(8):
        maker.make(ClipPool([torn], 0), np.random.default_rng(number))
    assert "left out a damaged frame" in caplog.text
    useless = replace(anna, pictures=(b"torn",) * len(anna))
    with pytest.raises(DataError, match="damaged pictures in a row"):
        maker.make(ClipPool([useless], 0), np.random.default_rng(0))


def test_colours_change_alike_and_the_source_alone_is_compressed(
    clips: dict[str, Clip], face_model: FaceModel
) -> None:
    coloured = replace(PLAIN, augment=replace(AugmentSettings.none(), colour=1))
    squeezed = replace(PLAIN, augment=replace(AugmentSettings.none(), compression=1))
    plain = of_pair(face_model, PLAIN, clips["anna_1"], 8, 8)
    changed = of_pair(face_model, coloured, clips["anna_1"], 8, 8)
    np.testing.assert_array_equal(changed.source, changed.driving[0])
    assert np.abs(changed.source.astype(int) - plain.source).mean() > 2
    rough = of_pair(face_model, squeezed, clips["anna_1"], 8, 8)
    np.testing.assert_array_equal(rough.driving, plain.driving)
    assert 0 < np.abs(rough.source.astype(int) - plain.source).mean() < 10


def test_colour_changes_stay_moderate_and_keep_grey_grey_without_tint() -> None:
    grey = np.repeat(np.arange(0, 256, dtype=np.uint8)[None, :, None], 3, axis=2)
    for number in range(20):
        change = ColourChange.draw(replace(AugmentSettings(), tint=0), np.random.default_rng(number))
        changed = change.apply(grey)
        assert np.ptp(changed.astype(int), axis=2).max() <= 1
        assert np.abs(changed.astype(int) - grey).mean() < 60
    still: NDArray[np.uint8] = compressed(np.full((16, 16, 3), 77, np.uint8), 60)
    assert np.abs(still.astype(int) - 77).max() <= 2
