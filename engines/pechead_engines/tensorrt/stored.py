"""Engines of a model's graphs, out of the cache or built into it."""

import re
from dataclasses import dataclass
from pathlib import Path

from pechead_engines.cache import BuiltFile, EngineCache, EngineKey, Report
from pechead_engines.manifest import SIDES, GraphDescription, Manifest, checked_file
from pechead_engines.tensorrt.builder import build_engine
from pechead_engines.tensorrt.device import GraphicsCard
from pechead_engines.tensorrt.library import Library
from pechead_engines.tensorrt.progress import Progress

ALL_CARDS = "sm80+"
"""What TensorRT-RTX builds for if it is told nothing: every card of compute capability 8.0 and later."""


@dataclass(frozen=True)
class Target:
    """The graphics cards that an engine is for.

    Attributes:
        architecture: in the engine's key.
        capabilities: to build for; empty for what the library builds by itself.
    """

    architecture: str
    capabilities: tuple[str, ...] = ()


def target_of(capability: str) -> Target:
    """All cards of one compute capability, given as ``8.9``."""
    return Target(f"sm{capability.replace('.', '')}", (capability,))


def targets_for(library: Library, card: GraphicsCard) -> tuple[Target, ...]:
    """Whose engines a card runs, best first; the first is the one to build for.

    TensorRT's engines are for one model of card; TensorRT-RTX's for an architecture, or for all.
    """
    if not library.capabilities:
        model = re.sub(r"[^A-Za-z0-9]+", "_", card.name)
        return (Target(f"{target_of(card.capability).architecture}-{model}"),)
    everywhere = (Target(ALL_CARDS),) if float(card.capability) >= 8 else ()
    own = (target_of(card.capability),) if card.capability in library.capabilities else ()
    return (*own, *everywhere) or (target_of(card.capability),)


def gpu_graphs(manifest: Manifest) -> tuple[GraphDescription, GraphDescription]:
    """The graphs of a model that graphics cards run: of the photo and of a frame."""
    return manifest.source, manifest.frame or manifest.driving


def engine_key(
    library: Library, graph: GraphDescription, target: Target, sides: tuple[int, int, int] = SIDES
) -> EngineKey:
    """What an engine of a graph depends on."""
    is_open = any(isinstance(length, str) for tensor in graph.inputs for length in tensor.shape)
    return EngineKey(
        graph=graph.sha256,
        runtime=library.name,
        version=library.version,
        architecture=target.architecture,
        precision=graph.precision,
        shapes="-".join(str(side) for side in sides) if is_open else "fixed",
    )


def stored_engine(
    library: Library,
    folder: Path,
    graph: GraphDescription,
    target: Target,
    cache: EngineCache,
    report: Report,
    progress: Progress,
    sides: tuple[int, int, int] = SIDES,
) -> Path:
    """The engine's file, built if the cache lacks it.

    Args:
        library: that runs it.
        folder: of the model.
        graph: of the model.
        target: cards it is for.
        cache: where it is kept.
        report: is told of damage, and of waiting.
        progress: is told how far a build has come; not at all if there is none.
        sides: smallest, usual and largest photo, in pixels a side.

    Raises:
        ModelFileError: the graph is missing, damaged, or not one that the library reads.
        EngineError: the library can't build it, or the cache can't be written.
    """

    def build() -> BuiltFile:
        path = checked_file(folder, graph)
        built = build_engine(library, path, target.capabilities, sides, progress)
        layers = ", ".join(f"{count} {precision}" for precision, count in built.precisions.items())
        return BuiltFile(built.plan, {"model": str(folder), "graph": graph.file, "layers": layers})

    return cache.get(engine_key(library, graph, target, sides), build, report)


def engine_for_card(
    library: Library,
    folder: Path,
    graph: GraphDescription,
    card: GraphicsCard,
    cache: EngineCache,
    report: Report,
    progress: Progress,
) -> Path:
    """The file of the best engine for a card that the cache has; if it has none, one is built for it.

    Args:
        library, folder, graph, cache, progress: as of ``stored_engine``.
        card: that the engine shall run on.
        report: is told before a build, of damage, and of waiting.

    Raises:
        ModelFileError, EngineError: as ``stored_engine`` does.
    """
    targets = targets_for(library, card)
    for target in targets:
        found = cache.find(engine_key(library, graph, target))
        if found is not None and found.entry is not None:
            return found.engine
    report(f"building the {library} engine of {graph.file} for {card.name}; the next start finds it")
    return stored_engine(library, folder, graph, targets[0], cache, report, progress)
