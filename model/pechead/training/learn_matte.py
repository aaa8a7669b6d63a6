"""Learn where the person is in a photo, by itself: a picture costs a hundredth of one of ``lite``.

Run as ``python -m pechead.training.learn_matte SHARDS --init WEIGHTS --output WEIGHTS --minutes 20``. The
other networks' weights are passed on as they are.
"""

import argparse
import logging
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from pechead.data.clip import Clip
from pechead.data.dataset import BatchPositions, FaceData, one_opencv_thread, set_up_worker
from pechead.data.errors import DataError
from pechead.data.matted import MattedPictures, MattedSettings
from pechead.data.mattes import opacity
from pechead.losses.person import matte_loss
from pechead.network.config import MATTE_CELLS, NetworkConfig
from pechead.network.grids import resized
from pechead.network.model import PECHead
from pechead.network.person import PersonEstimator
from pechead.training.averaging import moving_average
from pechead.training.checkpoint import load_weights, save_weights, weights_about

log = logging.getLogger(__name__)

LEAST_RATE = 0.01
AVERAGING = 0.998
REPORT_STEPS = 200
VALIDATION_FRAMES = 6
"""Of each clip held out, spread over it."""


@dataclass(frozen=True)
class MatteRecipe:
    """How it is learned.

    Attributes:
        minutes: of training; the rate falls linearly to a hundredth over them.
        batch_size: pictures of a step.
        learning_rate: the greatest.
        warm_up_steps: in which the rate rises to it.
        seed: of the order of pictures.
        workers: processes that make pictures.
    """

    minutes: float = 20.0
    batch_size: int = 32
    learning_rate: float = 1e-3
    warm_up_steps: int = 50
    seed: int = 0
    workers: int = 1


@dataclass(frozen=True)
class MatteFigures:
    """How good mattes are.

    Attributes:
        l1: mean absolute difference.
        overlap: of the two areas above 0.5: what is common over what is in either, the mean.
    """

    l1: float
    overlap: float


def learn(estimator: PersonEstimator, clips: tuple[Clip, ...], recipe: MatteRecipe) -> PersonEstimator:
    """Train.

    Args:
        estimator: to begin with; changed.
        clips: those without mattes are left out.
        recipe: how.

    Returns:
        its moving average, in evaluation mode.
    """
    one_opencv_thread()
    loader: DataLoader[tuple[torch.Tensor, torch.Tensor]] = DataLoader(
        MattedPictures(clips, MattedSettings(), recipe.seed),
        batch_sampler=BatchPositions(recipe.batch_size),
        num_workers=recipe.workers,
        worker_init_fn=set_up_worker,
        prefetch_factor=4 if recipe.workers else None,
    )
    average = moving_average(estimator, AVERAGING)
    optimiser = torch.optim.AdamW(estimator.parameters(), recipe.learning_rate)
    started_at, losses = time.monotonic(), []
    estimator.train()
    for step, (pictures, mattes) in enumerate(loader):
        along = (time.monotonic() - started_at) / (60 * recipe.minutes)
        if along >= 1:
            break
        for group in optimiser.param_groups:
            warmth = min(1.0, (step + 1) / (recipe.warm_up_steps + 1))
            group["lr"] = recipe.learning_rate * warmth * max(LEAST_RATE, 1 - along)
        with torch.autocast("cpu", torch.bfloat16):
            found = estimator(pictures.contiguous(memory_format=torch.channels_last))
        loss = matte_loss(found, mattes, torch.ones(len(mattes)))
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(estimator.parameters(), 1.0)
        optimiser.step()
        average.update_parameters(estimator)
        losses.append(loss.item())
        if len(losses) == REPORT_STEPS:
            log.info("step %d: cross entropy %.4f", step + 1, np.mean(losses))
            losses.clear()
    assert isinstance(average.module, PersonEstimator)
    return average.module.eval()


@torch.no_grad()
def measure(estimator: PersonEstimator, clips: tuple[Clip, ...]) -> MatteFigures:
    """Compare with the mattes of clips, unchanged.

    Args:
        estimator: in evaluation mode.
        clips: those without mattes don't count.

    Raises:
        DataError: none has mattes.
    """
    differences, overlaps = [], []
    matted = [clip for clip in clips if clip.mattes]
    if not matted:
        raise DataError("no clip of people held out has mattes", "prepare more clips, with --segmenter")
    for clip in matted:
        for index in np.linspace(0, len(clip) - 1, VALIDATION_FRAMES).round().astype(int):
            picture = torch.from_numpy(clip.image(index)).permute(2, 0, 1)[None] / 255
            wanted = resized(torch.from_numpy(opacity(clip.matte(index)))[None, None], MATTE_CELLS)
            found = estimator(picture)
            differences.append((found - wanted).abs().mean().item())
            both, either = (found > 0.5) & (wanted > 0.5), (found > 0.5) | (wanted > 0.5)
            overlaps.append((both.sum() / either.sum().clamp(min=1)).item())
    return MatteFigures(float(np.mean(differences)), float(np.mean(overlaps)))


def main() -> None:
    """Read weights, train, measure, write weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards")
    parser.add_argument("--init", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.manual_seed(chosen.seed)
    network = PECHead(NetworkConfig.preset("lite"))
    network.load_state_dict(load_weights(chosen.init))
    assert network.person is not None
    data = FaceData.load(chosen.shards)
    log.info("before: %s", measure(network.person.eval(), data.validation))
    learned = learn(network.person, data.training, MatteRecipe(chosen.minutes, seed=chosen.seed))
    log.info("after: %s", measure(learned, data.validation))
    network.person.load_state_dict(learned.state_dict())
    save_weights(network.state_dict(), chosen.output, weights_about(chosen.init))


if __name__ == "__main__":
    main()
