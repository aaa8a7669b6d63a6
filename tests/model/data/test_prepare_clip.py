"""From one file to one clip, and which files give none."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.data.clip import Clip, clip_from_members
from pechead.data.errors import Rejected
from pechead.data.jpeg import decode_picture
from pechead.data.layouts import Kind, SourceFile
from pechead.data.prepare_clip import PrepareSettings, prepare_clip
from pechead.face.model import FaceModel
from pechead.face.pose import angles
from pechead.landmarker.detector import FaceDetector

Picture = NDArray[np.uint8]
WriteVideo = Callable[..., Path]
Prepare = Callable[..., Clip]


@pytest.fixture
def prepare(settings: PrepareSettings, image_detector: FaceDetector, face_model: FaceModel) -> Prepare:
    """``prepare(path)``: the clip of a file."""

    def run(path: Path, kind: Kind = "clip", settings: PrepareSettings = settings) -> Clip:
        return prepare_clip(SourceFile(path, path.name, "ann", kind), settings, image_detector, face_model)

    return run


def placed(frame: Picture, left: int, width: int = 480) -> Picture:
    """The frame somewhere in a wider grey picture."""
    picture = np.full((frame.shape[0], width, 3), 128, np.uint8)
    picture[:, left : left + frame.shape[1]] = frame
    return picture


def mean_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(one[:, :2] - other[:, :2], axis=1).mean())


def test_clip_shows_the_face_where_its_landmarks_say(
    clips: dict[str, Clip], image_detector: FaceDetector
) -> None:
    clip = clips["anna_1"]
    for index in (0, len(clip) - 1):
        (face,) = image_detector.detect(clip.image(index))
        assert mean_distance(face.landmarks, clip.track.landmarks[index]) < 1.5


def test_clip_is_one_fixed_crop_with_the_whole_motion(clips: dict[str, Clip]) -> None:
    clip = clips["anna_1"]
    assert len(clip) == 16
    assert clip.image(3).shape == (128, 128, 3)
    np.testing.assert_allclose(np.diff(clip.track.times), 0.04, atol=1e-6)
    yaws = [angles(rotation).yaw for rotation in clip.track.rotation]
    assert yaws[-1] - yaws[0] > 20
    assert np.all(np.diff(yaws) > -1.5)
    corner = np.stack([clip.image(i)[:8, :8] for i in range(16)]).astype(float)
    assert corner.std(axis=0).mean() < 6


def test_track_explains_its_landmarks_with_one_identity(
    clips: dict[str, Clip], face_model: FaceModel
) -> None:
    track = clips["anna_1"].track
    for index in (0, 9):
        fit = track.fit(index, face_model)
        np.testing.assert_array_equal(fit.identity, track.identity)
        np.testing.assert_allclose(fit.landmarks(face_model), track.landmarks[index], atol=2e-3)
    jaw = track.expression[:, 25]
    assert jaw[-1] > jaw[0] + 0.15


def test_still_is_a_clip_of_one_frame(clips: dict[str, Clip]) -> None:
    still = clips["cleo"]
    assert (len(still), still.info.kind, still.info.frames_per_second) == (1, "still", 0)


def test_clip_survives_being_stored(clips: dict[str, Clip]) -> None:
    clip = clips["anna_2"]
    stored = clip_from_members(clip.members())
    assert stored.info == clip.info
    assert stored.pictures == clip.pictures
    np.testing.assert_array_equal(stored.track.landmarks, clip.track.landmarks)
    np.testing.assert_array_equal(stored.track.rotation, clip.track.rotation)


def test_pictures_are_stored_nearly_without_loss(clips: dict[str, Clip], data_folder: Path) -> None:
    still = clips["cleo"]
    photo = cv2.imread(str(data_folder / "cleo.png"), cv2.IMREAD_COLOR_RGB)
    assert photo is not None
    shown = decode_picture(still.pictures[0])
    small = cv2.resize(np.asarray(photo), (128, 128), interpolation=cv2.INTER_AREA)
    # The crop is a part of the photo: somewhere in it, at some size, the picture is found again.
    found = max(
        float(cv2.matchTemplate(cv2.resize(small, (n, n)), shown, cv2.TM_CCOEFF_NORMED).max())
        for n in range(128, 200, 4)
    )
    assert found > 0.97


@pytest.mark.parametrize("place", ["elsewhere", "same place"])
def test_two_people_in_turn_give_the_longer_one(
    place: str,
    prepare: Prepare,
    write_video: WriteVideo,
    moving_frames: list[Picture],
    other_frames: list[Picture],
    tmp_path: Path,
) -> None:
    there = 250 if place == "elsewhere" else 10
    frames = [placed(frame, 10) for frame in moving_frames[:9]] + [placed(f, there) for f in other_frames]
    clip = prepare(write_video(tmp_path / "two.mp4", frames))
    assert 14 <= len(clip) <= 16
    assert clip.track.times[0] >= 9 / 25 - 1e-6
    other = other_frames[3].mean(axis=(0, 1))
    assert np.abs(clip.image(0).mean(axis=(0, 1)) - other).max() < 12


def test_most_frames_is_kept_to(
    prepare: Prepare, write_video: WriteVideo, moving_frames: list[Picture], tmp_path: Path
) -> None:
    path = write_video(tmp_path / "long.mp4", moving_frames + moving_frames[::-1])
    clip = prepare(path, settings=PrepareSettings(size=128, most_frames=10))
    assert 8 <= len(clip) <= 10
    assert clip.track.times[-1] - clip.track.times[0] > 0.8


def test_readable_part_of_a_cut_off_video_is_used(
    prepare: Prepare, write_video: WriteVideo, moving_frames: list[Picture], tmp_path: Path
) -> None:
    path = write_video(tmp_path / "cut.mkv", moving_frames * 2)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert 8 <= len(prepare(path)) < 32


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_video_stored_sideways_is_turned_upright(
    rotation: int, prepare: Prepare, write_video: WriteVideo, moving_frames: list[Picture], tmp_path: Path
) -> None:
    stored = [np.ascontiguousarray(np.rot90(frame, -rotation // 90)) for frame in moving_frames[:9]]
    clip = prepare(write_video(tmp_path / "phone.mp4", stored, rotation=rotation))
    assert abs(angles(clip.track.rotation[4]).roll) < 15
    plain = prepare(write_video(tmp_path / "plain.mp4", moving_frames[:9]))
    assert mean_distance(clip.track.landmarks[4], plain.track.landmarks[4]) < 2


def test_folder_of_frames_is_a_clip(prepare: Prepare, moving_frames: list[Picture], tmp_path: Path) -> None:
    folder = tmp_path / "Clip+AAAAAAAAAAA+P0+C0+F0-9"
    folder.mkdir()
    for number, frame in enumerate(moving_frames[:10]):
        cv2.imwrite(str(folder / f"{number:08d}.png"), frame[..., ::-1])
    clip = prepare(folder)
    assert (len(clip), clip.info.frames_per_second) == (10, 25)


def test_no_face_is_rejected(prepare: Prepare, write_video: WriteVideo, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (128, 128, 3)).astype(np.uint8)
    with pytest.raises(Rejected, match="no face"):
        prepare(write_video(tmp_path / "noise.mp4", [noise] * 12))


def test_small_face_is_rejected_with_its_size(
    prepare: Prepare, write_video: WriteVideo, moving_frames: list[Picture], tmp_path: Path
) -> None:
    path = write_video(tmp_path / "small.mp4", moving_frames)
    with pytest.raises(Rejected, match=r"face too small \(\d+ px, at least 300\)"):
        prepare(path, settings=PrepareSettings(size=128, smallest_face=300))


def test_few_frames_are_rejected(
    prepare: Prepare, write_video: WriteVideo, moving_frames: list[Picture], tmp_path: Path
) -> None:
    with pytest.raises(Rejected, match=r"too few frames \(5"):
        prepare(write_video(tmp_path / "short.mp4", moving_frames[:5]))


@pytest.mark.parametrize("content", [b"", b"no video, just words " * 50, bytes(range(256)) * 100])
@pytest.mark.parametrize(("name", "kind"), [("a.mp4", "clip"), ("a.jpg", "still")])
def test_what_is_no_video_or_picture_is_rejected(
    name: str, kind: Kind, content: bytes, prepare: Prepare, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Rejected, match=r"not a video|picture can't be read"):
        prepare(tmp_path / name, kind)


@pytest.mark.parametrize(("name", "kind"), [("gone.mp4", "clip"), ("gone.jpg", "still")])
def test_missing_file_is_rejected_as_such(name: str, kind: Kind, prepare: Prepare, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="file is missing"):
        prepare(tmp_path / name, kind)
