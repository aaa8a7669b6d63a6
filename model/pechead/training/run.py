"""A training session from settings to checkpoint."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import cv2
import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy

from pechead.errors import SettingsError
from pechead.network.config import NetworkConfig
from pechead.training.checkpoint import load_weights
from pechead.training.config import TrainingConfig
from pechead.training.data import TrainingData
from pechead.training.errors import CheckpointError
from pechead.training.memory import keep_freed_memory
from pechead.training.parts import Parts, make_parts
from pechead.training.reporting import Reporter
from pechead.training.trainer import Session, Trainer

DeviceName = Literal["auto", "cpu", "cuda"]


class Stop:
    """A wish to stop after the present step; the second wish is a KeyboardInterrupt."""

    def __init__(self) -> None:
        self._is_requested = False

    def request(self) -> None:
        """Wish it."""
        if self._is_requested:
            raise KeyboardInterrupt
        self._is_requested = True

    def __call__(self) -> bool:
        """Whether it is wished."""
        return self._is_requested


def train_in(
    folder: Path,
    config: TrainingConfig,
    location: str,
    session: Session,
    init: Path | None = None,
    device: DeviceName = "auto",
    show: Callable[[str], None] | None = None,
    stop: Stop | None = None,
    sizes: NetworkConfig | None = None,
) -> int:
    """Train, or go on training where the folder holds a checkpoint.

    Args:
        folder: of the run.
        config: the recipe.
        location: of the shards.
        session: how long.
        init: weights to begin with where there is no checkpoint.
        device: where to train.
        show: takes lines for the user; None: nobody looks, as on all devices but the first.
        stop: asked after every step.
        sizes: of the networks, if not the preset that the recipe names.

    Returns:
        steps done, over all sessions.

    Raises:
        PecheadError: something is missing or fails, each with a line that says what.
    """
    fabric = make_fabric(config, device)
    data = TrainingData.load(location, config.data)
    parts = make_parts(config, fabric, sizes)
    is_first = fabric.is_global_zero and show is not None
    reporter = Reporter(folder, show, config.data.batch_size) if is_first and show else None
    trainer = Trainer(config, fabric, parts, data, folder, reporter, stop or Stop())
    try:
        if reporter:
            faces = data.faces
            reporter.say(
                f"{config.network} on {fabric.world_size} x {fabric.device.type} in {config.run.precision}; "
                f"{len(faces.training)} clips to train with, {len(faces.validation)} held out"
            )
        if not trainer.resume() and init is not None:
            begin_with(parts, init)
        trainer.train(session)
    finally:
        if reporter:
            reporter.close()
    return trainer.step


def make_fabric(config: TrainingConfig, device: DeviceName) -> Fabric:
    """Fabric on one device, or on those that ``torchrun`` gives.

    Raises:
        SettingsError: there is no such device, or the batch can't be shared out evenly.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise SettingsError("no CUDA device was found", "choose --device cpu, or install PyTorch for CUDA")
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if config.data.batch_size % world:
        raise SettingsError(
            f"a batch of {config.data.batch_size} can't be shared out to {world} devices",
            f"choose data.batch_size as a multiple of {world}",
        )
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    fabric = Fabric(
        accelerator=device,
        devices=here,
        num_nodes=world // here,
        precision=config.run.precision,
        strategy=DDPStrategy(find_unused_parameters=True) if world > 1 else "auto",
    )
    fabric.launch()
    return fabric


def set_up_process(config: TrainingConfig) -> None:
    """Threads, memory and warnings of this process; for programs that do nothing but train."""
    cv2.setNumThreads(1)
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    if config.run.threads:
        torch.set_num_threads(config.run.threads)
    keep_freed_memory()


def begin_with(parts: Parts, path: Path) -> None:
    """Take over weights.

    Raises:
        CheckpointError: they can't be read, or are of another network.
    """
    weights = load_weights(path)
    try:
        parts.network.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(
            f"{path} holds the weights of another network ({str(error).splitlines()[0]})",
            "choose the config that belongs to them",
        ) from error
    parts.averaged_network.load_state_dict(weights)
