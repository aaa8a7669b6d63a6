"""The engine cache: the same engine is built once, and nothing but a whole and fitting one is used."""

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pechead_engines.cache import BuiltFile, EngineCache, EngineKey
from pechead_engines.errors import EngineError

KEY = EngineKey("ab12" * 16, "tensorrt-rtx", "1.7.1.116", "sm89", "float16", "fixed")
CONTENT = bytes(range(256)) * 40


class Builds:
    """A build that counts itself."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.count = 0
        self._content = content

    def __call__(self) -> BuiltFile:
        self.count += 1
        return BuiltFile(self._content, {"graph": "driving.onnx"})


@pytest.fixture
def cache(tmp_path: Path) -> EngineCache:
    return EngineCache(tmp_path / "engines")


@pytest.fixture
def said() -> list[str]:
    return []


def test_an_engine_is_built_once(cache: EngineCache, said: list[str]) -> None:
    builds = Builds()
    paths = {cache.get(KEY, builds, said.append) for _ in range(2)}
    assert builds.count == 1
    assert paths.pop().read_bytes() == CONTENT
    assert said == []


@pytest.mark.parametrize("field", ["graph", "runtime", "version", "architecture", "precision", "shapes"])
def test_whatever_differs_makes_another_engine(cache: EngineCache, said: list[str], field: str) -> None:
    other = replace(KEY, **{field: "other"})
    cache.get(KEY, Builds(), said.append)
    assert cache.find(other) is None
    assert cache.get(other, Builds(b"another"), said.append).read_bytes() == b"another"
    assert cache.get(KEY, Builds(), said.append).read_bytes() == CONTENT


def cut_short(folder: Path) -> None:
    (folder / "engine").write_bytes(CONTENT[:-1])


def with_a_changed_byte(folder: Path) -> None:
    (folder / "engine").write_bytes(b"\xff" + CONTENT[1:])


def without_its_engine(folder: Path) -> None:
    (folder / "engine").unlink()


def without_its_entry(folder: Path) -> None:
    (folder / "entry.json").unlink()


def with_half_an_entry(folder: Path) -> None:
    path = folder / "entry.json"
    path.write_text(path.read_text()[:40])


def from_another_version(folder: Path) -> None:
    path = folder / "entry.json"
    values = json.loads(path.read_text())
    values["key"]["version"] = "1.6.0.0"
    path.write_text(json.dumps(values))


@pytest.mark.parametrize(
    "damage",
    [
        cut_short,
        with_a_changed_byte,
        without_its_engine,
        without_its_entry,
        with_half_an_entry,
        from_another_version,
    ],
)
def test_a_damaged_or_foreign_engine_is_built_again_and_that_is_said_in_one_line(
    cache: EngineCache, said: list[str], damage: Callable[[Path], None]
) -> None:
    folder = cache.get(KEY, Builds(), said.append).parent
    damage(folder)
    builds = Builds()
    assert cache.get(KEY, builds, said.append).read_bytes() == CONTENT
    assert builds.count == 1
    assert len(said) == 1
    assert "building it again" in said[0]
    assert "\n" not in said[0]
    found = cache.find(KEY)
    assert found is not None
    assert found.entry is not None


@pytest.mark.parametrize("error", [KeyboardInterrupt, EngineError("it failed", "try again")])
def test_a_build_that_fails_or_is_interrupted_leaves_nothing(
    cache: EngineCache, said: list[str], error: type[BaseException] | BaseException
) -> None:
    def build() -> BuiltFile:
        raise error

    with pytest.raises((KeyboardInterrupt, EngineError)):
        cache.get(KEY, build, said.append)
    assert cache.found() == []
    assert [path.name for path in cache.folder.iterdir()] == [".lock"]


def test_a_full_disk_leaves_nothing_and_is_said_in_one_line(cache: EngineCache, said: list[str]) -> None:
    resource = pytest.importorskip("resource", reason="file sizes can be limited on POSIX alone")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(CONTENT) // 2, before[1]))
    try:
        with pytest.raises(EngineError, match=r"can't write the engine cache .*: free some space") as caught:
            cache.get(KEY, Builds(), said.append)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in str(caught.value)
    assert cache.found() == []


def test_a_cache_that_cannot_be_written_is_said_in_one_line(tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    builds = Builds()
    with pytest.raises(EngineError, match="can't write the engine cache") as caught:
        EngineCache(tmp_path / "file" / "engines").get(KEY, builds, said.append)
    assert "\n" not in str(caught.value)
    assert builds.count == 0


def test_two_starts_build_once(cache: EngineCache, said: list[str]) -> None:
    building, finish = threading.Event(), threading.Event()

    def build() -> BuiltFile:
        building.set()
        finish.wait()
        return BuiltFile(CONTENT, {})

    builds = Builds()
    results: list[Path] = []
    first = threading.Thread(target=lambda: results.append(cache.get(KEY, build, said.append)))
    first.start()
    building.wait()

    def waiting(text: str) -> None:
        said.append(text)
        finish.set()

    second = EngineCache(cache.folder)
    results.append(second.get(KEY, builds, waiting))
    first.join()
    assert builds.count == 0
    assert said == ["another program is building an engine; waiting for it"]
    assert {path.read_bytes() for path in results} == {CONTENT}


def of_version_1_6(key: EngineKey) -> bool:
    return key.version == "1.6.0.0"


def test_pruning_removes_what_is_damaged_unfinished_or_of_no_use(cache: EngineCache, said: list[str]) -> None:
    old, whole = replace(KEY, version="1.6.0.0"), replace(KEY, architecture="sm86")
    for key in (KEY, old, whole):
        cache.get(key, Builds(), said.append)
    cut_short(cache.folder / KEY.name)
    (cache.folder / f".{KEY.name}").mkdir()
    removed = cache.prune(of_version_1_6, said.append)
    assert {found.folder.name for found in removed} == {KEY.name, f".{KEY.name}", old.name}
    assert [found.folder.name for found in cache.found()] == [whole.name]


def test_an_engine_put_into_the_wrong_folder_is_not_used(cache: EngineCache, said: list[str]) -> None:
    folder = cache.get(KEY, Builds(), said.append).parent
    other = replace(KEY, architecture="sm120")
    shutil.copytree(folder, cache.folder / other.name)
    assert cache.get(other, Builds(b"for sm120"), said.append).read_bytes() == b"for sm120"
    assert "another engine than its folder says" in said[0]


def test_a_cache_that_was_never_used_is_empty(tmp_path: Path, said: list[str]) -> None:
    cache = EngineCache(tmp_path / "nothing")
    assert cache.found() == []
    assert cache.prune(of_version_1_6, said.append) == []
    assert not cache.folder.exists()


def test_what_a_killed_process_left_is_in_nobodys_way(cache: EngineCache, said: list[str]) -> None:
    left = cache.folder / f".{KEY.name}"
    left.mkdir(parents=True)
    (left / "engine").write_bytes(CONTENT[:100])
    assert cache.find(KEY) is None
    assert cache.get(KEY, Builds(), said.append).read_bytes() == CONTENT
    assert not left.exists()
