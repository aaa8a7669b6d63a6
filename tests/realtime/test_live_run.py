"""What a live run keeps, and how its recordings are named."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pictures

from pechead_live.cli import main
from pechead_live.controls.state import ControlState
from pechead_live.demo.motion import MOTION_FILE
from pechead_live.live_run import next_recording
from pechead_live.remembered.choices import Choices, load_choices, save_choices


@pytest.fixture(scope="module")
def portrait_file(tmp_path_factory: pytest.TempPathFactory, portrait_photo: NDArray[np.uint8]) -> Path:
    path = tmp_path_factory.mktemp("photo") / "me.png"
    Pictures.fromarray(portrait_photo).save(path)
    return path


def test_recordings_never_replace_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        path = next_recording()
        assert path.suffix == ".mp4"
        path.touch()
    assert len(list(tmp_path.iterdir())) == 3


def test_the_command_line_wins_for_its_run_only(
    portrait_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PECHEAD_CONFIG", str(tmp_path))
    kept = Choices(ControlState(pose_gain=0.7, mirror_output=True))
    save_choices(tmp_path, kept)
    words = ["--source", str(portrait_file), "--yes", "--camera", str(MOTION_FILE), "--duration", "0.2"]
    words += ["--output", "none", "--size", "64x48", "--renderer", "still"]
    assert main([*words, "--pose-gain", "1.5"]) == 0
    assert "set: pose gain 1.5, mirror output on" in capsys.readouterr().err
    assert load_choices(tmp_path) == kept
    assert main(words) == 0
    assert "set: pose gain 0.7, mirror output on" in capsys.readouterr().err


def test_offline_runs_and_the_demo_know_nothing_of_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PECHEAD_CONFIG", str(tmp_path))
    save_choices(tmp_path, Choices(ControlState(zoom=2)))
    for offline in ([], ["--offline"]):
        words = ["--demo", *offline, "--duration", "0.2", "--output", "none", "--size", "64x48"]
        assert main([*words, "--renderer", "still"]) == 0
        assert "zoom" not in capsys.readouterr().err
