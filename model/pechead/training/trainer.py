"""The training loop: steps, and what is due between them."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lightning_fabric import Fabric

from pechead.data.batch import PackedBatch, TrainingBatch
from pechead.training.checkpoint import (
    Checkpoint,
    check_same_config,
    newest_checkpoint,
    save_checkpoint,
    save_weights,
    weights_about,
)
from pechead.training.config import TrainingConfig, changed_keys
from pechead.training.data import TrainingData
from pechead.training.errors import CheckpointError, TrainingError
from pechead.training.parts import Parts
from pechead.training.reporting import Reporter
from pechead.training.schedule import damping, total_steps
from pechead.training.step import Stepper
from pechead.training.validation import Figures, validate

BEST = "best.safetensors"
NEWEST = "newest.safetensors"
FINISHED = "finished.safetensors"
CHECKPOINTS = "checkpoints"


@dataclass(frozen=True)
class Session:
    """How long to train this time.

    Attributes:
        minutes: None: without end.
        steps: in all, over all sessions; None: without end.
        finish_minutes: at the end of ``minutes``, over which the learning rate falls to nearly nothing.
    """

    minutes: float | None = None
    steps: int | None = None
    finish_minutes: float = 0.0


@dataclass(frozen=True)
class _Due:
    """What is to be done before the next step; the same on all devices."""

    stop: bool
    checkpoint: bool
    validation: bool
    damping: float


class Trainer:
    """Trains, and leaves a run folder from which training can go on.

    Args:
        config: the recipe.
        fabric: launched.
        parts: to be trained.
        data: to train with.
        folder: of the run.
        reporter: takes figures and lines; None on all devices but the first.
        stop_requested: asked after every step.
    """

    def __init__(
        self,
        config: TrainingConfig,
        fabric: Fabric,
        parts: Parts,
        data: TrainingData,
        folder: Path,
        reporter: Reporter | None,
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> None:
        self._config, self._fabric, self._parts, self._data = config, fabric, parts, data
        self._folder, self._reporter, self._stop_requested = folder, reporter, stop_requested
        samples, batch_size = len(data.faces.training), config.data.batch_size
        self._last_step = total_steps(config.optimiser, samples, batch_size)
        self._stepper = Stepper(parts, config, fabric, self._last_step)
        self._step = 0
        self._skipped = 0
        self._minutes_before = 0.0
        self._finishing = False
        self._checked_at = -1
        self._began_at = self._saved_at = self._validated_at = time.monotonic()
        self._validation: list[PackedBatch] = []

    @property
    def step(self) -> int:
        """Steps done, over all sessions."""
        return self._step

    def resume(self) -> bool:
        """Go on from the newest checkpoint of the run folder that can be read.

        Returns:
            whether there was one.

        Raises:
            CheckpointError: there are checkpoints, but none that can be used.
        """
        found = newest_checkpoint(self._folder / CHECKPOINTS)
        if found is None:
            return False
        checkpoint, complaints = found
        for complaint in complaints:
            self._say(complaint)
        check_same_config(checkpoint, self._config.as_dict())
        for change in changed_keys(checkpoint.config, self._config.as_dict()):
            self._say(f"changed since the checkpoint: {change}")
        self._parts.restore(checkpoint.states)
        self._step, self._skipped = checkpoint.step, checkpoint.skipped
        self._minutes_before = checkpoint.minutes
        self._say(f"going on from step {self._step}, after {self._minutes_before:.0f} minutes")
        return True

    def train(self, session: Session) -> None:
        """Train until the session's end; then leave a checkpoint and validated weights.

        Raises:
            TrainingError: too many steps in a row had infinite or undefined gradients.
            CheckpointError: the last checkpoint can't be written.
        """
        self._began_at = self._saved_at = self._validated_at = time.monotonic()
        failures = 0
        loaded_at = time.monotonic()
        for batch in self._batches():
            waited = time.monotonic() - loaded_at
            due = self._due(session)
            if due.stop:
                break
            self._between_steps(due)
            result = self._stepper.step(batch, self._step, due.damping)
            self._step += 1
            failures = 0 if result.finite else failures + 1
            if not result.finite:
                self._skipped += 1
                self._say(f"step {self._step} left out: gradient not finite ({self._skipped} so far)")
            if failures >= self._config.run.patience:
                raise TrainingError(
                    f"{failures} steps in a row, to step {self._step}, had no finite gradient",
                    "start again from the last checkpoint with a lower optimiser.learning_rate",
                )
            if self._reporter and result.finite:
                self._reporter.add(dict(zip(result.names, result.values, strict=True)), waited)
            if self._reporter and self._step % self._config.run.report_steps == 0:
                self._reporter.flush(self._step, self._stepper.rate(self._step - 1, due.damping))
            loaded_at = time.monotonic()
        self._end()

    def _batches(self) -> Iterator[TrainingBatch]:
        fabric = self._fabric
        share = self._config.data.batch_size // fabric.world_size
        loader = self._data.loader(
            share, self._config.run.seed, self._step, fabric.global_rank, fabric.world_size, fabric.device
        )
        for packed in loader:
            assert isinstance(packed, PackedBatch)
            yield packed.to(fabric.device).unpack()

    def _due(self, session: Session) -> _Due:
        """The first device's clock decides for all."""
        now = time.monotonic()
        run = self._config.run
        left = None if session.minutes is None else session.minutes - (now - self._began_at) / 60
        out_of_time = left is not None and left <= 0
        last = min(session.steps or math.inf, self._last_step or math.inf)
        out_of_steps = self._step >= last or session.steps == 0
        due = _Due(
            stop=out_of_time or out_of_steps or self._stop_requested(),
            checkpoint=now - self._saved_at >= run.checkpoint_minutes * 60,
            validation=now - self._validated_at >= run.validation_minutes * 60,
            damping=damping(left, session.finish_minutes),
        )
        return self._fabric.broadcast(due)

    def _between_steps(self, due: _Due) -> None:
        started_at = time.monotonic()
        begins_to_finish = due.damping < 1 and not self._finishing
        if begins_to_finish:
            self._say(f"step {self._step}: finishing; later sessions go on from here")
        if (due.checkpoint and not self._finishing) or begins_to_finish:
            try:
                self._save()
            except CheckpointError as error:
                self._say(f"{error}; training goes on")
            self._saved_at = time.monotonic()
        self._finishing = self._finishing or begins_to_finish
        if due.validation:
            self._validate()
        if self._reporter:
            self._reporter.pause(time.monotonic() - started_at)

    def _end(self) -> None:
        if self._reporter:
            self._reporter.flush(self._step, self._stepper.rate(self._step - 1))
        if not self._finishing:
            self._save()
        if not self._stop_requested():
            self._validate()
        if self._finishing and not self._stop_requested():
            self._save_average(FINISHED, {})
        finished = "finished" if self._finishing else "stopped"
        self._say(f"{finished} at step {self._step}, after {self._minutes():.0f} minutes in all")

    def _minutes(self) -> float:
        return self._minutes_before + (time.monotonic() - self._began_at) / 60

    def _save(self) -> None:
        if not self._fabric.is_global_zero:
            return
        checkpoint = Checkpoint(
            step=self._step,
            config=self._config.as_dict(),
            states=self._parts.states(),
            skipped=self._skipped,
            minutes=self._minutes(),
        )
        save_checkpoint(checkpoint, self._folder / CHECKPOINTS, self._config.run.keep_checkpoints)

    def _save_average(self, name: str, about: dict[str, str]) -> None:
        if not self._fabric.is_global_zero:
            return
        known = {
            "network": self._config.network,
            "step": str(self._step),
            "minutes": f"{self._minutes():.1f}",
        }
        try:
            save_weights(self._parts.averaged_network.state_dict(), self._folder / name, known | about)
        except CheckpointError as error:
            self._say(f"{error}; training goes on")

    def _validate(self) -> None:
        """Figures and a contact sheet of the averaged weights; they are kept if they are the best so far."""
        if self._fabric.is_global_zero and self._reporter and self._checked_at != self._step:
            run = self._config.run
            started_at = time.monotonic()
            if not self._validation:
                self._validation = self._data.validation(run.validation_pairs)
            figures, sheet = validate(
                self._parts.averaged_network,
                self._parts.perceptual,
                self._validation,
                self._config.losses,
                self._fabric,
            )
            self._reporter.scalars("validation", figures.as_dict(), self._step)
            self._reporter.sheet(sheet, self._step)
            is_best = self._keep_if_best(figures)
            shown = " ".join(f"{name} {value:.4g}" for name, value in figures.as_dict().items())
            self._say(
                f"step {self._step}  validation ({time.monotonic() - started_at:.0f} s)  {shown}"
                f"{'  best so far' if is_best else ''}"
            )
        self._checked_at = self._step
        self._fabric.barrier()
        self._validated_at = time.monotonic()

    def _keep_if_best(self, figures: Figures) -> bool:
        name = self._data.validation_name(self._config.run.validation_pairs)
        about = {"pairs": name} | {key: f"{value:.6g}" for key, value in figures.as_dict().items()}
        best = weights_about(self._folder / BEST)
        is_best = best.get("pairs") != name or figures.score < float(best["score"])
        if is_best:
            self._save_average(BEST, about)
        self._save_average(NEWEST, about)
        return is_best

    def _say(self, line: str) -> None:
        if self._reporter:
            self._reporter.say(line)
