"""One step of training: what changes, and what infinite gradients may not change."""

from dataclasses import replace

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor

from pechead.data.batch import TrainingBatch
from pechead.errors import SettingsError
from pechead.network.config import NetworkConfig
from pechead.training.config import TrainingConfig
from pechead.training.parts import Parts, make_parts
from pechead.training.step import Stepper


@pytest.fixture
def parts(config: TrainingConfig, fabric: Fabric, small: NetworkConfig) -> Parts:
    return make_parts(config, fabric, small)


def weights(parts: Parts) -> dict[str, Tensor]:
    modules = {"network": parts.network, "discriminators": parts.discriminators, "average": parts.average}
    return {
        f"{name}.{key}": value.clone()
        for name, module in modules.items()
        for key, value in module.state_dict().items()
    }


def changed(before: dict[str, Tensor], after: dict[str, Tensor], part: str) -> bool:
    return any(not torch.equal(before[name], after[name]) for name in before if name.startswith(part))


def test_discriminators_learn_only_once_they_take_part(
    parts: Parts, config: TrainingConfig, fabric: Fabric, batch: TrainingBatch
) -> None:
    stepper = Stepper(parts, config, fabric)
    start = weights(parts)
    first = stepper.step(batch, 0)
    after_first = weights(parts)
    second = stepper.step(batch, 1)
    after_second = weights(parts)
    assert "adversarial" not in first.names
    assert "discriminators" not in first.names
    assert changed(start, after_first, "network")
    assert changed(start, after_first, "average")
    assert not changed(start, after_first, "discriminators")
    assert {"adversarial", "discriminators"} <= set(second.names)
    assert changed(after_first, after_second, "discriminators")


def test_the_generators_step_leaves_no_gradient_in_the_discriminators(
    parts: Parts, config: TrainingConfig, fabric: Fabric, batch: TrainingBatch
) -> None:
    rarely = replace(config, adversary=replace(config.adversary, every=10))
    Stepper(parts, rarely, fabric).step(batch, 1)
    assert all(weight.grad is None for weight in parts.discriminators.parameters())
    assert all(weight.requires_grad for weight in parts.discriminators.parameters())


def test_frozen_parts_stay_as_they_are(
    config: TrainingConfig, fabric: Fabric, small: NetworkConfig, batch: TrainingBatch
) -> None:
    frozen = replace(config, optimiser=replace(config.optimiser, frozen=("local_motion", "global_motion")))
    parts = make_parts(frozen, fabric, small)
    start = weights(parts)
    Stepper(parts, frozen, fabric).step(batch, 0)
    after = weights(parts)
    for name in ("local_motion", "global_motion"):
        assert not changed(start, after, f"network.{name}"), name
    for name in ("keypoints", "decoder"):
        assert changed(start, after, f"network.{name}"), name


def test_a_part_that_the_network_lacks_cannot_be_frozen(
    config: TrainingConfig, fabric: Fabric, small: NetworkConfig
) -> None:
    wrong = replace(config, optimiser=replace(config.optimiser, frozen=("motion",)))
    with pytest.raises(SettingsError, match=r"no part motion: choose among .*local_motion"):
        make_parts(wrong, fabric, small)


def test_a_step_repeats_exactly(
    config: TrainingConfig, fabric: Fabric, small: NetworkConfig, batch: TrainingBatch
) -> None:
    found = []
    for drawn_before in (1, 2):
        parts = make_parts(config, fabric, small)
        torch.rand(drawn_before)
        Stepper(parts, config, fabric).step(batch, 5)
        found.append(weights(parts))
    assert not changed(found[0], found[1], "")


def test_a_step_with_an_undefined_gradient_changes_nothing(
    parts: Parts, config: TrainingConfig, fabric: Fabric, batch: TrainingBatch
) -> None:
    stepper = Stepper(parts, config, fabric)
    stepper.step(batch, 1)
    before = weights(parts)
    poisoned = replace(batch, driving=batch.driving * float("nan"))
    result = stepper.step(poisoned, 2)
    assert not result.finite
    assert not changed(before, weights(parts), "")
    assert stepper.step(batch, 3).finite
    assert changed(before, weights(parts), "network")


def test_each_part_is_clipped_by_itself(
    parts: Parts, config: TrainingConfig, fabric: Fabric, batch: TrainingBatch
) -> None:
    tight = replace(config, optimiser=replace(config.optimiser, clip_norm=1e-3))
    Stepper(parts, tight, fabric).step(batch, 0)
    lengths = {
        name: sum(
            float(weight.grad.square().sum()) for weight in part.parameters() if weight.grad is not None
        )
        ** 0.5
        for name, part in parts.network.named_children()
    }
    for name in ("keypoints", "global_motion", "encoder", "decoder"):
        assert lengths[name] == pytest.approx(1e-3, rel=0.01), name


def test_the_rate_follows_schedule_and_damping(
    parts: Parts, config: TrainingConfig, fabric: Fabric, batch: TrainingBatch
) -> None:
    adversary = replace(config.adversary, learning_rate=0.5)
    stepper = Stepper(parts, replace(config, adversary=adversary), fabric)
    greatest = config.optimiser.learning_rate
    stepper.step(batch, 1, damping=0.75)
    groups = [each.optimizer.param_groups[0] for each in (parts.optimiser, parts.discriminator_optimiser)]
    assert [group["lr"] for group in groups] == pytest.approx([greatest * 0.5, greatest * 0.25])
    assert stepper.rate(1, 0.75) == pytest.approx(greatest * 0.5)
    assert stepper.rate(9) == pytest.approx(greatest)


def test_restored_optimisers_keep_their_moments_but_obey_the_recipe(
    parts: Parts, config: TrainingConfig, fabric: Fabric, small: NetworkConfig, batch: TrainingBatch
) -> None:
    Stepper(parts, config, fabric).step(batch, 0)
    changed_recipe = replace(config, optimiser=replace(config.optimiser, betas=(0.5, 0.9), weight_decay=0.25))
    other = make_parts(changed_recipe, fabric, small)
    other.restore(parts.states())
    group = other.optimiser.optimizer.param_groups[0]
    assert (group["betas"], group["weight_decay"]) == ((0.5, 0.9), 0.25)
    before, after = (each.optimiser.optimizer.state_dict()["state"] for each in (parts, other))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key]["exp_avg"], after[key]["exp_avg"]) for key in before)
