"""Landmarks of a folder of clips and stills: made here from the portrait."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.landmarker.detector import Keypoints
from pechead.training.face_data import CROP_SIZE, CROP_TO_FACE, Sequence, crop_around, load_sequences

ROWS = (
    ("clip", "turning.avi", "anna", "A", "CC BY 4.0"),
    ("still", "portrait.png", "anna", "B", "MIT (code)"),
    ("still", "copyleft.png", "berta", "B", "GPL-3.0 (code)"),
    ("still", "reserved.png", "carla", "B", "all rights reserved"),
    ("still", "noise.png", "nobody", "A", "CC0"),
)


@pytest.fixture
def data_folder(tmp_path: Path, portrait_photo: NDArray[np.uint8]) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    photo = cv2.cvtColor(portrait_photo, cv2.COLOR_RGB2BGR)
    for name in ("portrait", "copyleft", "reserved"):
        cv2.imwrite(str(folder / f"{name}.png"), photo)
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    cv2.imwrite(str(folder / "noise.png"), noise)
    clip = cv2.VideoWriter(str(folder / "turning.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, (512, 512))
    for shift in (0, 4, 8):
        clip.write(np.roll(photo, shift, axis=1))
    clip.release()
    with (folder / "manifest.csv").open("w", newline="") as manifest:
        csv.writer(manifest).writerows([("kind", "file", "person", "tier", "licence"), *ROWS])
    return folder


def test_faces_of_permissively_licensed_files_are_seen(data_folder: Path, tmp_path: Path) -> None:
    clip, still = load_sequences(data_folder, tmp_path / "cache")
    assert (clip.file, clip.person, clip.tier, clip.is_clip) == ("turning.avi", "anna", "A", True)
    assert (still.file, still.person, still.tier, still.is_clip) == ("portrait.png", "anna", "B", False)
    assert clip.landmarks.shape == (3, 478, 3)
    assert clip.expression_scores.shape == (3, 52)
    assert still.landmarks.shape == (1, 478, 3)


def test_faces_are_measured_in_a_crop_of_fixed_size_and_place(data_folder: Path, tmp_path: Path) -> None:
    clip, still = load_sequences(data_folder, tmp_path / "cache")
    box = np.ptp(still.landmarks[0, :, :2], axis=0).max()
    assert box == pytest.approx(CROP_SIZE / CROP_TO_FACE, rel=0.05)
    steps = np.diff(clip.landmarks[:, :, 0].mean(axis=1))
    assert np.all(steps > 1), "the crop stands still, so the face moves"


def test_what_has_been_seen_is_not_looked_at_again(data_folder: Path, tmp_path: Path) -> None:
    before = load_sequences(data_folder, tmp_path / "cache")
    for path in (*data_folder.glob("*.png"), *data_folder.glob("*.avi")):
        path.unlink()
    after = load_sequences(data_folder, tmp_path / "cache")
    assert [sequence.file for sequence in after] == [sequence.file for sequence in before]
    for first, second in zip(before, after, strict=True):
        assert isinstance(second, Sequence)
        np.testing.assert_array_equal(first.landmarks, second.landmarks)


@pytest.mark.parametrize("size", [(512, 512), (140, 512), (512, 160)])
def test_the_crop_stays_in_the_picture(portrait_keypoints: Keypoints, size: tuple[int, int]) -> None:
    left, top, side = crop_around([portrait_keypoints], *size)
    assert 0 <= left <= left + side <= size[0]
    assert 0 <= top <= top + side <= size[1]
