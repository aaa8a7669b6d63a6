"""``--engine``: what is asked for runs or is refused, in one line."""

from pathlib import Path

import pytest

from pechead.errors import SettingsError
from pechead_engines.choose import why_not
from pechead_live.cli import main
from pechead_live.settings import Settings, check


def test_an_engine_with_nothing_to_run_is_refused() -> None:
    with pytest.raises(SettingsError, match="--engine openvino has nothing to run"):
        check(Settings(demo=True, renderer="geometric", engine="openvino"))


def test_a_precision_with_nothing_to_run_is_refused() -> None:
    with pytest.raises(SettingsError, match="--precision int8 has nothing to run"):
        check(Settings(demo=True, renderer="geometric", precision="int8"))


def test_an_engine_that_cannot_run_ends_the_run_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if why_not("tensorrt") is None:
        pytest.skip("TensorRT runs here")
    words = ["--demo", "--renderer", "pechead", "--engine", "tensorrt", "--output", str(tmp_path / "x.mp4")]
    assert main(words) == 10
    told = capsys.readouterr().err
    assert "--engine tensorrt can't run here" in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_first_line_says_what_runs_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--demo", "--renderer", "pechead", "--engine", "onnx", "--precision", "float32"]
    assert main([*words, "--offline", "--duration", "0.1", "--output", str(tmp_path / "x.mp4")]) == 0
    first = capsys.readouterr().err.splitlines()[0]
    assert first == "engine: ONNX Runtime, float32 (--engine onnx, --precision float32)"
