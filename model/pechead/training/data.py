"""What a run is fed with."""

import hashlib
from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader

from pechead.data.batch import PackedBatch
from pechead.data.dataset import FaceData, training_loader, validation_batches
from pechead.data.errors import DataError
from pechead.data.maker import SampleSettings
from pechead.data.pairs import TURN_THAT_DOUBLES
from pechead.data.sample import TrainingSample
from pechead.data.split import PeopleSplit
from pechead.training.config import DataConfig

VALIDATION_BATCH = 8


@dataclass(frozen=True)
class TrainingData:
    """Clips, and how samples are made of them.

    Attributes:
        faces: the clips, by split.
        config: the recipe.
    """

    faces: FaceData
    config: DataConfig

    @classmethod
    def load(cls, location: str, config: DataConfig) -> "TrainingData":
        """Read shards.

        Args:
            location: of the shards, as in ``FaceData.load``.
            config: the recipe.

        Raises:
            DataError: there are none, or nobody in them is held out for validation.
        """
        chosen = config.held_out or config.held_out_share
        split = PeopleSplit(frozenset(config.held_out), config.held_out_share) if chosen else None
        faces = FaceData.load(location, split)
        if not faces.validation:
            raise DataError(
                f"nobody in the clips of {location} is held out for validation",
                "name some by data.held_out, raise data.held_out_share, or prepare clips of more people",
            )
        return cls(faces, config)

    def loader(
        self, batch_size: int, seed: int, first_batch: int, rank: int, world_size: int, device: torch.device
    ) -> "DataLoader[TrainingSample]":
        """Batches without end, ``PackedBatch``, from any batch on."""
        return training_loader(
            self.faces,
            batch_size,
            self._settings(),
            seed,
            first_batch,
            self.config.workers,
            rank,
            world_size,
            pin_memory=device.type == "cuda",
        )

    def validation(self, pairs: int) -> list[PackedBatch]:
        """The same pairs of people held out every time."""
        return validation_batches(self.faces, VALIDATION_BATCH, pairs, self._settings())

    def validation_name(self, pairs: int) -> str:
        """The same for the same pairs: scores are compared only between equals."""
        keys = sorted(f"{clip.info.person}/{clip.info.key}" for clip in self.faces.validation)
        return hashlib.sha256(f"{pairs} {keys} {TURN_THAT_DOUBLES}".encode()).hexdigest()[:16]

    def _settings(self) -> SampleSettings:
        config = self.config
        return SampleSettings(config.frames, still_share=config.still_share, album_share=config.album_share)
