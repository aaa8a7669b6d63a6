"""Footage made on the spot: the one portrait, moved by the geometric renderer as in the demo."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.data.clip import Clip
from pechead.data.dataset import FaceData
from pechead.data.layouts import SourceFile
from pechead.data.prepare_clip import PrepareSettings, prepare_clip
from pechead.data.shards import join_parts, waiting_parts, write_part
from pechead.data.split import PeopleSplit
from pechead.face.model import FaceModel
from pechead.face.pose import rotation_from_angles
from pechead.landmarker.detector import FaceDetector
from pechead_live.frames import Motion
from pechead_live.motion.retarget import SourceFace, retarget
from pechead_live.motion.settings import MotionSettings
from pechead_live.renderers.geometric import GeometricRenderer
from pechead_live.source.prepare import prepare_portrait

Picture = NDArray[np.uint8]
Frames = list[Picture]
FRAMES = 16
SIZE = 224
LARGEST_YAW = 18.0


@pytest.fixture(scope="session")
def settings() -> PrepareSettings:
    return PrepareSettings(size=128)


@pytest.fixture(scope="session")
def moving_frames(portrait_photo: Picture, image_detector: FaceDetector, face_model: FaceModel) -> Frames:
    """16 pictures of 224 x 224: the portrait turns from one side to the other and opens its mouth."""
    portrait = prepare_portrait(portrait_photo, "portrait", image_detector, face_model)
    renderer = GeometricRenderer(face_model)
    renderer.set_source(portrait)
    size = portrait.image.shape[1], portrait.image.shape[0]
    source = SourceFace.of(face_model, portrait.fit, size)
    frames = []
    for share in np.linspace(-1, 1, FRAMES):
        expression = np.zeros(52, np.float32)
        expression[25] = 0.3 * (1 + share)
        turned = rotation_from_angles(LARGEST_YAW * share, 5 * share, 0)
        driver = Motion(turned, np.zeros(2, np.float32), 0.03, expression)
        neutral = Motion(np.eye(3, dtype=np.float32), np.zeros(2, np.float32), 0.03, np.zeros(52, np.float32))
        picture = renderer.render(retarget(source, driver, neutral, MotionSettings()))
        frames.append(np.asarray(cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.uint8))
    return frames


@pytest.fixture(scope="session")
def other_frames(moving_frames: Frames) -> Frames:
    """Someone else, as far as one portrait goes: mirrored, in other colours and light."""
    return [np.ascontiguousarray(frame[:, ::-1, ::-1] // 2 + 100) for frame in moving_frames]


WriteVideo = Callable[..., Path]


@pytest.fixture(scope="session")
def write_video() -> WriteVideo:
    """``write_video(path, frames)``: 25 frames a second, hardly compressed; ``rotation`` to be shown at."""

    def write(path: Path, frames: Sequence[Picture], rotation: int = 0) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=25, options={"qscale": "2"})
            assert isinstance(stream, av.VideoStream)
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = "yuv420p"
            if rotation:
                stream.set_display_rotation(rotation)
            stream.codec_context.qmin, stream.codec_context.qmax = 1, 3
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
            container.mux(stream.encode(None))
        return path

    return write


@pytest.fixture(scope="session")
def data_folder(
    tmp_path_factory: pytest.TempPathFactory,
    moving_frames: Frames,
    other_frames: Frames,
    portrait_photo: Picture,
    write_video: WriteVideo,
) -> Path:
    """Two clips of ``anna``, one of ``bea``, a still of ``cleo``, a file that is no video; a manifest."""
    folder = tmp_path_factory.mktemp("data")
    write_video(folder / "clips/anna_1.mp4", moving_frames)
    write_video(folder / "clips/anna_2.mp4", moving_frames[4:])
    write_video(folder / "clips/bea.mp4", other_frames)
    (folder / "clips/noise.mp4").write_bytes(bytes(range(256)) * 40)
    cv2.imwrite(str(folder / "cleo.png"), portrait_photo[:320, 60:380, ::-1])
    rows = [
        ("clip", "clips/anna_1.mp4", "anna", "A"),
        ("clip", "clips/anna_2.mp4", "anna", "A"),
        ("clip", "clips/bea.mp4", "bea", "B"),
        ("clip", "clips/noise.mp4", "nobody", "B"),
        ("still", "cleo.png", "cleo", "A"),
    ]
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "file", "person", "tier"])
        writer.writerows(rows)
    return folder


@pytest.fixture(scope="session")
def clips(
    data_folder: Path, settings: PrepareSettings, image_detector: FaceDetector, face_model: FaceModel
) -> dict[str, Clip]:
    """The clips of ``data_folder``, prepared, by the stem of their file."""
    sources = [
        SourceFile(data_folder / "clips/anna_1.mp4", "clips/anna_1.mp4", "anna", "clip"),
        SourceFile(data_folder / "clips/anna_2.mp4", "clips/anna_2.mp4", "anna", "clip"),
        SourceFile(data_folder / "clips/bea.mp4", "clips/bea.mp4", "bea", "clip"),
        SourceFile(data_folder / "cleo.png", "cleo.png", "cleo", "still"),
    ]
    return {
        source.path.stem: prepare_clip(source, settings, image_detector, face_model) for source in sources
    }


@pytest.fixture(scope="session")
def shards(clips: dict[str, Clip], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two shards: anna's clips, then bea's and cleo's."""
    folder = tmp_path_factory.mktemp("shards")
    for names in (("anna_1", "anna_2"), ("bea", "cleo")):
        for name in names:
            write_part(folder, clips[name])
        join_parts(folder, waiting_parts(folder))
    return folder


@pytest.fixture(scope="session")
def face_data(shards: Path, face_model: FaceModel) -> FaceData:
    """Anna and cleo to learn from, bea held out."""
    return FaceData.load(shards, PeopleSplit(frozenset({"bea"})), face_model)
