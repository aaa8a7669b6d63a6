"""``pechead-export`` from weights to a folder that the live driver draws with."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pechead.face.model import FaceModel
from pechead.network.config import NetworkConfig
from pechead.network.model import PECHead
from pechead_engines.manifest import read_manifest
from pechead_export.cli import main


def test_weights_become_a_model_folder(
    face_model: FaceModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "weights.safetensors"
    save_file(dict(PECHead(NetworkConfig.preset("lite"), face_model).state_dict()), weights)
    assert main([str(weights), "--output", str(tmp_path / "model")]) == 0
    assert "wrote" in capsys.readouterr().err
    assert read_manifest(tmp_path / "model").model == "lite"


@pytest.mark.parametrize(("content", "code"), [(None, 9), (b"damaged", 9), ({"other": torch.zeros(2)}, 6)])
def test_what_cannot_be_exported_is_said_in_one_line_and_leaves_nothing(
    content: bytes | dict[str, torch.Tensor] | None,
    code: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    weights = tmp_path / "weights.safetensors"
    if isinstance(content, bytes):
        weights.write_bytes(content)
    elif content is not None:
        save_file(content, weights)
    assert main([str(weights), "--output", str(tmp_path / "model")]) == code
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "model").exists()


def test_a_forgotten_output_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights.safetensors"]) == 2
    assert "pechead-export --help" in capsys.readouterr().err
