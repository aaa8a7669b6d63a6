"""Training samples from shards that do not fit into memory: streamed from disk or object storage.

Each worker reads shards of its own, in a new order every time around, and keeps a pool of clips from which it
draws; each clip that comes in takes the place of another. Unlike in ``pechead.data.dataset``, a sample is no
function of its position: a run that goes on does not go on where it stopped, so give it another ``seed``.
"""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from pechead.data.batch import pack
from pechead.data.clip import Clip
from pechead.data.dataset import one_opencv_thread, set_up_worker
from pechead.data.errors import DataError
from pechead.data.maker import SampleMaker, SampleSettings, adopted
from pechead.data.pairs import ClipPool
from pechead.data.reading import read_clips, shards_at
from pechead.data.sample import TrainingSample
from pechead.data.split import PeopleSplit
from pechead.face.model import FaceModel

POOL_CLIPS = 256
SAMPLES_PER_CLIP = 8
FEWEST_CLIPS = 32
"""In the pool before the first sample is drawn, unless there are fewer altogether."""


class StreamedSamples(IterableDataset[TrainingSample]):
    """Training samples without end.

    Args:
        shards: as ``shards_at`` gives them; at least one for each worker of each process.
        split: who is held out.
        settings: what samples are like.
        seed: another seed, another order.
        rank, world_size: of this process among those that train together.
        model: the shipped one if None.
    """

    def __init__(
        self,
        shards: Sequence[str],
        split: PeopleSplit,
        settings: SampleSettings,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        model: FaceModel | None = None,
    ) -> None:
        self._shards = list(shards)
        self._split = split
        self._settings = settings
        self._seed = seed
        self._rank, self._world_size = rank, world_size
        self._model = model or FaceModel.load()

    def __iter__(self) -> Iterator[TrainingSample]:
        worker = get_worker_info()
        workers, number = (worker.num_workers, worker.id) if worker else (1, 0)
        reader, readers = self._rank * workers + number, self._world_size * workers
        if len(self._shards) < readers:
            raise DataError(
                f"{len(self._shards)} shards for {readers} workers",
                "use fewer workers, or prepare with smaller shards",
            )
        generator = np.random.default_rng((self._seed, reader))
        maker = SampleMaker(self._model, self._settings)
        kept: list[Clip] = []
        for around, clip in self._clips(self._shards[reader::readers], generator):
            place = len(kept) if len(kept) < POOL_CLIPS else int(generator.integers(POOL_CLIPS))
            kept[place : place + 1] = [clip]
            pool = ClipPool(kept, self._settings.still_share)
            if pool.has_motion and (around > 0 or len(kept) >= FEWEST_CLIPS):
                for _ in range(SAMPLES_PER_CLIP):
                    yield maker.make(pool, generator)

    def _clips(self, shards: list[str], generator: np.random.Generator) -> Iterator[tuple[int, Clip]]:
        """The clips of some shards, again and again, and how often they have all been seen."""
        for around in itertools.count():
            moving = False
            for clip in read_clips([shards[i] for i in generator.permutation(len(shards))]):
                if not self._split.is_held_out(clip.info.person):
                    moving |= len(clip) > 1
                    yield around, adopted(clip, self._model)
            if not moving:
                raise DataError(
                    f"no clip with two frames or more to train with in {', '.join(shards)}",
                    "check the addresses, or prepare more videos",
                )


def streaming_loader(
    location: str | Path,
    batch_size: int,
    split: PeopleSplit,
    settings: SampleSettings | None = None,
    seed: int = 0,
    workers: int = 1,
    rank: int = 0,
    world_size: int = 1,
    pin_memory: bool = False,
) -> "DataLoader[TrainingSample]":
    """A loader of ``PackedBatch``; see ``training_loader`` for the arguments, ``shards_at`` for the location.

    Raises:
        DataError: there are no shards.
    """
    one_opencv_thread()
    samples = StreamedSamples(
        shards_at(location), split, settings or SampleSettings(), seed, rank, world_size
    )
    return DataLoader(
        samples,
        batch_size=batch_size,
        num_workers=workers,
        collate_fn=pack,
        worker_init_fn=set_up_worker,
        pin_memory=pin_memory,
        prefetch_factor=4 if workers else None,
        persistent_workers=workers > 0,
    )
