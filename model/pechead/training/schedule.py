"""Learning rates by step."""

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from pechead.training.config import OptimiserConfig


def total_steps(config: OptimiserConfig, samples: int, batch_size: int) -> int:
    """Steps until the schedule ends; 0 if it never does.

    Args:
        config: the recipe.
        samples: training clips, one sample of each of which is an epoch.
        batch_size: samples of a step, over all devices.
    """
    return config.total_steps or config.epochs * max(1, samples // batch_size)


def make_schedule(optimiser: Optimizer, config: OptimiserConfig, steps: int, rate: float) -> LRScheduler:
    """The schedule of an optimiser; it sets the rate from the number of steps alone.

    Args:
        optimiser: whose rate is set.
        config: the recipe.
        steps: of ``total_steps``.
        rate: the greatest.
    """
    if config.schedule == "one_cycle":
        ratio = config.learning_rate / config.base_rate
        return OneCycleLR(optimiser, rate, steps, div_factor=ratio, cycle_momentum=False)
    for group in optimiser.param_groups:
        group["lr"] = rate
    return LambdaLR(optimiser, lambda step: factor(config, step, steps))


def factor(config: OptimiserConfig, step: int, steps: int) -> float:
    """The rate of ``constant`` and ``cosine`` at a step, as a share of the greatest."""
    warmth = min(1.0, (step + 1) / (config.warm_up_steps + 1))
    if config.schedule == "constant":
        return warmth
    along = min(1.0, max(0, step - config.warm_up_steps) / max(1, steps - config.warm_up_steps))
    fall = 0.5 * (1 + math.cos(math.pi * along))
    return warmth * (config.least_rate + (1 - config.least_rate) * fall)


def damping(minutes_left: float | None, finish_minutes: float) -> float:
    """By how much the rate is reduced towards the end of a session that is to finish the training.

    Args:
        minutes_left: of the session; None: no end.
        finish_minutes: over which the rate falls linearly to a hundredth; 0: not at all.
    """
    if minutes_left is None or finish_minutes <= 0 or minutes_left >= finish_minutes:
        return 1.0
    return max(0.01, minutes_left / finish_minutes)
