"""float32 or int8: the quicker one, or what was asked for, and a reason in any case."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pechead_engines.choose import ChosenEngine, open_model
from pechead_engines.choose_precision import choose_precision, paced
from pechead_engines.errors import EngineError
from pechead_engines.manifest import read_manifest
from pechead_engines.names import EngineName, ProcessorPrecision

ONNX = ChosenEngine("onnx", "--engine onnx")


@pytest.mark.parametrize(
    ("ratio", "line"),
    [
        (0.63, "engine: ONNX Runtime, int8: 0.63 of the float32 time here (--engine onnx)"),
        (0.95, "engine: ONNX Runtime, float32: int8 takes 0.95 of its time here (--engine onnx)"),
        (1.42, "engine: ONNX Runtime, float32: int8 takes 1.42 of its time here (--engine onnx)"),
    ],
)
def test_int8_is_taken_where_it_saves_a_tenth(ratio: float, line: str) -> None:
    chosen = paced(ONNX, 0.05, 0.05 * ratio)
    assert str(chosen) == line
    assert chosen.seconds == pytest.approx(0.05 * min(ratio, 1) if "int8:" in line else 0.05)


def test_both_are_timed_on_this_machine(photo_only_model: Path) -> None:
    chosen = choose_precision(ONNX, photo_only_model, threads=1)
    assert chosen.precision in ("float32", "int8")
    assert "time here" in chosen.pace
    assert chosen.seconds is not None
    assert 0 < chosen.seconds < 60


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_what_is_asked_for_is_taken(precision: ProcessorPrecision, photo_only_model: Path) -> None:
    chosen = choose_precision(ONNX, photo_only_model, 1, precision)
    assert str(chosen) == f"engine: ONNX Runtime, {precision} (--engine onnx, --precision {precision})"
    assert chosen.label == f"ONNX Runtime, {precision}"


def test_a_model_without_int8_runs_in_float32_unless_int8_was_asked_for(
    photo_only_model: Path, tmp_path: Path
) -> None:
    shutil.copytree(photo_only_model, tmp_path, dirs_exist_ok=True)
    replace(read_manifest(photo_only_model), driving_int8=None).write(tmp_path)
    chosen = choose_precision(ONNX, tmp_path, 1)
    assert str(chosen) == "engine: ONNX Runtime (--engine onnx)"
    assert chosen.seconds is not None
    with pytest.raises(EngineError, match="has no int8 graph"):
        choose_precision(ONNX, tmp_path, 1, "int8")
    with pytest.raises(EngineError, match="has no int8 graph"):
        open_model("onnx", tmp_path, 1, "int8")


@pytest.mark.parametrize("name", ["torch", "tensorrt-rtx"])
def test_other_engines_have_no_choice(name: EngineName, tmp_path: Path) -> None:
    chosen = ChosenEngine(name, "auto")
    assert choose_precision(chosen, tmp_path, 1) == chosen
    with pytest.raises(EngineError, match="--precision int8 is for ONNX Runtime and OpenVINO, not"):
        choose_precision(chosen, tmp_path, 1, "int8")


def test_the_precision_is_that_of_the_graph_that_runs(photo_only_model: Path) -> None:
    manifest = read_manifest(photo_only_model)
    rng = np.random.default_rng(1)
    inputs = {t.name: rng.random(t.shape_for(256), np.float32) for t in manifest.driving.inputs}
    single, int8 = (
        open_model("onnx", photo_only_model, 1, precision).driving for precision in ("float32", "int8")
    )
    assert int8.input_names == single.input_names
    flows = [
        dict(zip(engine.output_names, engine.run(inputs), strict=True))["photo_flow"].copy()
        for engine in (single, int8)
    ]
    assert 0 < np.abs(flows[0] - flows[1]).mean() < 0.05
