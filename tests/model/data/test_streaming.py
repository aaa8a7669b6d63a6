"""Samples from shards that are streamed."""

from pathlib import Path

import numpy as np
import pytest

from pechead.data.augment import AugmentSettings
from pechead.data.batch import PackedBatch
from pechead.data.clip import Clip
from pechead.data.errors import DataError
from pechead.data.maker import SampleSettings
from pechead.data.reading import shards_at
from pechead.data.split import PeopleSplit
from pechead.data.streaming import StreamedSamples, streaming_loader
from pechead.face.model import FaceModel

PLAIN = SampleSettings(size=128, still_share=0, augment=AugmentSettings.none())


def test_samples_never_end_and_leave_held_out_people_out(
    shards: Path, clips: dict[str, Clip], face_model: FaceModel
) -> None:
    split = PeopleSplit(frozenset({"bea"}))
    samples = iter(StreamedSamples(shards_at(shards), split, PLAIN, model=face_model))
    bea = {clips["bea"].image(index).tobytes() for index in range(16)}
    anna = {clips[name].image(i).tobytes() for name in ("anna_1", "anna_2") for i in range(len(clips[name]))}
    for _ in range(60):
        source = next(samples).source.tobytes()
        assert source in anna
        assert source not in bea


def test_same_seed_same_stream(shards: Path, face_model: FaceModel) -> None:
    def start(seed: int) -> list[bytes]:
        stream = iter(StreamedSamples(shards_at(shards), PeopleSplit(), PLAIN, seed=seed, model=face_model))
        return [next(stream).source.tobytes() for _ in range(5)]

    assert start(1) == start(1)
    assert start(1) != start(2)


def test_processes_read_different_shards(shards: Path, clips: dict[str, Clip], face_model: FaceModel) -> None:
    bea = {clips["bea"].image(index).tobytes() for index in range(16)}
    seen = []
    for rank in (0, 1):
        stream = iter(StreamedSamples(shards_at(shards), PeopleSplit(), PLAIN, 0, rank, 2, model=face_model))
        seen.append({next(stream).source.tobytes() in bea for _ in range(10)})
    assert seen == [{False}, {True}]


def test_loader_gives_batches_for_the_networks(shards: Path) -> None:
    packed = next(iter(streaming_loader(shards, 4, PeopleSplit(), PLAIN, workers=1)))
    assert isinstance(packed, PackedBatch)
    assert packed.unpack().source.shape == (4, 3, 128, 128)
    assert np.isfinite(packed.motions[0].flow.numpy()).all()


def test_more_workers_than_shards_is_an_error(shards: Path, face_model: FaceModel) -> None:
    stream = StreamedSamples(shards_at(shards), PeopleSplit(), PLAIN, rank=0, world_size=3, model=face_model)
    with pytest.raises(DataError, match="2 shards for 3 workers"):
        next(iter(stream))


def test_nothing_to_train_with_ends_the_stream(shards: Path, face_model: FaceModel) -> None:
    split = PeopleSplit(frozenset({"anna", "bea"}))
    with pytest.raises(DataError, match="no clip with two frames"):
        next(iter(StreamedSamples(shards_at(shards), split, PLAIN, model=face_model)))
