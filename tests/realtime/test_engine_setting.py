"""``--engine``: what is asked for runs or is refused, in one line."""

from pathlib import Path

import pytest

from pechead.errors import SettingsError
from pechead_engines.choose import ChosenEngine, why_not
from pechead_live.cli import main
from pechead_live.renderers.choose import choose_renderer, reason, too_slow
from pechead_live.renderers.names import RendererChoice
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


def engine(seconds: float | None) -> ChosenEngine:
    return ChosenEngine("onnx", "auto", "int8", "0.60 of the float32 time here", seconds)


@pytest.mark.parametrize(("seconds", "slow"), [(0.02, False), (0.039, False), (0.06, True), (None, False)])
def test_networks_that_cannot_keep_up_with_a_call_are_left_to_who_asks_for_them(
    seconds: float | None, slow: bool
) -> None:
    assert too_slow(engine(seconds)) == slow


def test_why_geometry_draws_is_said_with_what_to_do() -> None:
    line = reason(engine(0.0626))
    assert line.startswith(
        "renderer: geometric (auto: the networks take 63 ms a frame here with ONNX Runtime, int8"
    )
    assert "--renderer pechead" in line


@pytest.mark.parametrize(
    "settings",
    [
        Settings(demo=True, offline=True),
        Settings(demo=True, renderer="pechead"),
        Settings(demo=True, engine="onnx"),
        Settings(demo=True, precision="float32"),
    ],
)
def test_networks_draw_offline_and_where_they_are_asked_for(settings: Settings) -> None:
    chosen = choose_renderer(settings)
    assert chosen.settings.drawn_by == "pechead"
    assert chosen.settings.engine != "auto"
    assert chosen.settings.precision != "auto"
    assert [line.partition(":")[0] for line in chosen.lines] == ["engine"]


@pytest.mark.parametrize("renderer", ["geometric", "still"])
def test_without_networks_there_is_nothing_to_choose(renderer: RendererChoice) -> None:
    chosen = choose_renderer(Settings(demo=True, renderer=renderer))
    assert chosen.settings.drawn_by == renderer
    assert chosen.lines == ()


def test_by_itself_a_live_run_takes_what_keeps_up_here_and_says_which() -> None:
    chosen = choose_renderer(Settings(demo=True))
    (line,) = chosen.lines
    assert line.startswith({"pechead": "engine: ", "geometric": "renderer: "}[chosen.settings.drawn_by])
