"""A model on the graphics card, with TensorRT-RTX or TensorRT."""

import logging
from pathlib import Path

from pechead_engines.cache import EngineCache, Report
from pechead_engines.engine import Missing, ModelEngines
from pechead_engines.manifest import read_manifest
from pechead_engines.tensorrt.device import card_missing, graphics_card
from pechead_engines.tensorrt.engine import TensorRTEngine
from pechead_engines.tensorrt.library import TensorRTName, library_missing, load_library
from pechead_engines.tensorrt.plan_file import load_engine
from pechead_engines.tensorrt.progress import Progress, untold
from pechead_engines.tensorrt.stored import engine_for_card, gpu_graphs

_logger = logging.getLogger(__name__)


def missing(name: TensorRTName) -> Missing | None:
    """Why this machine can't run such engines; None if it can."""
    return library_missing(name) or card_missing()


def open_model(
    name: TensorRTName,
    folder: Path,
    cache: EngineCache | None = None,
    report: Report = _logger.warning,
    progress: Progress = untold,
) -> ModelEngines:
    """Load a model's engines onto the graphics card, built first if the cache has none for it.

    Args:
        name: of the library.
        folder: of the model.
        cache: where engines are kept; the user's if None.
        report: is told before a build, of damage, and of waiting.
        progress: is told how far a build has come.

    Raises:
        EngineError: this machine can't run or build them, or the cache can't be written.
        ModelFileError: the folder is damaged.
    """
    library, card = load_library(name), graphics_card()
    manifest = read_manifest(folder)
    kept = EngineCache() if cache is None else cache
    files = (
        engine_for_card(library, folder, graph, card, kept, report, progress)
        for graph in gpu_graphs(manifest)
    )
    engines = (TensorRTEngine(library, load_engine(library, file), card.name) for file in files)
    return ModelEngines(*engines)
