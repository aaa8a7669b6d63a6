"""Checkpoints that are whole or not there: written beside their place, flushed to the disk, then renamed."""

import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from pechead.errors import first_line
from pechead.training.errors import CheckpointError

VERSION = 1
SUFFIX = ".ckpt"


@dataclass(frozen=True)
class Checkpoint:
    """All that a run needs to go on as if it had never stopped.

    Randomness and the order of the samples depend on the seed and the step alone: the step stands for both.

    Attributes:
        step: steps done.
        config: plain values of the ``TrainingConfig``.
        states: state dicts by part: networks, average, optimisers, schedules.
        skipped: steps left out because of infinite or undefined gradients.
        minutes: trained so far, over all sessions.
    """

    step: int
    config: Mapping[str, Any]
    states: Mapping[str, Any]
    skipped: int
    minutes: float


def save_checkpoint(checkpoint: Checkpoint, folder: Path, keep: int) -> Path:
    """Write ``step-XXXXXXXX.ckpt``; delete all but the newest ones, and what a killed run left behind.

    Args:
        checkpoint: to write.
        folder: is made if it is not there.
        keep: how many stay.

    Raises:
        CheckpointError: the disk is full or not writable; older checkpoints are as they were.
    """
    path = folder / f"step-{checkpoint.step:08d}{SUFFIX}"
    content = {"version": VERSION, **{name: getattr(checkpoint, name) for name in _FIELDS}}
    write_whole(path, lambda file: torch.save(content, file))
    leftovers = folder.glob(f".step-*{SUFFIX}.*")
    for old in [*checkpoints_in(folder)[:-keep], *leftovers]:
        old.unlink(missing_ok=True)
    return path


def save_weights(weights: Mapping[str, Tensor], path: Path, about: Mapping[str, str]) -> None:
    """Write the weights of a network as safetensors.

    Args:
        weights: by name.
        path: of the file.
        about: what is kept beside them.

    Raises:
        CheckpointError: the disk is full or not writable; an older file is as it was.
    """
    whole = {name: weight.detach().cpu().contiguous() for name, weight in weights.items()}
    write_whole(path, lambda file: file.write(save(whole, dict(about))))


def weights_about(path: Path) -> dict[str, str]:
    """What is kept beside the weights of a safetensors file; nothing if it is not there or can't be read."""
    try:
        with safe_open(path, "pt") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError):
        return {}


def load_weights(path: Path) -> dict[str, Tensor]:
    """The averaged weights in a checkpoint or a safetensors file.

    Raises:
        CheckpointError: there are none.
    """
    if path.suffix == SUFFIX:
        averaged: dict[str, Tensor] = load_checkpoint(path).states["average"]
        return {
            name.removeprefix("module."): weight for name, weight in averaged.items() if name != "n_averaged"
        }
    try:
        return dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path} holds no weights ({error})", "give a .safetensors or a .ckpt file"
        ) from error


def checkpoints_in(folder: Path) -> list[Path]:
    """The checkpoints of a folder, oldest first."""
    return sorted(folder.glob(f"step-*{SUFFIX}"))


def newest_checkpoint(folder: Path) -> tuple[Checkpoint, list[str]] | None:
    """The newest checkpoint of a folder that can be read, and complaints about newer ones that can't.

    Raises:
        CheckpointError: there are some, but none can be read.
    """
    complaints: list[str] = []
    for path in reversed(checkpoints_in(folder)):
        try:
            return load_checkpoint(path), complaints
        except CheckpointError as error:  # noqa: PERF203 - there are two
            complaints.append(str(error))
    if complaints:
        raise CheckpointError(complaints[0], "no older checkpoint can be read either; start in a new folder")
    return None


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        CheckpointError: it is missing, damaged or of another version.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=False)
    except (OSError, RuntimeError, EOFError, ValueError, BadZipFile, pickle.UnpicklingError) as error:
        reason = first_line(error)
        raise CheckpointError(f"{path} can't be read ({reason})", "use an older checkpoint") from error
    version = content.get("version") if isinstance(content, dict) else None
    if version != VERSION:
        raise CheckpointError(
            f"{path} is a checkpoint of version {version}, not {VERSION}",
            "start anew with --init, which takes weights alone, or use the program that wrote it",
        )
    return Checkpoint(**{name: content[name] for name in _FIELDS})


def check_same_config(checkpoint: Checkpoint, config: Mapping[str, Any]) -> None:
    """A run goes on with the network it began with; anything else may change.

    Raises:
        CheckpointError: the network is another one.
    """
    if checkpoint.config["network"] != config["network"]:
        raise CheckpointError(
            f"the run folder holds a {checkpoint.config['network']} network, not {config['network']}",
            "use another --run folder",
        )


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Have a file written beside its place, flushed to the disk, then renamed.

    Args:
        path: of the file; its folder is made if it is not there.
        write: is given the open file.

    Raises:
        CheckpointError: it can't be written; what was there is as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        reason = first_line(error)
        raise CheckpointError(
            f"{path.name} was not written to {path.parent} ({reason})",
            "free some space there; the checkpoints before it are whole",
        ) from error


_FIELDS = ("step", "config", "states", "skipped", "minutes")
