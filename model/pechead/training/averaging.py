"""A moving average of the weights: what is validated and shipped."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

WARM_UP = 10

Tensors = tuple[Tensor, ...] | list[Tensor]


def moving_average(network: nn.Module, decay: float) -> AveragedModel:
    """The exponential moving average of a network's weights and buffers.

    The n-th update keeps ``min(decay, (1 + n) / (10 + n))`` of the average, so that the first weights are
    soon forgotten. Buffers that are no floating-point numbers are copied.

    Args:
        network: to follow; ``update_parameters`` of the result takes one step.
        decay: what is kept of the average at each step, [0, 1); 0 makes it a copy.
    """

    @torch.no_grad()
    def update(averages: Tensors, values: Tensors, count: Tensor | int) -> None:
        kept = min(decay, (1 + int(count)) / (WARM_UP + int(count)))
        if averages[0].is_floating_point():
            torch._foreach_lerp_(averages, values, 1 - kept)
        else:
            torch._foreach_copy_(averages, values)

    return AveragedModel(network, multi_avg_fn=update, use_buffers=True).requires_grad_(False)
