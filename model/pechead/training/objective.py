"""What the generator is trained for: one forward pass and all its losses."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from pechead.data.batch import TrainingBatch
from pechead.losses.landmarks import SeenInBoth, flow_landmark_loss
from pechead.losses.paint import (
    blend_loss,
    local_error,
    paint_pixel_loss,
    put_in_place,
    warp_failure,
    warped_photo_loss,
)
from pechead.losses.paper import (
    discriminator_loss,
    equivariance_loss,
    generator_adversarial_loss,
    landmark_spread_loss,
    pixel_loss,
    warping_loss,
)
from pechead.losses.person import matte_loss, person_and_outline
from pechead.losses.thin_plate_spline import ThinPlateSpline
from pechead.network.grids import resized
from pechead.network.model import PECHead, hidden
from pechead.network.motion_input import FaceMotion
from pechead.network.stages import Drawing, SourceFeatures
from pechead.perceptual import PerceptualLoss
from pechead.training.config import LossWeights
from pechead.training.face_regions import FaceRegions
from pechead.training.task import LossTerms, Outcome, Task, Window


class GeneratorObjective(nn.Module):
    """Draw the T driving frames of a batch one after the other and compare.

    Args:
        network: to be trained.
        perceptual: how pictures are compared by features.
        weights: of the losses.
        seen: which landmarks the flow is compared at; None: not at all.
        regions: of mouth and eyes, compared enlarged; None: not at all.
    """

    def __init__(
        self,
        network: PECHead,
        perceptual: PerceptualLoss,
        weights: LossWeights,
        seen: SeenInBoth | None = None,
        regions: FaceRegions | None = None,
    ) -> None:
        super().__init__()
        self.network, self.perceptual, self.regions = network, perceptual, regions
        self.seen = seen
        self._weights = weights

    def forward(self, task: Task) -> Outcome:
        """Losses of one batch, each the mean over its T frames."""
        batch = task.batch
        source = batch.source.contiguous(memory_format=torch.channels_last)
        if self._weights.motion_alone:
            features, losses, images = self._move(source, batch)
        else:
            features, losses, images = self._draw(source, task)
        if self._weights.equivariance:
            losses[0]["equivariance"] = self._equivariance(features, batch.motions[0]) * len(losses)
        names = tuple(losses[0])
        means = [sum(frame[name] for frame in losses if name in frame) / len(losses) for name in names]
        terms_ = torch.stack([torch.as_tensor(mean) for mean in means])
        factors = [
            getattr(self._weights, name) * (task.strength if name == "adversarial" else 1.0) for name in names
        ]
        total = (terms_ * torch.tensor(factors, device=terms_.device)).sum()
        return Outcome(total, names, terms_.detach(), torch.cat(images))

    def _move(
        self, source: Tensor, batch: TrainingBatch
    ) -> tuple[SourceFeatures, list[dict[str, Tensor]], list[Tensor]]:
        """Nothing is painted: a sample costs a quarter."""
        features = self.network.encode_keypoints(source, batch.motions[0].source)
        in_photo = self._matte(features.person, batch, 0)
        losses, images = [], []
        for number, motion in enumerate(batch.motions):
            movement = self.network.move(features, motion)
            warped = movement.warped(source)
            target = batch.driving[:, number].contiguous()
            where = self._where(batch, number)
            flows = [movement.local.flow, movement.global_flow]
            losses.append(
                LossTerms(
                    spread=self._spread(features.landmarks, movement.landmarks),
                    warping=self._warping(flows, source, target, where) if self._weights.warping else None,
                    landmarks=self._landmarks(movement.flow, motion, batch, number),
                    **self._warped_terms(warped, target, where),
                    person=in_photo,
                ).present()
            )
            images.append(warped.detach())
        return features, losses, images

    def _draw(
        self, source: Tensor, task: Task
    ) -> tuple[SourceFeatures, list[dict[str, Tensor]], list[Tensor]]:
        """Frame after frame, each with the context of the one before."""
        batch = task.batch
        features = self.network.encode_source(source, batch.motions[0].source)
        in_photo = self._matte(features.person, batch, 0)
        context = None
        losses, images = [], []
        for number, motion in enumerate(batch.motions):
            drawing = self.network.drive(features, motion, context)
            context = drawing.context
            target = batch.driving[:, number].contiguous()
            emphasis = batch.emphasis[:, number] if self._weights.emphasised else None
            where = self._where(batch, number)
            terms = self._frame_terms(drawing, source, target, emphasis, where, motion, task)
            here = self._matte(drawing.person, batch, 1 + number)
            person = None if in_photo is None or here is None else in_photo + here
            landmarks = self._landmarks(drawing.flow.permute(0, 3, 1, 2), motion, batch, number)
            losses.append(replace(terms, person=person, landmarks=landmarks).present())
            images.append(drawing.image.detach())
        return features, losses, images

    def _matte(self, matte: Tensor | None, batch: TrainingBatch, picture: int) -> Tensor | None:
        """The loss of a matte of the source, picture 0, or of a driving frame."""
        if not self._weights.person or matte is None:
            return None
        return matte_loss(matte, batch.mattes[:, picture], batch.matted[:, picture])

    def _where(self, batch: TrainingBatch, number: int) -> Tensor | None:
        """(B, 1, H, W) where what moves is compared with a driving frame; None: everywhere."""
        if not self._weights.person:
            return None
        return person_and_outline(batch.mattes[:, 1 + number], batch.driving[:, number])

    def _landmarks(
        self, flow: Tensor, motion: FaceMotion, batch: TrainingBatch, number: int
    ) -> Tensor | None:
        """Of the blended flow, where the face was found in a driving frame."""
        if self.seen is None or not self._weights.landmarks:
            return None
        found = batch.landmarks[:, number]
        return flow_landmark_loss(flow, motion.source.landmarks, found, self.seen(motion, found))

    def _warped_terms(self, warped: Tensor, target: Tensor, where: Tensor | None) -> dict[str, Tensor | None]:
        """Of the photo moved by the blended flow."""
        weights = self._weights
        if where is not None:
            warped = put_in_place(warped, target, where)
        perceptual = None
        if weights.warped_perceptual:
            perceptual = self.perceptual.reduced(warped.contiguous(), target)
        return {
            "blended_warp": warped_photo_loss(warped, target) if weights.blended_warp else None,
            "warped_perceptual": perceptual,
        }

    def _frame_terms(
        self,
        drawing: Drawing,
        source: Tensor,
        target: Tensor,
        emphasis: Tensor | None,
        where: Tensor | None,
        motion: FaceMotion,
        task: Task,
    ) -> LossTerms:
        weights = self._weights
        image = drawing.image.contiguous()
        boxes = None if self.regions is None else self.regions(motion.driving.landmarks)
        paint, paint_perceptual, blend = self._paint_terms(drawing, target, emphasis, where, motion)
        flows = [flow.permute(0, 3, 1, 2) for flow in (drawing.local_flow, drawing.global_flow)]
        scores = None
        if weights.adversarial and task.discriminators is not None:
            seen = task.window(drawing.image).contiguous(memory_format=torch.channels_last)
            scores = task.discriminators(seen)
        return LossTerms(
            pixel=pixel_loss(image, target, emphasis),
            perceptual=self.perceptual(image, target, boxes) if weights.perceptual else None,
            spread=self._spread(drawing.source_landmarks, drawing.driving_landmarks),
            warping=self._warping(flows, source, target, where) if weights.warping else None,
            adversarial=None if scores is None else generator_adversarial_loss(scores),
            **self._warped_terms(drawing.warped, target, where),
            paint=paint,
            paint_perceptual=paint_perceptual,
            blend=blend,
        )

    def _spread(self, source: Tensor, driving: Tensor) -> Tensor | None:
        """Of the learned landmarks of both views."""
        if not self._weights.spread:
            return None
        return landmark_spread_loss(source) + landmark_spread_loss(driving)

    def _warping(
        self, flows: Sequence[Tensor], source: Tensor, target: Tensor, where: Tensor | None
    ) -> Tensor:
        cells = source.shape[-1] // self._weights.warping_reduction
        small = None if where is None else resized(where, cells)
        return warping_loss(resized(source.contiguous(), cells), flows, resized(target, cells), small)

    def _equivariance(self, features: SourceFeatures, motion: FaceMotion) -> Tensor:
        """Of E with the driving pose and expression."""
        count = max(1, round(len(features.image) * self._weights.equivariance_share))
        coefficients = motion.driving.coefficients[:count]
        transform = ThinPlateSpline.random(count, device=coefficients.device)
        landmarks = self.network.keypoints(features.keypoints[:count], coefficients)
        # E looks at an even smaller picture.
        bent = transform.picture(resized(features.image[:count], features.image.shape[-1] // 2))
        return equivariance_loss(landmarks, self.network.learned_landmarks(bent, coefficients), transform)

    def _paint_terms(
        self,
        drawing: Drawing,
        target: Tensor,
        emphasis: Tensor | None,
        where: Tensor | None,
        motion: FaceMotion,
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        weights = self._weights
        if not (weights.paint or weights.paint_perceptual or weights.blend):
            return None, None, None
        painted = drawing.painted.contiguous()
        warped_error = local_error(drawing.warped, target)
        failure = warp_failure(warped_error, resized(hidden(motion), warped_error.shape[-1]))
        alpha = drawing.alpha
        if where is not None:
            failure = failure * resized(where, failure.shape[-1])
            emphasis = where if emphasis is None else where * emphasis
            alpha = alpha * where
        failure_here = resized(failure, target.shape[-1])
        paint = paint_pixel_loss(painted, target, failure_here, emphasis) if weights.paint else None
        perceptual = None
        if weights.paint_perceptual:
            perceptual = self.perceptual.reduced(put_in_place(painted, target, failure_here), target)
        blend = None
        if weights.blend:
            blend = blend_loss(alpha, warped_error, local_error(painted, target))
        return paint, perceptual, blend


def judge(discriminators: nn.Module, batch: TrainingBatch, images: Tensor, window: Window) -> Tensor:
    """The discriminators' loss, equation (6), on the driving frames of a batch and what was drawn for them.

    Args:
        discriminators: a picture to a list of maps of scores.
        batch: on the device.
        images: (B T, 3, H, W), frame by frame as ``Outcome.images``.
        window: that they look through.
    """
    real = batch.driving.transpose(0, 1).flatten(0, 1)
    both = torch.cat([window(real), window(images)]).contiguous(memory_format=torch.channels_last)
    halves = [scores.chunk(2) for scores in discriminators(both)]
    return discriminator_loss([real for real, _ in halves], [invented for _, invented in halves])
