"""Landmarks and blendshape scores of a folder of clips and stills, found once and cached.

The folder has a ``manifest.csv`` with at least the columns kind (``clip`` or ``still``), file, person, tier
and licence. Files under other than permissive licences are left out: what is learned here ships.
From each clip at most ``FRAMES_PER_CLIP`` frames, spread evenly, are cut to one fixed square of ``CROP_SIZE``
pixels around the face, so that all errors are in pixels of a 256 x 256 picture; a still is one such crop.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pechead.landmarker.detector import FaceDetector, Keypoints

CROP_SIZE = 256
FRAMES_PER_CLIP = 120
FRAMES_TO_PLACE_CROP = 20
CROP_TO_FACE = 2.15
CROP_RISE = 0.06
LARGEST_STILL = 1024
PERMISSIVE = ("MIT", "Apache-2.0", "BSD", "CC0", "CC BY 4")
"""How the names of permissive licences begin."""


@dataclass(frozen=True)
class Sequence:
    """What the landmarker saw in one clip or still.

    Attributes:
        file: path in the data folder.
        person: who is in it.
        tier: of the source's terms, ``A`` or ``B``.
        is_clip: False for a still, which has one frame.
        landmarks: (T, 478, 3) float32, pixels of the crop.
        expression_scores: (T, 52) float32.
    """

    file: str
    person: str
    tier: str
    is_clip: bool
    landmarks: NDArray[np.float32]
    expression_scores: NDArray[np.float32]


def load_sequences(data_folder: Path, cache_folder: Path) -> list[Sequence]:
    """What is permissively licensed and shows a face, from the cache where it has been seen before."""
    with (data_folder / "manifest.csv").open(newline="") as manifest:
        rows = [row for row in csv.DictReader(manifest) if row["licence"].startswith(PERMISSIVE)]
    cache_folder.mkdir(parents=True, exist_ok=True)
    sequences = []
    with FaceDetector("image") as detector:
        for row in tqdm(rows, desc="landmarks", unit="file"):
            cached = cache_folder / (Path(row["file"]).stem + ".npz")
            if not cached.exists():
                landmarks, scores = _see(data_folder / row["file"], row["kind"] == "clip", detector)
                np.savez(cached, landmarks=landmarks, expression_scores=scores)
            with np.load(cached) as stored:
                if len(stored["landmarks"]):
                    sequences.append(
                        Sequence(
                            row["file"],
                            row["person"],
                            row["tier"],
                            row["kind"] == "clip",
                            stored["landmarks"],
                            stored["expression_scores"],
                        )
                    )
    return sequences


def _see(
    path: Path, is_clip: bool, detector: FaceDetector
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Landmarks (T, 478, 3) and scores (T, 52) of one file; T = 0 if no face is found."""
    frames = _read_clip(path) if is_clip else _read_still(path)
    step = max(1, len(frames) // FRAMES_TO_PLACE_CROP)
    placing = [faces[0] for frame in frames[::step] if (faces := detector.detect(frame))]
    seen: list[Keypoints] = []
    if placing:
        height, width = frames[0].shape[:2]
        left, top, side = crop_around(placing, width, height)
        for frame in frames:
            crop = np.ascontiguousarray(frame[top : top + side, left : left + side])
            interpolation = cv2.INTER_AREA if side > CROP_SIZE else cv2.INTER_LINEAR
            small = cv2.resize(crop, (CROP_SIZE, CROP_SIZE), interpolation=interpolation)
            seen += detector.detect(np.asarray(small, np.uint8))[:1]
    return (
        np.array([face.landmarks for face in seen], np.float32).reshape(-1, 478, 3),
        np.array([face.expression_scores for face in seen], np.float32).reshape(-1, 52),
    )


def crop_around(faces: list[Keypoints], width: int, height: int) -> tuple[int, int, int]:
    """Left, top and side of the square around a clip's faces, inside the frame, the face below its middle."""
    low = np.median([face.landmarks[:, :2].min(axis=0) for face in faces], axis=0)
    high = np.median([face.landmarks[:, :2].max(axis=0) for face in faces], axis=0)
    side = int(min(CROP_TO_FACE * (high - low).max(), width, height))
    centre = (low + high) / 2 - np.array([0.0, CROP_RISE * side])
    left = int(np.clip(centre[0] - side / 2, 0, width - side))
    top = int(np.clip(centre[1] - side / 2, 0, height - side))
    return left, top, side


def _read_clip(path: Path) -> list[NDArray[np.uint8]]:
    """At most ``FRAMES_PER_CLIP`` frames of a video, spread evenly; RGB."""
    capture = cv2.VideoCapture(str(path))
    step = max(1, round(capture.get(cv2.CAP_PROP_FRAME_COUNT) / FRAMES_PER_CLIP))
    frames: list[NDArray[np.uint8]] = []
    position = 0
    while capture.grab():
        if position % step == 0:
            readable, frame = capture.retrieve()
            if readable:
                frames.append(np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8))
        position += 1
    capture.release()
    return frames[:FRAMES_PER_CLIP]


def _read_still(path: Path) -> list[NDArray[np.uint8]]:
    """The picture as a list of one, shrunk if it is large; RGB."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        return []
    shrink = LARGEST_STILL / max(picture.shape)
    if shrink < 1:
        picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    return [np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)]
