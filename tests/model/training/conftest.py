"""A run in miniature: two people of one portrait, and networks that take a step in a blink."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray

from pechead.data.batch import PackedBatch, TrainingBatch
from pechead.data.dataset import FaceData
from pechead.data.layouts import SourceFile
from pechead.data.prepare_clip import PrepareSettings, prepare_clip
from pechead.data.shards import join_parts, waiting_parts, write_part
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector
from pechead.network.config import HourglassWidths, NetworkConfig
from pechead.training.config import TrainingConfig, parse_config
from pechead.training.data import TrainingData

SMALL = replace(
    NetworkConfig.preset("lite"),
    levels=(4, 8, 16),
    keypoint_hourglass=HourglassWidths(base=4, most=8, depth=2),
    motion_hourglass=HourglassWidths(base=4, most=8, depth=2),
    decoder_blocks=(0, 0, 1),
    discriminator=4,
)
"""The lite design in miniature."""

RECIPE = {
    "network": "lite",
    "data": {"batch_size": 2, "workers": 0, "held_out": ["bea"], "still_share": 0.0},
    "losses": {"paint": 1.0, "paint_perceptual": 1.0, "blend": 1.0, "blended_warp": 1.0, "emphasised": True},
    "perceptual": {"window": 64, "scales": [1, 2]},
    "adversary": {"first_step": 1, "window": 64},
    "optimiser": {"warm_up_steps": 2},
    "run": {"validation_pairs": 2, "report_steps": 2},
}


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small are slower on several."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def small() -> NetworkConfig:
    return SMALL


@pytest.fixture
def config() -> TrainingConfig:
    """All losses, adversary from the second step, bfloat16."""
    return parse_config(RECIPE, "the tests' recipe")


@pytest.fixture(scope="session")
def shards(
    portrait_photo: NDArray[np.uint8],
    image_detector: FaceDetector,
    face_model: FaceModel,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder with one shard: clips of ``anna`` and, mirrored and in other colours, of ``bea``."""
    folder = tmp_path_factory.mktemp("footage")
    shards = tmp_path_factory.mktemp("shards")
    small = cv2.resize(portrait_photo[:320, 60:380], (300, 300), interpolation=cv2.INTER_AREA)
    close = np.asarray(small, np.uint8)
    frames = [_moved(close, share) for share in np.linspace(-1, 1, 4)]
    others = [np.ascontiguousarray(frame[:, ::-1, ::-1]) for frame in frames]
    for person, pictures in (("anna", frames), ("bea", others)):
        path = folder / f"{person}.mp4"
        _write_video(path, pictures)
        source = SourceFile(path, path.name, person, "clip")
        write_part(shards, prepare_clip(source, PrepareSettings(fewest_frames=2), image_detector, face_model))
    join_parts(shards, waiting_parts(shards))
    return shards


def _moved(picture: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """Tilted by some degrees and moved by some pixels."""
    matrix = cv2.getRotationMatrix2D((150, 150), 6 * share, 1 + 0.03 * share)
    matrix = matrix + np.array([[0, 0, 6 * share]])
    return np.asarray(cv2.warpAffine(picture, matrix, (300, 300), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _write_video(path: Path, frames: Sequence[NDArray[np.uint8]]) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, options={"qscale": "2"})
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode(None))


@pytest.fixture(scope="session")
def data(shards: Path) -> TrainingData:
    """Anna to learn from, bea held out."""
    config = parse_config(RECIPE, "the tests' recipe").data
    loaded = TrainingData.load(str(shards), config)
    assert isinstance(loaded.faces, FaceData)
    return loaded


@pytest.fixture(scope="session")
def batch(data: TrainingData) -> TrainingBatch:
    """Two samples."""
    packed = next(iter(data.loader(2, 0, 0, 0, 1, torch.device("cpu"))))
    assert isinstance(packed, PackedBatch)
    return packed.unpack()


@pytest.fixture
def fabric() -> Fabric:
    """One processor, bfloat16."""
    return Fabric(accelerator="cpu", devices=1, precision="bf16-mixed")
