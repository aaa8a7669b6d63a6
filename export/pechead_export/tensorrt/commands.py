"""``pechead-export --runtime``, ``--list`` and ``--prune``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from pechead_engines.cache import EngineCache, EngineKey, Found, Report
from pechead_engines.errors import EngineError
from pechead_engines.manifest import read_manifest
from pechead_engines.tensorrt.device import graphics_card
from pechead_engines.tensorrt.library import TENSORRT_NAMES, Library, TensorRTName, load_library
from pechead_engines.tensorrt.progress import Progress
from pechead_engines.tensorrt.stored import (
    ALL_CARDS,
    Target,
    engine_key,
    stored_engine,
    target_of,
    targets_for,
)


def build_engines(
    folder: Path,
    runtime: TensorRTName,
    capabilities: Sequence[str],
    cache: EngineCache,
    console: Console,
) -> None:
    """Build engines of all graphs of a model, those that are not there yet; int8 is for processors.

    Args:
        folder: of the model.
        runtime: the library.
        capabilities: of the graphics cards, as ``8.9``; if there are none, TensorRT-RTX builds one engine for
            all cards of 8.0 and later, and TensorRT one for the card in this machine.
        cache: where they are kept.
        console: for messages.

    Raises:
        ModelFileError: the folder is damaged, or the library can't read a graph.
        EngineError: the library is missing, can't build, or the cache can't be written.
    """
    library, manifest = load_library(runtime), read_manifest(folder)
    report = _report(console)
    for target in _targets(library, capabilities):
        for graph in (graph for graph in manifest.graphs if graph.precision != "int8"):
            key = engine_key(library, graph, target)
            found = cache.find(key)
            if found is None or found.entry is None:
                with _bar(f"{graph.file} for {target.architecture}", console) as progress:
                    stored_engine(library, folder, graph, target, cache, report, progress)
                found = cache.find(key)
            if found is None or found.entry is None:
                raise EngineError(f"{cache.folder} lost {graph.file}", "stop what else changes that folder")
            entry = found.entry
            report(
                f"{graph.file} for {target.architecture}: {entry.size / 1e6:.1f} MB, built in "
                f"{entry.seconds:.0f} s, {found.engine}"
            )


def list_engines(cache: EngineCache, console: Console) -> None:
    """Show what lies in the cache.

    Raises:
        EngineError: it can't be read.
    """
    table = Table("graph", "runtime", "cards", "precision", "shapes", "MB", "state")
    everything = cache.found()
    for found in everything:
        if found.entry is None:
            table.add_row("", "", found.folder.name, "", "", "", found.complaint)
            continue
        entry, key = found.entry, found.entry.key
        state = "of another version" if of_another_version(key) else ""
        table.add_row(
            entry.facts.get("graph", ""),
            f"{key.runtime} {key.version}",
            key.architecture,
            key.precision,
            key.shapes,
            f"{entry.size / 1e6:.1f}",
            state,
        )
    if everything:
        console.print(table)
    _report(console)(f"{len(everything)} engines in {cache.folder}")


def prune_engines(cache: EngineCache, console: Console) -> None:
    """Remove what is damaged, unfinished, or of another version than the installed one.

    Raises:
        EngineError: the cache can't be written.
    """
    report = _report(console)
    removed = cache.prune(of_another_version, report)
    for found in removed:
        report(f"removed {found.folder.name}: {_why(found)}")
    report(f"{len(removed)} engines removed from {cache.folder}")


def of_another_version(key: EngineKey) -> bool:
    """Whether the library that is installed can't load such engines; without one nobody knows."""
    name = next((name for name in TENSORRT_NAMES if name == key.runtime), None)
    if name is None:
        return False
    try:
        return load_library(name).version != key.version
    except EngineError:
        return False


def _why(found: Found) -> str:
    return found.complaint if found.entry is None else "it is of another version"


def _targets(library: Library, capabilities: Sequence[str]) -> tuple[Target, ...]:
    if capabilities:
        return tuple(target_of(capability) for capability in capabilities)
    if library.capabilities:
        return (Target(ALL_CARDS),)
    return targets_for(library, graphics_card())[:1]


def _report(console: Console) -> Report:
    return lambda text: console.print(text, markup=False, soft_wrap=True)


@contextmanager
def _bar(title: str, console: Console) -> Iterator[Progress]:
    with tqdm(
        total=100,
        desc=title,
        file=console.file,
        leave=False,
        disable=not console.is_terminal,
        bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed} {postfix}",
    ) as bar:

        def show(share: float, phase: str) -> None:
            bar.set_postfix_str(phase, refresh=False)
            bar.update(100 * share - bar.n)

        yield show
