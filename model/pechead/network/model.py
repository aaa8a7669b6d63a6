"""PECHead: the photo's part, once a photo, and a frame's part, once a frame."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from pechead.face.model import FaceModel
from pechead.network.alignment import Context, LevelAlignment, LevelContext, flow_to_previous
from pechead.network.blocks import padded, rounded_up
from pechead.network.config import FLOW_CELLS, NetworkConfig
from pechead.network.generator import Decoder, Encoder, blended
from pechead.network.grids import Similarity, identity_flow, resized, similarity, warp
from pechead.network.keypoints import KeypointEstimator
from pechead.network.landmark_groups import HeatMaps, face_groups, spread_points
from pechead.network.motion_estimator import (
    Candidates,
    EstimatedMotion,
    MotionEstimator,
    landmark_candidates,
)
from pechead.network.motion_input import FaceCondition, FaceMotion
from pechead.network.person import PersonEstimator, background_behind
from pechead.network.reconstructor import ResNetReconstructor
from pechead.network.stages import Drawing, Movement, SourceFeatures

SUPPORT_MAPS = 4
SUPPORT_HINTS = 3
"""Of the maps, how many the networks look at; the last one only says where they have to keep the photo."""

GEOMETRIC_CANDIDATES = 4

PERHAPS_HIDDEN, SURELY_HIDDEN = 0.5, 0.9
"""Of ``hidden``: up to where alpha is free, and from where on it is 0.

Around a frontal head, where hair begins, geometry is not sure (0.3 to 0.5), and paint is not as sharp as the
photo.
"""


KEPT = 0.65
"""Of skin that the photo shows: at least so much of the photo is taken. Paint is smoother than skin."""


def hidden(motion: FaceMotion) -> Tensor:
    """Where the head is to show a side that the source doesn't: (B, 1, 64, 64) in [0, 1]."""
    head, visible = motion.support[:, :1], motion.support[:, 2:3]
    return head * (1 - visible)


class PECHead(nn.Module):
    """E, the two motion estimators and G; and R, where the config asks for it.

    Args:
        config: the size.
        model: the face model that landmarks and coefficients belong to; the shipped one if not given.
    """

    def __init__(self, config: NetworkConfig, model: FaceModel | None = None) -> None:
        super().__init__()
        model = model or FaceModel.load()
        self.config = config
        self.heat_maps = HeatMaps(face_groups(model))
        groups = len(face_groups(model))
        self.reconstructor = ResNetReconstructor.for_model(model) if config.reconstructor else None
        self.keypoints = KeypointEstimator(config)
        widths = config.person_hourglass
        self.person = PersonEstimator(widths, config.norm) if widths else None
        learned, predefined = config.learned_landmarks, config.predefined_landmarks
        attentions = len(config.levels)
        self.local_motion = MotionEstimator(
            config, learned + 1, learned + 5 + 2 * config.layered, attentions=attentions
        )
        if predefined:
            points = torch.from_numpy(spread_points(model, predefined))
            self.register_buffer("predefined", points, persistent=False)
            self.global_motion = MotionEstimator(config, predefined + 1, predefined)
        else:
            hints = SUPPORT_HINTS + 2 * groups + config.layered
            self.global_motion = MotionEstimator(config, GEOMETRIC_CANDIDATES, hints, corrects=True)
        self.encoder = Encoder(config)
        self.alignment = nn.ModuleList(
            LevelAlignment(channels, blocks, config)
            for channels, blocks in zip(config.levels, config.alignment_blocks, strict=True)
        )
        self.context = nn.ModuleDict(
            {
                str(number): LevelContext(
                    config.levels[number], blocks, config.context_hidden[number], config
                )
                for number, blocks in enumerate(config.context_blocks)
                if blocks >= 0
            }
        )
        hints = rounded_up(3 + 1 + SUPPORT_HINTS + groups + config.layered) if config.blends_photo else 0
        motion = self.local_motion.channels + self.global_motion.channels
        self.decoder = Decoder(config, hints, motion)

    def forward(self, image: Tensor, motion: FaceMotion) -> Drawing:
        """``encode_source`` and ``drive`` in one."""
        return self.drive(self.encode_source(image, motion.source), motion)

    def encode_source(self, image: Tensor, condition: FaceCondition) -> SourceFeatures:
        """What depends on the photo alone.

        Args:
            image: (B, 3, image_size, image_size) in [0, 1].
            condition: the face in it.
        """
        features = self.encode_keypoints(image, condition)
        person = features.person
        return replace(
            features,
            pyramid=self.encoder(image),
            background=None if person is None else background_behind(image, person.detach()),
        )

    def encode_keypoints(self, image: Tensor, condition: FaceCondition) -> SourceFeatures:
        """Likewise, but only what ``move`` needs: without the pyramid and the background."""
        keypoints = self.keypoints.encode(image)
        return SourceFeatures(
            image=image,
            small=resized(image, self.config.motion_size),
            keypoints=keypoints,
            landmarks=self.keypoints(keypoints, condition.coefficients),
            pyramid=(),
            person=None if self.person is None else self.person(image),
            background=None,
        )

    def learned_landmarks(self, image: Tensor, coefficients: Tensor) -> Tensor:
        """E alone, for its equivariance: image, pose and expression to (B, K, 2) positions."""
        landmarks: Tensor = self.keypoints(self.keypoints.encode(image), coefficients)
        return landmarks

    def drive(
        self,
        source: SourceFeatures,
        motion: FaceMotion,
        context: Context | None = None,
        photo: Tensor | None = None,
    ) -> Drawing:
        """Draw one frame.

        Args:
            source: of ``encode_source``.
            motion: to move by.
            context: the previous frame's, if there is one.
            photo: (B, 3, H, H) in [0, 1] the crop at its own resolution; the small one if not given.
        """
        moved = self.move(source, motion)
        levels = [
            align(features, moved.local.flow, moved.global_flow, share, moved.occlusion)
            for align, features, share in zip(self.alignment, source.pyramid, moved.attention, strict=True)
        ]
        if context is not None:
            levels = self._with_context(levels, context, moved.local, moved.landmarks)
        kept = Context(tuple(levels[int(number)] for number in self.context), moved.landmarks)

        photo = source.image if photo is None else photo
        warped = moved.warped(photo)
        coefficients = torch.cat([motion.source.coefficients, motion.driving.coefficients], 1)
        hints = self._hints(source, moved, motion)
        features = torch.cat([moved.local.features, moved.overall.features], 1)
        paint = self.decoder(tuple(levels), hints, coefficients, features)
        if self.config.blends_photo:
            surely = ((hidden(motion) - PERHAPS_HIDDEN) / (SURELY_HIDDEN - PERHAPS_HIDDEN)).clamp(0, 1)
            size = paint.alpha.shape[-1]
            free = 1 - KEPT * resized(motion.support[:, SUPPORT_HINTS:], size)
            paint = replace(paint, alpha=1 - free * (1 - paint.alpha * (1 - resized(surely, size))))
        plate = None if source.background is None else source.background.plate(photo)
        image = blended(paint, warped, plate) if self.config.blends_photo else paint.image
        return Drawing(
            image=image,
            warped=warped,
            painted=paint.image,
            alpha=paint.alpha,
            person=paint.person,
            flow=moved.flow.permute(0, 2, 3, 1),
            local_flow=moved.local.flow.permute(0, 2, 3, 1),
            global_flow=moved.global_flow.permute(0, 2, 3, 1),
            occlusion=moved.occlusion,
            source_landmarks=source.landmarks,
            driving_landmarks=moved.landmarks,
            context=kept,
        )

    def move(self, source: SourceFeatures, motion: FaceMotion) -> Movement:
        """How the photo moves: E and both motion estimators, without alignment and decoder.

        Args:
            source: of ``encode_source``, or of ``encode_keypoints``.
            motion: to move by.
        """
        similar = self._head(motion)
        head = similar if self.config.similarity_first else None
        found = self.keypoints(source.keypoints, motion.driving.coefficients)
        overall, global_flow = self._global(source, motion, similar)
        local = self._local(source, found, head, global_flow)
        attention = torch.chunk(local.attention, len(self.alignment), 1)
        cells = global_flow.shape[-1]
        return Movement(
            local=local,
            overall=overall,
            global_flow=global_flow,
            flow=global_flow + resized(attention[0], cells) * (resized(local.flow, cells) - global_flow),
            attention=attention,
            occlusion=torch.minimum(local.occlusion, overall.occlusion),
            landmarks=found if head is None else head.to_driving(found),
        )

    def _head(self, motion: FaceMotion) -> Similarity:
        surface = motion.source.facing.shape[1]
        weight = (motion.source.facing.clamp(min=0) + 0.05) * (motion.driving.facing.clamp(min=0) + 0.05)
        return similarity(motion.source.landmarks[:, :surface], motion.driving.landmarks[:, :surface], weight)

    def _global(
        self, source: SourceFeatures, motion: FaceMotion, similar: Similarity
    ) -> tuple[EstimatedMotion, Tensor]:
        """The global estimator's motion, and its flow as finely as it is known."""
        cells = self.config.motion_size
        if self.config.predefined_landmarks:
            points = self.get_buffer("predefined")
            before, after = motion.source.landmarks[:, points], motion.driving.landmarks[:, points]
            found = self.global_motion(source.small, landmark_candidates(before, after, cells, None))
            return found, found.flow
        direct, mirrored = motion.flow.chunk(2, 1)
        coarse = resized(direct, cells)
        still = identity_flow(cells, direct).expand_as(coarse)
        heat = [self.heat_maps(face.landmarks, cells) for face in (motion.source, motion.driving)]
        known = motion.support[:, :SUPPORT_HINTS]
        candidates = Candidates(
            (coarse, resized(mirrored, cells), similar.to_source(still), still),
            torch.cat([known, *heat, *(warp(m, coarse) for m in _matte(source, cells))], 1),
        )
        found = self.global_motion(source.small, candidates)
        return found, direct + resized(found.flow - coarse, FLOW_CELLS)

    def _with_context(
        self, levels: list[Tensor], context: Context, local: EstimatedMotion, landmarks: Tensor
    ) -> list[Tensor]:
        still = identity_flow(self.config.motion_size, landmarks)
        flow = flow_to_previous(local.masks, landmarks, context.landmarks, still)
        merged = list(levels)
        for (number, merge), previous in zip(self.context.items(), context.features, strict=True):
            merged[int(number)] = merge(levels[int(number)], previous, flow)
        return merged

    def _local(
        self, source: SourceFeatures, found: Tensor, head: Similarity | None, global_flow: Tensor
    ) -> EstimatedMotion:
        """The local estimator's motion; it is shown what the global one does, to judge between the two."""
        cells = self.config.motion_size
        candidates = landmark_candidates(source.landmarks, found, cells, head)
        overall = resized(global_flow, cells)
        matte = _matte(source, cells)
        moved = warp(torch.cat([source.small, *matte], 1), overall)
        parts = [candidates.hints, moved * 2 - 1, overall - candidates.flows[0], *(m * 2 - 1 for m in matte)]
        hints = torch.cat(parts, 1)
        motion: EstimatedMotion = self.local_motion(source.small, Candidates(candidates.flows, hints))
        return motion

    def _hints(self, source: SourceFeatures, moved: Movement, motion: FaceMotion) -> Tensor | None:
        """The warped photo, what is known about it, and the driving landmarks, for the finest level."""
        if not self.config.blends_photo:
            return None
        cells = self.config.finest
        picture = torch.cat([resized(source.image, cells), *_matte(source, cells)], 1)
        warped = warp(picture, resized(moved.flow, cells))
        heat = self.heat_maps(motion.driving.landmarks, cells)
        known = resized(torch.cat([motion.support[:, :SUPPORT_HINTS], moved.occlusion], 1), cells)
        return padded(torch.cat([warped * 2 - 1, known, heat], 1))


def _matte(source: SourceFeatures, cells: int) -> list[Tensor]:
    """The photo's matte, (B, 1, cells, cells) in [0, 1]; nothing if there is one layer.

    Without gradient, as wherever it is used: it is learned from mattes alone.
    """
    return [] if source.person is None else [resized(source.person.detach(), cells)]
