"""Whole sessions: going on exactly, finishing, and what is left in the run folder."""

import re
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch
from safetensors.torch import load_file

from pechead.data.batch import TrainingBatch
from pechead.data.errors import DataError
from pechead.errors import SettingsError
from pechead.network.config import NetworkConfig
from pechead.training.checkpoint import load_checkpoint, weights_about
from pechead.training.config import TrainingConfig
from pechead.training.errors import CheckpointError, TrainingError
from pechead.training.run import Stop, make_fabric, train_in
from pechead.training.trainer import Session


class Run:
    """A run folder and how to train in it."""

    def __init__(self, folder: Path, config: TrainingConfig, shards: Path, sizes: NetworkConfig) -> None:
        self.folder, self.config, self.shards, self.sizes = folder, config, shards, sizes
        self.lines: list[str] = []

    def train(self, session: Session, **settings: object) -> int:
        arguments = {"config": self.config, "sizes": self.sizes, "stop": None, "init": None} | settings
        return train_in(
            self.folder,
            location=str(self.shards),
            session=session,
            device="cpu",
            show=self.lines.append,
            **arguments,  # type: ignore[arg-type]
        )

    def state(self, step: int) -> dict[str, object]:
        path = self.folder / "checkpoints" / f"step-{step:08d}.ckpt"
        return dict(load_checkpoint(path).states)


@pytest.fixture
def run(tmp_path: Path, config: TrainingConfig, shards: Path, small: NetworkConfig) -> Run:
    return Run(tmp_path / "run", config, shards, small)


def flat(state: object, name: str = "") -> dict[str, object]:
    """All tensors and numbers in nested states, by place."""
    if isinstance(state, dict):
        items = list(state.items())
    elif isinstance(state, (list, tuple)):
        items = list(enumerate(state))
    else:
        return {name: state}
    return {key: value for part, inner in items for key, value in flat(inner, f"{name}.{part}").items()}


def test_going_on_gives_the_same_weights_as_never_stopping(run: Run, tmp_path: Path) -> None:
    unbroken = Run(tmp_path / "unbroken", run.config, run.shards, run.sizes)
    unbroken.train(Session(steps=4))
    run.train(Session(steps=2))
    assert run.train(Session(steps=4)) == 4
    assert any("going on from step 2" in line for line in run.lines)
    one, other = flat(unbroken.state(4)), flat(run.state(4))
    assert one.keys() == other.keys()
    assert any(name.startswith(".discriminator_optimiser.state") for name in one)
    for name, value in one.items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, other[name]), name  # type: ignore[arg-type]
        else:
            assert value == other[name], name


def test_a_session_leaves_weights_figures_and_a_contact_sheet(run: Run) -> None:
    run.train(Session(steps=2))
    about = weights_about(run.folder / "best.safetensors")
    assert about["network"] == "lite"
    assert about["step"] == "2"
    assert 0 < float(about["ms_ssim"]) < 1
    averaged = run.state(2)["average"]
    stored = load_file(run.folder / "best.safetensors")
    assert isinstance(averaged, dict)
    assert all(torch.equal(weight, averaged[f"module.{name}"]) for name, weight in stored.items())
    sheet = cv2.imread(str(run.folder / "sheets" / "newest.png"))
    assert sheet is not None
    assert sheet.shape == (2 * 256, 7 * 256, 3)
    assert list((run.folder / "tensorboard").iterdir())
    log = (run.folder / "log.txt").read_text()
    assert re.search(r"step 2  [\d.]+ samples/s  \d+ ms a step", log)
    assert re.search(r"validation .* psnr [\d.]+ .*best so far", log)


def test_the_best_weights_stay_when_later_ones_are_worse(run: Run) -> None:
    run.train(Session(steps=1))
    best = (run.folder / "best.safetensors").read_bytes()
    worse = replace(run.config, optimiser=replace(run.config.optimiser, learning_rate=1e4))
    run.train(Session(steps=3), config=worse)
    assert (run.folder / "best.safetensors").read_bytes() == best
    assert weights_about(run.folder / "newest.safetensors")["step"] == "3"
    assert any("changed since the checkpoint: optimiser.learning_rate" in line for line in run.lines)


def test_a_finish_leaves_finished_weights_and_later_sessions_go_on_from_before_it(run: Run) -> None:
    run.train(Session(steps=1))
    hasty = replace(run.config, run=replace(run.config.run, checkpoint_minutes=1e-6))
    run.train(Session(steps=3, minutes=10, finish_minutes=20), config=hasty)
    assert weights_about(run.folder / "finished.safetensors")["step"] == "3"
    names = [path.name for path in (run.folder / "checkpoints").iterdir()]
    assert names == ["step-00000001.ckpt"]
    run.train(Session(steps=2))
    assert any("going on from step 1" in line for line in run.lines)


def test_a_wish_to_stop_ends_the_session_with_a_checkpoint(run: Run) -> None:
    stop = Stop()
    stop.request()
    assert run.train(Session(), stop=stop) == 0
    assert (run.folder / "checkpoints" / "step-00000000.ckpt").exists()
    with pytest.raises(KeyboardInterrupt):
        stop.request()


def test_time_ends_a_session(run: Run) -> None:
    assert run.train(Session(minutes=0.0)) == 0


def test_a_schedule_with_an_end_ends_the_training(run: Run) -> None:
    ends = replace(run.config.optimiser, schedule="one_cycle", total_steps=3)
    assert run.train(Session(), config=replace(run.config, optimiser=ends)) == 3


def test_weights_can_be_taken_from_another_run(run: Run, tmp_path: Path) -> None:
    run.train(Session(steps=2))
    best = run.folder / "newest.safetensors"
    checkpoint = run.folder / "checkpoints" / "step-00000002.ckpt"
    for number, source in enumerate((best, checkpoint)):
        other = Run(tmp_path / f"other {number}", run.config, run.shards, run.sizes)
        other.train(Session(steps=0), init=source)
        state = other.state(0)["network"]
        assert isinstance(state, dict)
        weights = load_file(best)
        assert all(torch.equal(state[name], weight) for name, weight in weights.items())


def test_weights_of_another_network_are_told_of(run: Run, tmp_path: Path) -> None:
    run.train(Session(steps=0))
    wider = replace(run.sizes, levels=(4, 8, 24))
    other = Run(tmp_path / "other", run.config, run.shards, wider)
    with pytest.raises(CheckpointError, match="weights of another network"):
        other.train(Session(steps=0), init=run.folder / "newest.safetensors")
    run.sizes = wider
    with pytest.raises(CheckpointError, match="of other networks than these"):
        run.train(Session(steps=1))


def test_training_that_diverges_stops_with_a_clear_line(
    run: Run, batch: TrainingBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = replace(batch, driving=batch.driving * float("nan"))
    monkeypatch.setattr("pechead.data.batch.PackedBatch.unpack", lambda _: poisoned)
    impatient = replace(run.config, run=replace(run.config.run, patience=3))
    with pytest.raises(TrainingError, match=r"3 steps in a row, to step 3, had no finite gradient"):
        run.train(Session(steps=9), config=impatient)
    assert sum("gradient not finite" in line for line in run.lines) == 3


def test_missing_shards_are_told_of(run: Run, tmp_path: Path) -> None:
    run.shards = tmp_path / "nowhere"
    with pytest.raises(DataError, match="no shards in"):
        run.train(Session(steps=1))


def test_data_without_anybody_held_out_is_told_of_at_once(run: Run) -> None:
    everybody = replace(run.config, data=replace(run.config.data, held_out=("nobody",)))
    with pytest.raises(DataError, match=r"nobody in the clips of .* is held out.*data\.held_out"):
        run.train(Session(steps=1), config=everybody)


def test_a_batch_that_cannot_be_shared_out_is_told_of(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(SettingsError, match=r"batch of 2 can't be shared out to 4 devices"):
        make_fabric(config, "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_told_of(config: TrainingConfig) -> None:
    with pytest.raises(SettingsError, match="no CUDA device was found"):
        make_fabric(config, "cuda")
