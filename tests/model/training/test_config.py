"""Recipes: what is shipped, and what is said about mistakes."""

from pathlib import Path

import pytest

from pechead.errors import SettingsError
from pechead.network.config import NetworkConfig
from pechead.network.model import PECHead
from pechead.training.config import changed_keys, load_config, parse_config


def test_full_is_the_papers_recipe() -> None:
    config = load_config("full")
    losses, optimiser = config.losses, config.optimiser
    assert (config.network, config.data.frames, config.data.batch_size) == ("full", 5, 64)
    weights = (losses.pixel, losses.perceptual, losses.spread, losses.equivariance, losses.warping)
    assert weights == (10, 10, 1, 10, 5)
    assert losses.adversarial == 1
    assert losses.paint == losses.paint_perceptual == losses.blend == losses.blended_warp == 0
    assert optimiser.schedule == "one_cycle"
    assert (optimiser.base_rate, optimiser.learning_rate, optimiser.epochs) == (1e-4, 4e-4, 100)
    assert optimiser.betas == (0.9, 0.999)
    assert config.perceptual.features == "vgg19"


def test_lite_trains_on_a_processor() -> None:
    config = load_config("lite")
    assert (config.network, config.data.batch_size, config.data.frames) == ("lite", 8, 1)
    assert config.perceptual.features == "efficientnet_lite0"
    assert config.optimiser.schedule == "constant"
    assert config.run.precision == "bf16-mixed"


def test_each_stage_of_lite_leaves_alone_what_the_ones_before_have_learned() -> None:
    network = PECHead(NetworkConfig.preset("lite"))
    learned = {name.partition(".")[0] for name, _ in network.named_parameters()}
    moving = {"keypoints", "person", "local_motion", "global_motion"}
    assert load_config("lite-motion").losses.motion_alone
    assert set(load_config("lite-paint").optimiser.frozen) == moving
    assert learned - set(load_config("lite-context").optimiser.frozen) == {"context"}
    assert load_config("lite-context").data.frames > 1


def test_a_file_and_changes_on_top(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("network: lite\ndata: {batch_size: 4}\n")
    config = load_config(str(file), ["data.batch_size=6", "perceptual.scales=[1, 2, 4]", "run.compile=true"])
    assert config.data.batch_size == 6
    assert config.perceptual.scales == (1, 2, 4)
    assert config.run.compile
    assert config.losses.pixel == 10


def test_a_config_survives_being_plain_values() -> None:
    config = load_config("lite")
    assert parse_config(config.as_dict(), "again") == config


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("data.batchsize=4", r"data\.batchsize: unknown key"),
        ("loses.pixel=1", r"loses: unknown key"),
        ("data.frames=0", r"data\.frames: input should be greater than or equal to 1, got 0"),
        ("losses.pixel=-1", r"losses\.pixel: .*got -1"),
        ("losses.pixel=much", r"losses\.pixel: .*valid number.*got 'much'"),
        ("losses.pixel=.inf", r"losses\.pixel: .*finite"),
        ("run.precision=fp8", r"run\.precision: .*'bf16-mixed'.*got 'fp8'"),
        ("network=tiny", r"network: .*'lite' or 'full'"),
        ("optimiser.schedule=cosine", r"schedule cosine has no end: set optimiser\.total_steps"),
        ("data=3", r"data: .*got 3"),
        ("data.frames", r"data\.frames is not section\.key=value"),
        ("network.depth=3", r"network is no section"),
    ],
)
def test_mistakes_are_named(change: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_config("lite", [change])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("network: [", "is not YAML"),
        ("- network", "holds no sections"),
        ("data: {}", "network: field required"),
    ],
)
def test_unreadable_files_are_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said):
        load_config(str(file))


def test_the_papers_network_has_no_matte_to_learn() -> None:
    with pytest.raises(SettingsError, match=r"set losses\.person to 0"):
        load_config("full", ["losses.person=1"])


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SettingsError, match=r"no such config: huge\.yaml"):
        load_config("huge.yaml")


def test_what_has_changed_is_listed() -> None:
    before = load_config("lite").as_dict()
    now = load_config("lite", ["losses.paint=1.5", "run.seed=3"]).as_dict()
    assert changed_keys(before, now) == ["losses.paint: 5.0 -> 1.5", "run.seed: 0 -> 3"]
    assert changed_keys(now, now) == []
