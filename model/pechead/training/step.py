"""One step of training."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from lightning_fabric import Fabric
from lightning_fabric.wrappers import _FabricModule, _FabricOptimizer
from torch import Tensor, nn

from pechead.data.batch import TrainingBatch
from pechead.training.config import TrainingConfig
from pechead.training.objective import judge
from pechead.training.parts import Parts
from pechead.training.schedule import rate_share
from pechead.training.task import Outcome, Task, Window

SEED_STRIDE = 1_000_003


@dataclass(frozen=True)
class StepResult:
    """What a step brought.

    Attributes:
        names, values: of the losses, unweighted, and of the generator's gradient's length.
        finite: False if the step was left out because of infinite or undefined gradients.
    """

    names: tuple[str, ...]
    values: tuple[float, ...]
    finite: bool


class Stepper:
    """Takes steps; what a step does depends on the parts, the batch and the step's number alone.

    Args:
        parts: to be trained.
        config: the recipe.
        fabric: that runs them.
        steps: in all, for the schedule; see ``total_steps``.
    """

    def __init__(self, parts: Parts, config: TrainingConfig, fabric: Fabric, steps: int = 0) -> None:
        self._parts, self._config, self._fabric, self._steps = parts, config, fabric, steps
        modules = (parts.network, parts.discriminators)
        self._buffers = [buffer for module in modules for buffer in module.buffers()]

    def rate(self, number: int, damping: float = 1.0) -> float:
        """The generator's learning rate at a step."""
        optimiser = self._config.optimiser
        return optimiser.learning_rate * rate_share(optimiser, number, self._steps) * damping

    def step(self, batch: TrainingBatch, number: int, damping: float = 1.0) -> StepResult:
        """Improve the generator, and the discriminators once they take part.

        Args:
            batch: on the device.
            number: of the step, from 0.
            damping: of the learning rates, at most 1.
        """
        parts = self._parts
        place = number * self._fabric.world_size + self._fabric.global_rank
        torch.manual_seed(self._config.run.seed * SEED_STRIDE + place)
        before = [buffer.clone() for buffer in self._buffers]
        strength = self._strength(number)
        window = Window.random(batch.driving.shape[-1], self._config.adversary.window)
        outcome = self._forward(batch, strength, window)
        parts.optimiser.zero_grad()
        self._fabric.backward(outcome.total)
        rate = self.rate(number, damping)
        norm = self._apply(parts.objective, parts.optimiser, rate, parts.network.children())
        finite = math.isfinite(norm)
        names, values = [*outcome.names, "gradient"], [*outcome.terms.tolist(), norm]
        if finite:
            parts.average.update_parameters(parts.network)
        if finite and strength is not None and number % self._config.adversary.every == 0:
            loss = judge(parts.judges, batch, outcome.images, window)
            parts.discriminator_optimiser.zero_grad()
            self._fabric.backward(loss)
            judged = self._apply(
                parts.judges,
                parts.discriminator_optimiser,
                rate * self._config.adversary.learning_rate,
                [parts.discriminators],
            )
            finite = math.isfinite(judged)
            names.append("discriminators")
            values.append(loss.item())
        if not finite:
            for buffer, value in zip(self._buffers, before, strict=True):
                buffer.copy_(value)
        return StepResult(tuple(names), tuple(values), finite)

    def _strength(self, number: int) -> float | None:
        """How much of the adversarial loss counts; None: discriminators don't take part yet."""
        adversary = self._config.adversary
        along = number - adversary.first_step
        if along < 0 or not self._config.losses.adversarial:
            return None
        return min(1.0, (along + 1) / (adversary.warm_up_steps + 1))

    def _forward(self, batch: TrainingBatch, strength: float | None, window: Window) -> Outcome:
        """The objective, with the discriminators frozen meanwhile."""
        parts = self._parts
        parts.discriminators.requires_grad_(False)
        task = Task(batch) if strength is None else Task(batch, parts.discriminators, strength, window)
        outcome: Outcome = parts.objective(task)
        parts.discriminators.requires_grad_(True)
        return outcome

    def _apply(
        self,
        module: _FabricModule,
        optimiser: _FabricOptimizer,
        rate: float,
        parts: Iterable[nn.Module],
    ) -> float:
        """Clip each part's gradient and take the step, unless one is infinite or undefined; their length."""
        # Only measures, and takes the scale out where the precision has one.
        measured = self._fabric.clip_gradients(module, optimiser, max_norm=math.inf, error_if_nonfinite=False)
        assert isinstance(measured, Tensor)
        norm = measured.item()
        if not math.isfinite(norm):
            return norm
        longest = self._config.optimiser.clip_norm
        if longest:
            for part in parts:
                weights = list(part.parameters())
                if weights:
                    nn.utils.clip_grad_norm_(weights, longest)
        for group in optimiser.optimizer.param_groups:
            group["lr"] = rate
        optimiser.step()
        return norm
