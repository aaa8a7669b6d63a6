"""Batches for training and validation, from shards that fit into memory.

Compressed, a hundred frames at 256 x 256 are 2.5 MB: clips of some thousand people fit. What the sample at a
position is depends on the seed, the position and the shards alone: not on the number of workers, nor on where
a run was interrupted. ``pechead.data.streaming`` reads what does not fit.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from pechead.data.albums import albums
from pechead.data.augment import AugmentSettings
from pechead.data.batch import PackedBatch, TrainingBatch, pack
from pechead.data.clip import Clip
from pechead.data.errors import DataError
from pechead.data.maker import SampleMaker, SampleSettings, adopted
from pechead.data.pairs import ClipPool
from pechead.data.reading import read_clips, shards_at
from pechead.data.sample import TrainingSample
from pechead.data.split import PeopleSplit, choose_held_out
from pechead.face.model import FaceModel

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FaceData:
    """All clips of some shards, by split.

    Attributes:
        model: the face model that the clips are fitted with.
        training: clips, stills and albums of people to learn from.
        validation: moving clips of people held out.
    """

    model: FaceModel
    training: tuple[Clip, ...]
    validation: tuple[Clip, ...]

    @classmethod
    def load(
        cls, location: str | Path, split: PeopleSplit | None = None, model: FaceModel | None = None
    ) -> "FaceData":
        """Read all clips of a place, fitted anew where the face model has changed since.

        Args:
            location: a folder of shards, or addresses; see ``shards_at``.
            split: who is held out; chosen by ``choose_held_out`` if None.
            model: the shipped one if None.

        Raises:
            DataError: there are no shards, or no moving clip to train with.
        """
        model = model or FaceModel.load()
        read = list(read_clips(shards_at(location)))
        clips = [adopted(clip, model) for clip in read]
        anew = sum(before is not now for before, now in zip(read, clips, strict=True))
        if anew:
            log.info("fitted %d clips anew: the face model is another one than theirs", anew)
        split = split or choose_held_out(clips)
        training = tuple(split.of(clips, "train"))
        if not any(len(clip) > 1 for clip in training):
            raise DataError(
                f"{location} holds no clip with two frames or more to train with", "prepare more videos"
            )
        training += tuple(albums(training, model))
        return cls(model, training, tuple(split.of(clips, "validation")))


class TrainingSamples(Dataset[TrainingSample]):
    """The endless sequence of training samples, by position.

    Args:
        data: the clips.
        settings: what samples are like.
        seed: another seed, another sequence.
    """

    def __init__(self, data: FaceData, settings: SampleSettings, seed: int = 0) -> None:
        self._pool = ClipPool(data.training, settings.still_share, settings.album_share)
        self._maker = SampleMaker(data.model, settings)
        self._seed = seed

    def __getitem__(self, position: int) -> TrainingSample:
        """The sample at any position from 0.

        Raises:
            DataError: many pictures in a row are damaged.
        """
        return self._maker.make(self._pool, np.random.default_rng((self._seed, position)))


class BatchPositions(Sampler[list[int]]):
    """Positions of the samples of each batch, from any batch on, without end.

    Args:
        batch_size: samples of a batch on one device.
        first_batch: the number of the first batch.
        rank, world_size: of this process among those that train together; they share out the positions.
    """

    def __init__(self, batch_size: int, first_batch: int = 0, rank: int = 0, world_size: int = 1) -> None:
        self._batch_size, self._first = batch_size, first_batch
        self._rank, self._world_size = rank, world_size

    def __iter__(self) -> Iterator[list[int]]:
        batch = self._first
        while True:
            start = (batch * self._world_size + self._rank) * self._batch_size
            yield list(range(start, start + self._batch_size))
            batch += 1


def training_loader(
    data: FaceData,
    batch_size: int,
    settings: SampleSettings | None = None,
    seed: int = 0,
    first_batch: int = 0,
    workers: int = 1,
    rank: int = 0,
    world_size: int = 1,
    pin_memory: bool = False,
) -> "DataLoader[TrainingSample]":
    """A loader of ``PackedBatch``: to be moved to the device and unpacked there.

    Args:
        data: the clips.
        batch_size: of each device.
        settings: what samples are like.
        seed: another seed, another sequence.
        first_batch: the batch to begin with; to go on after n batches, n.
        workers: processes that make samples; 0 makes them in this one.
        rank, world_size: of this process among those that train together.
        pin_memory: for a GPU.
    """
    one_opencv_thread()
    return DataLoader(
        TrainingSamples(data, settings or SampleSettings(), seed),
        batch_sampler=BatchPositions(batch_size, first_batch, rank, world_size),
        num_workers=workers,
        collate_fn=pack,
        worker_init_fn=set_up_worker,
        pin_memory=pin_memory,
        prefetch_factor=4 if workers else None,
        persistent_workers=workers > 0,
    )


def training_batches(
    data: FaceData,
    batch_size: int,
    settings: SampleSettings | None = None,
    seed: int = 0,
    first_batch: int = 0,
    workers: int = 1,
    rank: int = 0,
    world_size: int = 1,
) -> Iterator[TrainingBatch]:
    """Batches without end; see ``training_loader`` for the arguments."""
    loader = training_loader(data, batch_size, settings, seed, first_batch, workers, rank, world_size)
    for packed in loader:
        if isinstance(packed, PackedBatch):
            yield packed.unpack()


def validation_batches(
    data: FaceData, batch_size: int, count: int = 64, settings: SampleSettings | None = None
) -> list[PackedBatch]:
    """The same pairs of held-out people every time, without augmentation; everybody is in about as many.

    Args:
        data: the clips.
        batch_size: the last batch may be smaller.
        count: number of samples.
        settings: frames and size count.

    Raises:
        DataError: nobody is held out.
    """
    if not data.validation:
        raise DataError("nobody is held out for validation", "prepare clips of more people, or name some")
    settings = replace(settings or SampleSettings(), augment=AugmentSettings.none())
    maker = SampleMaker(data.model, settings)
    people: dict[str, list[Clip]] = {}
    for clip in data.validation:
        people.setdefault(clip.info.person, []).append(clip)
    turns = [people[person] for person in sorted(people)]
    samples = []
    for number in range(count):
        pool = ClipPool(turns[number % len(turns)], still_share=0)
        samples.append(maker.make(pool, np.random.default_rng((0, number))))
    return [pack(samples[start : start + batch_size]) for start in range(0, count, batch_size)]


def set_up_worker(_: int = 0) -> None:
    """One thread a worker: parallel work is several workers.

    Signals to the program's process group (Ctrl-C, torchrun's when it is to end) are for the training
    process, which ends its workers itself: they leave the group.
    """
    if hasattr(os, "setpgrp"):
        os.setpgrp()
    one_opencv_thread()
    torch.set_num_threads(1)


def one_opencv_thread() -> None:
    """Let OpenCV work in the calling thread alone.

    To be called before a process is forked: OpenCV's pool of threads does not come along, and to shut down
    in the child what is not there would wait for ever.
    """
    if cv2.getNumThreads() != 1:
        cv2.setNumThreads(1)


def people_in(clips: Sequence[Clip]) -> int:
    """How many people are in some clips."""
    return len({clip.info.person for clip in clips})
