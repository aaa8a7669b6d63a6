"""Learning rates by step: nothing is remembered, so that a run goes on however its recipe was changed."""

import math

from pechead.training.config import OptimiserConfig

RISING = 0.3
"""Share of the steps of ``one_cycle`` in which the rate rises."""

LAST_OF_BASE = 1e-4
"""Where ``one_cycle`` ends, as a share of its base rate."""


def total_steps(config: OptimiserConfig, samples: int, batch_size: int) -> int:
    """Steps until the schedule ends; 0 if it never does.

    Args:
        config: the recipe.
        samples: training clips, one sample of each of which is an epoch.
        batch_size: samples of a step, over all devices.
    """
    return config.total_steps or config.epochs * max(1, samples // batch_size)


def rate_share(config: OptimiserConfig, step: int, steps: int) -> float:
    """The learning rate of a step, as a share of the greatest.

    Args:
        config: the recipe.
        step: its number, from 0.
        steps: of ``total_steps``.
    """
    if config.schedule == "one_cycle":
        base = config.base_rate / config.learning_rate
        peak = RISING * steps - 1
        if step <= peak:
            return _cosine(base, 1.0, step / peak)
        return _cosine(1.0, base * LAST_OF_BASE, min(1.0, (step - peak) / max(1e-9, steps - 1 - peak)))
    warmth = min(1.0, (step + 1) / (config.warm_up_steps + 1))
    if config.schedule == "constant":
        return warmth
    along = max(0, step - config.warm_up_steps) / max(1, steps - config.warm_up_steps)
    return warmth * _cosine(1.0, config.least_rate, min(1.0, along))


def damping(minutes_left: float | None, finish_minutes: float) -> float:
    """By how much the rate is reduced towards the end of a session that is to finish the training.

    Args:
        minutes_left: of the session; None: no end.
        finish_minutes: over which the rate falls linearly to a hundredth; 0: not at all.
    """
    if minutes_left is None or finish_minutes <= 0 or minutes_left >= finish_minutes:
        return 1.0
    return max(0.01, minutes_left / finish_minutes)


def _cosine(start: float, end: float, along: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * along))
