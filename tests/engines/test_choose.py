"""Choosing an engine: what was asked for or an error, and a reason in any case."""

from pathlib import Path

import numpy as np
import pytest

from pechead_engines.choose import choose_engine, open_model, why_not
from pechead_engines.errors import EngineError
from pechead_engines.manifest import read_manifest
from pechead_engines.names import NAMES
from pechead_engines.nvidia import find_graphics_card

without_card = pytest.mark.skipif(find_graphics_card() is not None, reason="there is an NVIDIA graphics card")


@without_card
def test_without_a_graphics_card_auto_is_the_fastest_on_the_processor_and_says_why() -> None:
    chosen = choose_engine("auto")
    assert chosen.name == ("onnx" if why_not("openvino") else "openvino")
    assert str(chosen) == f"engine: {NAMES[chosen.name]} (auto: no NVIDIA graphics card here)"


def test_what_is_asked_for_is_taken() -> None:
    chosen = choose_engine("onnx")
    assert (chosen.name, str(chosen)) == ("onnx", "engine: ONNX Runtime (--engine onnx)")


@without_card
@pytest.mark.parametrize("name", ["tensorrt-rtx", "tensorrt"])
def test_what_cannot_run_is_an_error_that_names_what_can(name: str) -> None:
    with pytest.raises(EngineError, match=f"--engine {name} can't run here") as caught:
        choose_engine(name)  # type: ignore[arg-type]
    assert "--engine onnx" in caught.value.remedy
    assert "\n" not in str(caught.value)


def test_pytorch_draws_what_onnx_runtime_draws(photo_only_model: Path) -> None:
    if why_not("torch") is not None:
        pytest.skip("PyTorch is not installed")
    manifest = read_manifest(photo_only_model)
    rng = np.random.default_rng(1)
    inputs = {t.name: rng.random(t.shape_for(256), np.float32) for t in manifest.source.inputs}
    onnx, torch = (open_model(name, photo_only_model, threads=1) for name in ("onnx", "torch"))
    assert torch.driving.input_names == onnx.driving.input_names
    assert torch.driving.output_names == onnx.driving.output_names
    for found, expected in zip(torch.source.run(inputs), onnx.source.run(inputs), strict=True):
        np.testing.assert_allclose(found, expected, atol=0.02)
