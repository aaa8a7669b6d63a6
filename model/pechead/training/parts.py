"""What is trained and what trains it, as one thing that can be stored and restored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.wrappers import _FabricModule, _FabricOptimizer
from torch import nn
from torch.optim import AdamW
from torch.optim.swa_utils import AveragedModel

from pechead.errors import SettingsError
from pechead.face.model import FaceModel
from pechead.losses.landmarks import SeenInBoth
from pechead.network.config import NetworkConfig
from pechead.network.discriminator import PatchDiscriminators
from pechead.network.model import PECHead
from pechead.perceptual import PerceptualLoss, feature_network
from pechead.training.averaging import moving_average
from pechead.training.config import TrainingConfig
from pechead.training.errors import CheckpointError
from pechead.training.face_regions import FaceRegions
from pechead.training.objective import GeneratorObjective


@dataclass(frozen=True)
class Parts:
    """All that changes while a network is trained.

    Attributes:
        network: to be trained.
        objective: around it, as Fabric runs it.
        discriminators: as they are.
        judges: the same, as Fabric runs them.
        average: moving average of the network's weights.
        optimiser, discriminator_optimiser: of the two.
        perceptual: how pictures are compared by features.
    """

    network: PECHead
    objective: _FabricModule
    discriminators: PatchDiscriminators
    judges: _FabricModule
    average: AveragedModel
    optimiser: _FabricOptimizer
    discriminator_optimiser: _FabricOptimizer
    perceptual: PerceptualLoss

    @property
    def averaged_network(self) -> PECHead:
        """The network with averaged weights."""
        assert isinstance(self.average.module, PECHead)
        return self.average.module

    def states(self) -> dict[str, Any]:
        """State dicts by name."""
        return {name: part.state_dict() for name, part in self._stored().items()}

    def restore(self, states: Mapping[str, Any]) -> None:
        """Go back to stored states; betas and decay of the optimisers stay those of the recipe.

        Raises:
            CheckpointError: they are of networks of another shape.
        """
        optimisers = (self.optimiser.optimizer, self.discriminator_optimiser.optimizer)
        chosen = [[_without_weights(group) for group in each.param_groups] for each in optimisers]
        try:
            for name, part in self._stored().items():
                part.load_state_dict(states[name])
        except (RuntimeError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"the checkpoint is of other networks than these ({str(error).splitlines()[0]})",
                "use another --run folder, and --init to begin with its weights",
            ) from error

        for optimiser, groups in zip(optimisers, chosen, strict=True):
            for group, settings in zip(optimiser.param_groups, groups, strict=True):
                group.update(settings)

    def _stored(self) -> dict[str, Any]:
        return {
            "network": self.network,
            "discriminators": self.discriminators,
            "average": self.average,
            "optimiser": self.optimiser.optimizer,
            "discriminator_optimiser": self.discriminator_optimiser.optimizer,
        }


def make_parts(config: TrainingConfig, fabric: Fabric, sizes: NetworkConfig | None = None) -> Parts:
    """Networks with initial weights, on the device, with their optimisers.

    Args:
        config: the recipe.
        fabric: that runs them.
        sizes: of the networks, if not the preset that the recipe names.

    Raises:
        SettingsError: a part to be frozen is none of the network's.
    """
    torch.manual_seed(config.run.seed)
    sizes = sizes or NetworkConfig.preset(config.network)
    layout = torch.channels_last
    network = PECHead(sizes).to(memory_format=layout)
    discriminators = PatchDiscriminators(sizes).to(memory_format=layout)
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
    _freeze(network, config.optimiser.frozen)
    average = moving_average(network, config.run.averaging)
    fabric.to_device(average)
    perceptual = PerceptualLoss(
        feature_network(config.perceptual.features),
        config.perceptual.scales,
        config.perceptual.region_weight,
        config.perceptual.window,
    )
    regions = FaceRegions.shipped() if config.perceptual.region_weight else None
    seen = SeenInBoth(FaceModel.load()) if config.losses.landmarks else None
    objective: nn.Module = GeneratorObjective(network, perceptual, config.losses, seen, regions)
    if config.run.compile:
        objective = torch.compile(objective)  # type: ignore[assignment]
    rate = config.optimiser.learning_rate
    rates = (rate, rate * config.adversary.learning_rate)
    betas = (config.optimiser.betas, (config.adversary.beta1, config.optimiser.betas[1]))
    optimisers = [
        AdamW(module.parameters(), speed, betas=beta, weight_decay=config.optimiser.weight_decay, fused=True)
        for module, speed, beta in zip((network, discriminators), rates, betas, strict=True)
    ]
    wrapped = fabric.setup(objective, optimisers[0])
    judges = fabric.setup(discriminators, optimisers[1])
    return Parts(
        network=network,
        objective=wrapped[0],
        discriminators=discriminators,
        judges=judges[0],
        average=average,
        optimiser=wrapped[1],
        discriminator_optimiser=judges[1],
        perceptual=perceptual,
    )


def _freeze(network: PECHead, names: Sequence[str]) -> None:
    """Keep parts as they are, batch norm's statistics included."""
    parts = dict(network.named_children())
    for name in names:
        if name not in parts:
            raise SettingsError(
                f"optimiser.frozen: the network has no part {name}", f"choose among {', '.join(parts)}"
            )
        parts[name].eval().requires_grad_(False)


def _without_weights(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != "params"}
