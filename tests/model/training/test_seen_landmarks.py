"""Which landmarks both views of a face show."""

from dataclasses import replace

import numpy as np
import torch

from pechead.data.batch import TrainingBatch
from pechead.face.model import SURFACE_POINTS, FaceModel
from pechead.losses.landmarks import SeenInBoth


def test_what_either_view_turns_away_is_not_followed(batch: TrainingBatch, face_model: FaceModel) -> None:
    seen, motion = SeenInBoth(face_model), batch.motions[0]
    found = batch.landmarks[:, 0]
    away = replace(motion, source=replace(motion.source, facing=torch.full_like(motion.source.facing, -0.5)))
    assert seen(motion, found).max() > 0.5
    assert seen(away, found).max() == 0


def test_irises_behind_shut_lids_are_not_followed(batch: TrainingBatch, face_model: FaceModel) -> None:
    seen, motion = SeenInBoth(face_model), batch.motions[0]
    found = batch.landmarks[:, 0]
    shut = found.clone()
    for ring in (face_model.contours.left_eye, face_model.contours.right_eye):
        points = torch.from_numpy(ring.astype(np.int64))
        shut[:, points, 1] = found[:, points, 1].mean(1, keepdim=True)
    assert seen(motion, found)[:, SURFACE_POINTS:].min() > 0.3
    assert seen(motion, shut)[:, SURFACE_POINTS:].max() == 0
    assert torch.equal(seen(motion, shut)[:, :SURFACE_POINTS], seen(motion, found)[:, :SURFACE_POINTS])
