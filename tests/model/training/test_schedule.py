"""Learning rates, moving averages."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import OneCycleLR

from pechead.training.averaging import moving_average
from pechead.training.config import OptimiserConfig
from pechead.training.schedule import damping, rate_share, total_steps


def rates(config: OptimiserConfig, steps: int, count: int) -> list[float]:
    return [rate_share(config, step, steps) for step in range(count)]


def test_constant_warms_up_and_stays() -> None:
    config = OptimiserConfig(schedule="constant", warm_up_steps=3)
    assert rates(config, 0, 6) == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])


def test_cosine_falls_to_the_least_rate_and_stays_there() -> None:
    config = OptimiserConfig(schedule="cosine", warm_up_steps=1, least_rate=0.1, total_steps=5)
    found = rates(config, 5, 8)
    assert found[:2] == pytest.approx([0.5, 1.0])
    assert found[3] == pytest.approx(0.55)
    assert found[5:] == pytest.approx([0.1, 0.1, 0.1])


def test_one_cycle_is_pytorchs() -> None:
    config = OptimiserConfig(schedule="one_cycle", base_rate=1e-4, learning_rate=4e-4, total_steps=50)
    optimiser = SGD([nn.Parameter(torch.zeros(1))], 1.0)
    schedule = OneCycleLR(optimiser, 4e-4, 50, div_factor=4, cycle_momentum=False)
    expected = []
    for _ in range(50):
        expected.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step() if len(expected) < 50 else None
    assert [4e-4 * share for share in rates(config, 50, 50)] == pytest.approx(expected, rel=1e-6)
    assert rate_share(config, 60, 50) == rate_share(config, 49, 50)


def test_epochs_become_steps() -> None:
    config = OptimiserConfig(epochs=100)
    assert total_steps(config, samples=6400, batch_size=64) == 10_000
    assert total_steps(config, samples=10, batch_size=64) == 100
    assert total_steps(replace(config, total_steps=7), 6400, 64) == 7


def test_a_session_that_finishes_lets_the_rate_fall_at_its_end() -> None:
    assert damping(None, 30) == 1
    assert damping(100, 30) == 1
    assert damping(15, 30) == pytest.approx(0.5)
    assert damping(0, 30) == pytest.approx(0.01)
    assert damping(5, 0) == 1


def test_moving_average_by_hand() -> None:
    network = nn.Linear(1, 1, bias=False)
    network.register_buffer("mean", torch.zeros(1))
    network.register_buffer("count", torch.zeros(1, dtype=torch.long))
    average = moving_average(network, 0.5)
    values, averaged = (1.0, 4.0, 2.0), []
    for number, value in enumerate(values):
        with torch.no_grad():
            network.weight.fill_(value)
            network.get_buffer("mean").fill_(-value)
            network.get_buffer("count").fill_(number + 1)
        average.update_parameters(network)
        averaged.append(average.module.get_parameter("weight").item())
    # The first is taken as it is; then 2 of 11 parts, then 3 of 12, are kept.
    second = 4 + 2 / 11 * (1 - 4)
    assert averaged == pytest.approx([1.0, second, 2 + 3 / 12 * (second - 2)])
    assert average.module.get_buffer("mean").item() == pytest.approx(-averaged[-1])
    assert average.module.get_buffer("count").item() == 3
    assert not any(weight.requires_grad for weight in average.parameters())


def test_the_average_is_no_slower_than_its_decay() -> None:
    network = nn.Linear(1, 1, bias=False)
    average = moving_average(network, 0.3)
    nn.init.zeros_(network.weight)
    for _ in range(50):
        average.update_parameters(network)
    nn.init.ones_(network.weight)
    average.update_parameters(network)
    assert average.module.get_parameter("weight").item() == pytest.approx(0.7)
