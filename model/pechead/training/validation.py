"""How well people are drawn whom the network has never seen."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from lightning_fabric import Fabric
from torch import Tensor
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from pechead.data.batch import PackedBatch, TrainingBatch
from pechead.network.model import PECHead
from pechead.network.stages import Drawing
from pechead.perceptual import PerceptualLoss
from pechead.training.config import LossWeights
from pechead.training.reporting import SHEET_ROWS, contact_sheet


@dataclass(frozen=True)
class Figures:
    """Means over the pairs.

    Attributes:
        l1: mean absolute difference, pictures in [0, 1].
        psnr: decibels, of each picture, then averaged.
        ms_ssim: multi-scale structural similarity, [0, 1].
        perceptual: equation (2) with the features used in training.
        alpha: mean share of the warped photo.
        warped_l1, painted_l1: of the warped photo and the paint alone.
        score: the weighted sum of l1 and perceptual, by which the best weights are chosen.
    """

    l1: float
    psnr: float
    ms_ssim: float
    perceptual: float
    alpha: float
    warped_l1: float
    painted_l1: float
    score: float

    def as_dict(self) -> dict[str, float]:
        """By name."""
        return asdict(self)


@torch.no_grad()
def validate(
    network: PECHead,
    perceptual: PerceptualLoss,
    batches: Sequence[PackedBatch],
    weights: LossWeights,
    fabric: Fabric,
) -> tuple[Figures, Tensor]:
    """Draw fixed pairs.

    Args:
        network: with averaged weights.
        perceptual: how pictures are compared by features.
        batches: the pairs; of a sequence the last frame counts.
        weights: of l1 and the perceptual loss in the score.
        fabric: whose device and precision are used.

    Returns:
        the figures, and a contact sheet (3, H, W) of the first pairs: source, driving, result,
        warped, paint, alpha, and the matte, if there is one.
    """
    network.eval()
    perceptual.eval()
    sums = torch.zeros(7, dtype=torch.float64)
    rows: list[list[Tensor]] = []
    count = sum(len(packed.source) for packed in batches)
    for packed in batches:
        batch = packed.to(fabric.device).unpack()
        with fabric.autocast():
            drawing = _draw(network, batch)
            target = batch.driving[:, -1]
            distance = perceptual(drawing.image, target)
        size = len(target)
        sums += size * torch.cat([_figures(drawing, target), distance.double().cpu().reshape(1)])
        for number in range(size):
            # People take turns, so the first pairs are of different ones.
            if len(rows) < SHEET_ROWS:
                pictures = (
                    batch.source,
                    target,
                    drawing.image,
                    drawing.warped,
                    drawing.painted,
                    drawing.alpha,
                    *([] if drawing.person is None else [drawing.person]),
                )
                rows.append([picture[number] for picture in pictures])
    perceptual.train()
    l1, psnr, ms_ssim, alpha, warped, painted, distance_mean = (sums / count).tolist()
    score = weights.pixel * l1 + weights.perceptual * distance_mean
    figures = Figures(l1, psnr, ms_ssim, distance_mean, alpha, warped, painted, score)
    return figures, contact_sheet(rows)


def _draw(network: PECHead, batch: TrainingBatch) -> Drawing:
    """The last frame of each sequence."""
    source = network.encode_source(batch.source, batch.motions[0].source)
    drawing = network.drive(source, batch.motions[0])
    for motion in batch.motions[1:]:
        drawing = network.drive(source, motion, drawing.context)
    return drawing


def _figures(drawing: Drawing, target: Tensor) -> Tensor:
    """(6,) l1, psnr, ms_ssim, alpha, and l1 of the warped photo and of the paint."""
    image = drawing.image.float().clamp(0, 1)
    squared = (image - target).square().mean((1, 2, 3)).clamp(min=1e-10)
    similarity = multiscale_structural_similarity_index_measure(image, target, data_range=1.0)
    return (
        torch.stack(
            [
                (image - target).abs().mean(),
                (-10 * squared.log10()).mean(),
                torch.as_tensor(similarity),
                drawing.alpha.float().mean(),
                (drawing.warped - target).abs().mean(),
                (drawing.painted - target).abs().mean(),
            ]
        )
        .double()
        .cpu()
    )
