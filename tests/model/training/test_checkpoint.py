"""Checkpoints are whole or not there."""

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from pechead.training.checkpoint import (
    Checkpoint,
    check_same_config,
    checkpoints_in,
    load_checkpoint,
    load_weights,
    newest_checkpoint,
    save_checkpoint,
    save_weights,
    weights_about,
)
from pechead.training.config import load_config
from pechead.training.errors import CheckpointError

CONFIG = load_config("lite").as_dict()


def checkpoint(step: int, size: int = 4) -> Checkpoint:
    average = {"n_averaged": torch.tensor(step), "module.weight": torch.full((size,), float(step))}
    return Checkpoint(step, CONFIG, {"average": average, "rates": [0.1, 0.2]}, skipped=1, minutes=2.5)


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    path = save_checkpoint(checkpoint(7), tmp_path, keep=2)
    found = load_checkpoint(path)
    assert (found.step, found.skipped, found.minutes, found.config) == (7, 1, 2.5, CONFIG)
    assert torch.equal(found.states["average"]["module.weight"], torch.full((4,), 7.0))
    assert load_weights(path)["weight"].tolist() == [7.0] * 4


def test_the_newest_ones_are_kept(tmp_path: Path) -> None:
    for step in (9, 10, 99, 100):
        save_checkpoint(checkpoint(step), tmp_path, keep=2)
    assert [path.name for path in checkpoints_in(tmp_path)] == ["step-00000099.ckpt", "step-00000100.ckpt"]
    found = newest_checkpoint(tmp_path)
    assert found is not None
    assert found[0].step == 100


def test_an_empty_folder_holds_none(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path / "missing") is None


@pytest.mark.parametrize("damage", ["cut short", "empty", "other bytes"])
def test_a_damaged_checkpoint_is_told_of_and_the_one_before_is_used(tmp_path: Path, damage: str) -> None:
    save_checkpoint(checkpoint(1), tmp_path, keep=3)
    path = save_checkpoint(checkpoint(2), tmp_path, keep=3)
    content = path.read_bytes()
    path.write_bytes(
        {"cut short": content[: len(content) // 2], "empty": b"", "other bytes": b"?" * 99}[damage]
    )
    found = newest_checkpoint(tmp_path)
    assert found is not None
    assert found[0].step == 1
    assert len(found[1]) == 1
    assert "step-00000002.ckpt can't be read" in found[1][0]


def test_nothing_but_damaged_checkpoints_is_an_error(tmp_path: Path) -> None:
    save_checkpoint(checkpoint(1), tmp_path, keep=3).write_bytes(b"?")
    with pytest.raises(CheckpointError, match="no older checkpoint can be read either"):
        newest_checkpoint(tmp_path)


def test_a_checkpoint_of_another_version_is_told_of(tmp_path: Path) -> None:
    path = save_checkpoint(checkpoint(1), tmp_path, keep=1)
    content = torch.load(path, weights_only=True)
    torch.save(content | {"version": 99}, path)
    with pytest.raises(CheckpointError, match=r"version 99, not 1.*--init"):
        load_checkpoint(path)


def test_a_checkpoint_of_another_network_is_told_of() -> None:
    check_same_config(checkpoint(1), load_config("lite", ["data.batch_size=3"]).as_dict())
    with pytest.raises(CheckpointError, match="holds a lite network, not full"):
        check_same_config(checkpoint(1), load_config("full").as_dict())


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Files can't grow beyond 64 KiB, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_told_of_and_older_checkpoints_stay(tmp_path: Path) -> None:
    path = save_checkpoint(checkpoint(1), tmp_path, keep=1)
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=r"step-00000002\.ckpt was not written.*free some space"):
        save_checkpoint(checkpoint(2, size=100_000), tmp_path, keep=1)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before
    save_weights({"weight": torch.zeros(3)}, tmp_path / "best.safetensors", {})
    with pytest.raises(CheckpointError, match=r"best\.safetensors was not written"):
        save_weights({"weight": torch.zeros(100_000)}, tmp_path / "best.safetensors", {})
    assert load_weights(tmp_path / "best.safetensors")["weight"].tolist() == [0, 0, 0]


WRITER = """
import itertools, sys, torch
from pathlib import Path
from pechead.training.checkpoint import Checkpoint, save_checkpoint
from pechead.training.config import load_config
config = load_config("lite").as_dict()
for step in itertools.count(1):
    states = {"weight": torch.full((300_000,), float(step))}
    save_checkpoint(Checkpoint(step, config, states, 0, 0.0), Path(sys.argv[1]), keep=2)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process")
def test_kill_nine_in_the_middle_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)])
    try:
        while len(checkpoints_in(tmp_path)) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(0.25)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    found = newest_checkpoint(tmp_path)
    assert found is not None
    assert found[1] == []
    assert found[0].states["weight"].unique().tolist() == [found[0].step]
    save_checkpoint(checkpoint(10**6), tmp_path, keep=1)
    assert [path.name for path in tmp_path.iterdir()] == ["step-01000000.ckpt"]


def test_weights_carry_what_is_known_of_them(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_weights({"weight": torch.arange(3.0)}, path, {"step": "5"})
    assert weights_about(path) == {"step": "5"}
    assert load_weights(path)["weight"].tolist() == [0, 1, 2]
    assert weights_about(tmp_path / "missing.safetensors") == {}


def test_weights_that_are_none_are_told_of(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(CheckpointError, match="holds no weights"):
        load_weights(path)
    with pytest.raises(CheckpointError, match="holds no weights"):
        load_weights(tmp_path / "missing.safetensors")
