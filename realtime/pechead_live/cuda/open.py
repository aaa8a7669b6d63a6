"""The renderer on this machine's graphics card, with engines out of the cache or built into it."""

import logging
from pathlib import Path

from pechead.face.model import FaceModel
from pechead_engines.cache import EngineCache, Report
from pechead_engines.manifest import checked_file, read_manifest
from pechead_engines.onnx_engine import OnnxEngine
from pechead_engines.tensorrt.device import graphics_card
from pechead_engines.tensorrt.library import TensorRTName, load_library
from pechead_engines.tensorrt.plan_file import load_engine
from pechead_engines.tensorrt.progress import Progress, untold
from pechead_engines.tensorrt.stored import engine_for_card
from pechead_live.cuda.cupy_device import CupyDevice
from pechead_live.cuda.renderer import CudaRenderer, MakeCompositor
from pechead_live.cuda.tensorrt_engine import TensorRTDeviceEngine

_logger = logging.getLogger(__name__)


def open_cuda_renderer(
    name: TensorRTName,
    model: FaceModel,
    folder: Path,
    threads: int,
    compositor: MakeCompositor | None = None,
    cache: EngineCache | None = None,
    report: Report = _logger.warning,
    progress: Progress = untold,
) -> CudaRenderer:
    """A renderer that has no source yet.

    Args:
        name: of the library that runs the driving graph.
        model: the face model that landmarks belong to.
        folder: of the networks' model. Its source graph runs once a photo, on the processor.
        threads: of the source graph.
        compositor: makes whole output frames of a portrait; None: frames are the animated crop.
        cache: where engines are kept; the user's if None.
        report: is told before a build, of damage, and of waiting.
        progress: is told how far a build has come; not at all if there is none.

    Raises:
        EngineError: this machine has no graphics card for it, or can't run or build the engine.
        ModelFileError: the model's folder is damaged.
    """
    library, card = load_library(name), graphics_card()
    manifest = read_manifest(folder)
    kept = EngineCache() if cache is None else cache
    plan = engine_for_card(library, folder, manifest.driving, card, kept, report, progress)
    device = CupyDevice()
    engine = TensorRTDeviceEngine(library, load_engine(library, plan), device)
    source = OnnxEngine(checked_file(folder, manifest.source), threads)
    return CudaRenderer(model, source, engine, device, compositor)
