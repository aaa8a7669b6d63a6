"""The command line: what it says and what it returns."""

from pathlib import Path

import pytest

from pechead.training.cli import main


def test_help_explains_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(option in shown for option in ("--config", "--data", "--minutes", "--finish-minutes", "--set"))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--config", "lite"], 2, "--help shows all"),
        (["--config", "huge", "--data", "x", "--run", "r"], 2, "no such config: huge"),
        (["--config", "lite", "--data", "x", "--run", "r", "--set", "run.seed=a"], 2, "run.seed"),
        (["--config", "lite", "--data", "x", "--run", "r", "--finish-minutes", "5"], 2, "give --minutes"),
        (["--config", "lite", "--data", "nowhere", "--run", "r"], 7, "no shards in nowhere"),
    ],
)
def test_mistakes_are_one_line_and_an_exit_code(
    words: list[str],
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pechead.training.run.set_up_process", lambda _: None)
    assert main(words) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("pechead-train: ")
    assert said in lines[-1]
    assert not (tmp_path / "r").exists()
