"""What only a graphics card can show: docs/gpu-runs.md says which of this has been run."""

from pathlib import Path

import numpy as np
import pytest

from pechead_engines.cache import EngineCache
from pechead_engines.engine import Array, Engine
from pechead_engines.errors import EngineError
from pechead_engines.manifest import Manifest, checked_file, read_manifest
from pechead_engines.onnx_engine import OnnxEngine
from pechead_engines.tensorrt.device import card_missing, graphics_card
from pechead_engines.tensorrt.library import TENSORRT_NAMES, TensorRTName, load_library
from pechead_engines.tensorrt.plan_file import load_engine
from pechead_engines.tensorrt.progress import untold
from pechead_engines.tensorrt.stored import engine_for_card
from pechead_engines.tensorrt_runtime import missing, open_model
from pechead_export.tensorrt.inspector import inspect_engine

pytestmark = pytest.mark.gpu
SEED = 5


@pytest.fixture(scope="module", params=TENSORRT_NAMES)
def name(request: pytest.FixtureRequest) -> TensorRTName:
    chosen: TensorRTName = request.param
    lacks = missing(chosen)
    if lacks is not None:
        pytest.skip(f"{chosen}: {lacks.reason}")
    return chosen


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> EngineCache:
    return EngineCache(tmp_path_factory.mktemp("engines"))


@pytest.fixture(scope="module")
def manifest(photo_only_model: Path) -> Manifest:
    return read_manifest(photo_only_model)


def random_inputs(manifest: Manifest) -> dict[str, Array]:
    numbers = np.random.default_rng(SEED)
    tensors = (*manifest.source.inputs, *manifest.driving.inputs)
    return {tensor.name: numbers.random(tensor.shape_for(256), np.float32) for tensor in tensors}


def test_the_inspector_names_tensors_and_layers(
    name: TensorRTName, cache: EngineCache, photo_only_model: Path, manifest: Manifest
) -> None:
    library, card = load_library(name), graphics_card()
    for graph in (manifest.source, manifest.driving):
        file = engine_for_card(library, photo_only_model, graph, card, cache, print, untold)
        report = inspect_engine(library, load_engine(library, file))
        assert [(tensor.name, tensor.shape, tensor.type) for tensor in report.inputs] == [
            (tensor.name, tensor.shape, tensor.type) for tensor in graph.inputs
        ]
        assert [tensor.name for tensor in report.outputs] == [tensor.name for tensor in graph.outputs]
        assert "node_" in "".join(layer.name + layer.made_of for layer in report.layers)


def test_outputs_agree_with_onnx_runtime(
    name: TensorRTName, cache: EngineCache, photo_only_model: Path, manifest: Manifest
) -> None:
    engines = open_model(name, photo_only_model, cache)
    inputs = random_inputs(manifest)
    for graph, engine in ((manifest.source, engines.source), (manifest.driving, engines.driving)):
        reference: Engine = OnnxEngine(checked_file(photo_only_model, graph), threads=1)
        engine.bind(inputs)
        for found, wanted in zip(engine.run({}), reference.run(inputs), strict=True):
            scale = 255 if found.dtype == np.uint8 else 1
            assert np.abs(found.astype(np.float64) - wanted).mean() / scale < 2e-3


def test_inputs_of_another_shape_are_refused(
    name: TensorRTName, cache: EngineCache, photo_only_model: Path, manifest: Manifest
) -> None:
    engine = open_model(name, photo_only_model, cache).source
    inputs = random_inputs(manifest)
    with pytest.raises(EngineError, match="image is missing"):
        engine.run({})
    with pytest.raises(EngineError, match=r"image is float32 .*, not float32"):
        engine.bind({**inputs, "image": np.zeros((1, 3, 64, 64), np.float32)})


def test_torch_tensorrt_computes_what_pytorch_does(photo_only_model: Path) -> None:
    lacks = card_missing()
    if lacks is not None:
        pytest.skip(lacks.reason)
    pytest.importorskip("torch_tensorrt", reason="Torch-TensorRT is not installed")
    import torch

    from pechead_export.graphs import SourceGraph
    from pechead_export.model_folder import load_network
    from pechead_export.tensorrt.torch_tensorrt import compile_graph

    graph = SourceGraph(load_network(photo_only_model / "weights.safetensors", "lite"))
    examples = [tensor.cuda() for tensor in graph.example_inputs()]
    compiled = compile_graph(graph)
    with torch.no_grad():
        for found, wanted in zip(compiled(*examples), graph(*examples), strict=True):
            torch.testing.assert_close(found, wanted, rtol=1e-2, atol=1e-2)
