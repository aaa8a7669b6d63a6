"""Building, listing and removing engines, with the real library and a model of two small graphs."""

import io
import signal
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper
from rich.console import Console

from pechead.errors import ModelFileError
from pechead_engines.cache import BuiltFile, EngineCache
from pechead_engines.errors import EngineError
from pechead_engines.manifest import GraphDescription, Manifest, TensorDescription, read_manifest, sha256
from pechead_engines.tensorrt.device import GraphicsCard
from pechead_engines.tensorrt.library import Library, library_missing, load_library
from pechead_engines.tensorrt.progress import untold
from pechead_engines.tensorrt.stored import (
    ALL_CARDS,
    Target,
    engine_for_card,
    engine_key,
    stored_engine,
    target_of,
    targets_for,
)
from pechead_export.cli import main
from pechead_export.tensorrt.commands import build_engines, list_engines, prune_engines
from pechead_live.process import interruption_by_signals

WIDE = 200
"""Columns of the console, so that no name is cut."""


@pytest.fixture(scope="module")
def library() -> Library:
    missing = library_missing("tensorrt-rtx")
    if missing is not None:
        pytest.skip(f"{missing.reason}: {missing.remedy}")
    return load_library("tensorrt-rtx")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model whose graphs have one layer each."""
    folder = tmp_path / "model"
    folder.mkdir()
    source, driving = (_graph(folder / f"{role}.onnx", role) for role in ("source", "driving"))
    Manifest("small", 256, 20, {}, source, driving).write(folder)
    return folder


def _graph(path: Path, role: str) -> GraphDescription:
    shape = (1, 3, 64, 64)
    given, computed = f"{role}_in", f"{role}_out"
    graph = helper.make_graph(
        [helper.make_node("Relu", [given], [computed])],
        role,
        [helper.make_tensor_value_info(given, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(computed, TensorProto.FLOAT, shape)],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), path)
    tensors = (TensorDescription(given, shape, "FLOAT", ""), TensorDescription(computed, shape, "FLOAT", ""))
    return GraphDescription(path.name, sha256(path), tensors[:1], tensors[1:])


@pytest.fixture
def cache(tmp_path: Path) -> EngineCache:
    return EngineCache(tmp_path / "engines")


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=WIDE, highlight=False)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_engine_for_each_graph_and_card_is_built_once(
    library: Library, folder: Path, cache: EngineCache, console: Console
) -> None:
    build_engines(folder, library.name, ["8.9", "12.0"], cache, console)
    entries = [found.entry for found in cache.found()]
    assert all(entry is not None for entry in entries)
    built = {(entry.facts["graph"], entry.key.architecture) for entry in entries if entry is not None}
    assert built == {(f"{role}.onnx", card) for role in ("source", "driving") for card in ("sm89", "sm120")}
    assert said(console).count("built in") == 4

    before = {path: path.stat().st_mtime_ns for path in cache.folder.rglob("engine")}
    build_engines(folder, library.name, ["8.9", "12.0"], cache, console)
    assert {path: path.stat().st_mtime_ns for path in cache.folder.rglob("engine")} == before


def test_without_a_choice_one_engine_is_for_all_newer_cards(
    library: Library, folder: Path, cache: EngineCache, console: Console
) -> None:
    build_engines(folder, library.name, [], cache, console)
    assert {found.entry.key.architecture for found in cache.found() if found.entry} == {"sm80+"}


def test_an_entry_says_what_its_engine_depends_on(
    library: Library, folder: Path, cache: EngineCache, console: Console
) -> None:
    build_engines(folder, library.name, ["8.9"], cache, console)
    graph = read_manifest(folder).driving
    found = cache.find(engine_key(library, graph, target_of("8.9")))
    assert found is not None
    assert found.entry is not None
    key = found.entry.key
    assert (key.graph, key.runtime, key.version) == (graph.sha256, "tensorrt-rtx", library.version)
    assert (key.architecture, key.precision, key.shapes) == ("sm89", "float32", "fixed")
    assert found.entry.sha256 == sha256(found.engine)


def test_a_changed_graph_gets_an_engine_of_its_own(
    library: Library, folder: Path, cache: EngineCache, console: Console
) -> None:
    build_engines(folder, library.name, ["8.9"], cache, console)
    manifest = read_manifest(folder)
    (folder / "driving.onnx").write_bytes((folder / "source.onnx").read_bytes())
    with pytest.raises(ModelFileError, match="damaged"):
        stored_engine(library, folder, manifest.driving, target_of("8.6"), cache, print, untold)
    replace(manifest, driving=replace(manifest.source, file="driving.onnx", sha256="0" * 64)).write(folder)
    key = engine_key(library, read_manifest(folder).driving, target_of("8.9"))
    assert cache.find(key) is None


def test_an_interrupted_build_leaves_nothing(
    library: Library, folder: Path, cache: EngineCache, console: Console
) -> None:
    phases: list[str] = []

    def interrupt(share: float, phase: str) -> None:
        del share
        phases.append(phase)
        if len(phases) == 1:
            signal.raise_signal(signal.SIGINT)

    with interruption_by_signals(), pytest.raises(KeyboardInterrupt):
        stored_engine(
            library, folder, read_manifest(folder).source, target_of("8.9"), cache, console.print, interrupt
        )
    assert cache.found() == []


def test_the_list_names_graphs_cards_and_what_is_wrong(
    library: Library, folder: Path, cache: EngineCache, console: Console
) -> None:
    build_engines(folder, library.name, ["8.9"], cache, console)
    engine = next(cache.folder.rglob("engine"))
    engine.write_bytes(engine.read_bytes()[:-1])
    list_engines(cache, console)
    text = said(console)
    assert f"tensorrt-rtx {library.version}" in text
    assert "sm89" in text
    assert "is cut short" in text
    assert f"2 engines in {cache.folder}" in text


def test_pruning_removes_engines_that_the_installed_library_cannot_load(
    library: Library, folder: Path, cache: EngineCache, console: Console
) -> None:
    build_engines(folder, library.name, ["8.9"], cache, console)
    old = replace(engine_key(library, read_manifest(folder).source, target_of("8.9")), version="1.3.0.0")
    elsewhere = replace(old, runtime="another-runtime")
    for key in (old, elsewhere):
        cache.get(key, lambda: BuiltFile(b"engine", {}), console.print)
    prune_engines(cache, console)
    assert f"removed {old.name}: it is of another version" in said(console)
    left = {found.folder.name for found in cache.found()}
    assert old.name not in left
    assert elsewhere.name in left
    assert len(left) == 3


def test_what_cannot_be_built_leaves_nothing(
    library: Library, folder: Path, cache: EngineCache, console: Console
) -> None:
    with pytest.raises(EngineError, match=r"can't build for compute capability 9\.0"):
        build_engines(folder, library.name, ["9.0"], cache, console)
    assert cache.found() == []


@pytest.mark.parametrize(
    ("capability", "runs"),
    [
        ("7.5", ["sm75"]),
        ("8.9", ["sm89", "sm80+"]),
        ("9.0", ["sm80+"]),
        ("13.0", ["sm80+"]),
        ("6.1", ["sm61"]),
    ],
)
def test_a_card_runs_engines_of_its_own_and_of_all(
    library: Library, capability: str, runs: list[str]
) -> None:
    targets = targets_for(library, GraphicsCard("NVIDIA Something", capability))
    assert [target.architecture for target in targets] == runs


def test_a_start_takes_what_the_cache_has_for_its_card_or_builds_it_and_says_so(
    library: Library, folder: Path, cache: EngineCache, console: Console
) -> None:
    card, said_by_start = GraphicsCard("NVIDIA RTX 4000", "8.9"), list[str]()
    source, driving = read_manifest(folder).source, read_manifest(folder).driving
    for_all = stored_engine(library, folder, source, Target(ALL_CARDS), cache, console.print, untold)
    assert engine_for_card(library, folder, source, card, cache, said_by_start.append, untold) == for_all
    assert said_by_start == []
    own = engine_for_card(library, folder, driving, card, cache, said_by_start.append, untold)
    assert "-sm89-" in own.parent.name
    assert len(said_by_start) == 1
    assert "driving.onnx for NVIDIA RTX 4000" in said_by_start[0]


def test_the_command_builds_lists_and_prunes(
    library: Library, folder: Path, cache: EngineCache, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--cache", str(cache.folder)]
    cards = ["--compute-capability", "8.6", "--compute-capability", "12.0"]
    assert main([str(folder), "--runtime", library.name, *cards, *options]) == 0
    assert len(cache.found()) == 4
    assert main(["--list", *options]) == 0
    assert "4 engines in" in capsys.readouterr().err.replace("\n", "")
    for engine in cache.folder.rglob("engine"):
        engine.write_bytes(b"")
    assert main(["--prune", *options]) == 0
    assert cache.found() == []


def test_the_command_refuses_in_one_line(
    library: Library, folder: Path, cache: EngineCache, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--runtime", library.name, "--cache", str(cache.folder)]
    assert main([str(folder), "--compute-capability", "9.0", *options]) == EngineError.exit_code
    (folder / "manifest.json").unlink()
    assert main([str(folder), *options]) == ModelFileError.exit_code
    assert capsys.readouterr().err.count("\n") == 2
    assert cache.found() == []
