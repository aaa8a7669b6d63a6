"""Learning where the person is: it gets better, and no other weight changes."""

import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from pechead.data.clip import Clip
from pechead.data.errors import DataError
from pechead.data.jpeg import encode_matte
from pechead.data.shards import join_parts, waiting_parts, write_part
from pechead.network.config import HourglassWidths, NetworkConfig
from pechead.network.model import PECHead
from pechead.network.person import PersonEstimator
from pechead.training.checkpoint import load_weights, save_weights
from pechead.training.data import TrainingData
from pechead.training.learn_matte import MatteRecipe, learn, main, measure


def with_ovals(clip: Clip) -> Clip:
    """The face as everybody's matte."""
    mattes = []
    for landmarks in clip.track.landmarks:
        matte = np.zeros((clip.info.size, clip.info.size), np.uint8)
        cv2.fillConvexPoly(matte, cv2.convexHull(landmarks[:, :2].round().astype(np.int32)), 255)
        mattes.append(encode_matte(matte))
    return replace(clip, mattes=tuple(mattes))


def test_mattes_get_better(data: TrainingData) -> None:
    people = tuple(with_ovals(clip) for clip in data.faces.training)
    torch.manual_seed(0)
    estimator = PersonEstimator(HourglassWidths(base=4, most=16, depth=3), "batch_after")
    before = measure(deepcopy(estimator).eval(), people)
    recipe = MatteRecipe(minutes=0.15, batch_size=4, learning_rate=5e-3, warm_up_steps=0, workers=0)
    after = measure(learn(estimator, people, recipe), people)
    assert after.l1 < 0.8 * before.l1


def test_the_other_networks_are_passed_on_as_they_are(
    data: TrainingData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        for clip in (*data.faces.training, *data.faces.validation):
            info = replace(clip.info, key=f"{clip.info.key}{number}", person=f"{clip.info.person}{number}")
            write_part(tmp_path, with_ovals(replace(clip, info=info)))
    join_parts(tmp_path, waiting_parts(tmp_path))
    before, after = tmp_path / "before.safetensors", tmp_path / "after.safetensors"
    save_weights(PECHead(NetworkConfig.preset("lite")).state_dict(), before, {"network": "lite"})
    arguments = ["--init", str(before), "--output", str(after), "--minutes", "0.03"]
    monkeypatch.setattr(sys, "argv", ["learn_matte", str(tmp_path), *arguments])
    main()
    old, new = load_weights(before), load_weights(after)
    changed = {name.partition(".")[0] for name in old if not torch.equal(old[name], new[name])}
    assert changed == {"person"}


def test_without_mattes_nothing_can_be_measured(data: TrainingData) -> None:
    estimator = PersonEstimator(HourglassWidths(base=4, most=16, depth=3), "batch_after")
    with pytest.raises(DataError, match="no clip of people held out has mattes"):
        measure(estimator.eval(), data.faces.validation)


def test_a_matte_is_measured_by_difference_and_overlap(data: TrainingData) -> None:
    class Everything(PersonEstimator):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return torch.ones(len(image), 1, 128, 128)

    widths = NetworkConfig.preset("lite").person_hourglass
    assert widths is not None
    clip = with_ovals(data.faces.validation[0])
    figures = measure(Everything(widths, "batch_after"), (clip,))
    area = np.mean([(clip.matte(index) > 127).mean() for index in range(len(clip))])
    assert figures.overlap == pytest.approx(area, abs=0.05)
    assert figures.l1 == pytest.approx(1 - area, abs=0.05)
