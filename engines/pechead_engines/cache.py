"""Engines that were built on this machine, kept until what they were built of changes.

An entry is a folder of its own, which appears complete or not at all: ``engine`` and ``entry.json``, which
says what the engine is and what its bytes add up to.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from pechead_engines.errors import EngineError
from pechead_engines.manifest import sha256

ENGINE, ENTRY = "engine", "entry.json"
FORMAT = 1
LOCK = ".lock"
UNFINISHED = "."
"""First character of what is being written."""

Report = Callable[[str], None]
"""Told in one line what the user should know."""


@dataclass(frozen=True)
class EngineKey:
    """All that an engine depends on.

    Attributes:
        graph: SHA-256 of the ONNX file, in hexadecimal digits.
        runtime: ``tensorrt-rtx``.
        version: of the runtime.
        architecture: of the graphics cards it runs on.
        precision: of the graph's convolutions.
        shapes: lengths that the graph leaves open.
    """

    graph: str
    runtime: str
    version: str
    architecture: str
    precision: str
    shapes: str

    @property
    def name(self) -> str:
        """Of the entry's folder; differs where anything differs."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        return f"{self.runtime}-{self.version}-{self.architecture}-{self.precision}-{digest[:16]}"


@dataclass(frozen=True)
class BuiltFile:
    """What a build gives.

    Attributes:
        content: of the engine's file.
        facts: for people: the graph's name, layers by precision.
    """

    content: bytes
    facts: dict[str, str]


@dataclass(frozen=True)
class Entry:
    """An engine in the cache.

    Attributes:
        key: what it was built of.
        size: of the file, in bytes.
        sha256: of the file.
        seconds: that the build took.
        facts: for people.
    """

    key: EngineKey
    size: int
    sha256: str
    seconds: float
    facts: dict[str, str]


@dataclass(frozen=True)
class Found:
    """What lies in the cache: an entry, or why it is none.

    Attributes:
        folder: of the entry.
        entry: None if it can't be used.
        complaint: ``is cut short (120 of 18241172 bytes)``; empty for an entry.
    """

    folder: Path
    entry: Entry | None
    complaint: str = ""

    @property
    def engine(self) -> Path:
        """The engine's file."""
        return self.folder / ENGINE


class EngineCache:
    """Engines by what they were built of.

    Args:
        folder: made when it is needed; the user's cache if None.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = user_cache_path("pechead-live") / "engines" if folder is None else folder

    def find(self, key: EngineKey) -> Found | None:
        """The entry of a key, looked at byte by byte; None if there is none."""
        folder = self.folder / key.name
        return _looked_at(folder, key) if folder.is_dir() else None

    def get(self, key: EngineKey, build: Callable[[], BuiltFile], report: Report) -> Path:
        """The engine of a key, built if it is not there or damaged; only one process builds it.

        Args:
            key: what it depends on.
            build: makes it; what it raises is passed on and leaves nothing behind.
            report: is told of damage, and of waiting for another process.

        Raises:
            EngineError: the cache can't be written.
        """
        found = self.find(key)
        if found is not None and found.entry is not None:
            return found.engine
        with self._writing(report):
            found = self.find(key)
            if found is not None and found.entry is not None:
                return found.engine
            if found is not None:
                report(f"{found.engine} {found.complaint}; building it again")
            started = time.monotonic()
            built = build()
            self._keep(key, built, time.monotonic() - started)
        return self.folder / key.name / ENGINE

    def found(self) -> list[Found]:
        """Everything that lies in the cache, by name, looked at byte by byte.

        Raises:
            EngineError: it can't be read.
        """
        with self._telling("read"):
            if not self.folder.is_dir():
                return []
            folders = [path for path in sorted(self.folder.iterdir()) if path.is_dir()]
        return [_looked_at(folder, None) for folder in folders]

    def prune(self, unusable: Callable[[EngineKey], bool], report: Report) -> list[Found]:
        """Remove what is damaged or unfinished, and what can't be used any more; returns what is gone.

        Args:
            unusable: whether engines of a key are of no more use.
            report: is told of waiting for another process.

        Raises:
            EngineError: the cache can't be written.
        """
        if not self.found():
            return []
        with self._writing(report), self._telling("write"):
            removed = [found for found in self.found() if found.entry is None or unusable(found.entry.key)]
            for found in removed:
                shutil.rmtree(found.folder)
        return removed

    def _keep(self, key: EngineKey, built: BuiltFile, seconds: float) -> None:
        entry = Entry(
            key, len(built.content), hashlib.sha256(built.content).hexdigest(), round(seconds, 1), built.facts
        )
        folder, made = self.folder / key.name, self.folder / f"{UNFINISHED}{key.name}"
        with self._telling("write"):
            shutil.rmtree(made, ignore_errors=True)
            try:
                made.mkdir()
                (made / ENGINE).write_bytes(built.content)
                text = json.dumps({"format": FORMAT, **asdict(entry)}, indent=1)
                (made / ENTRY).write_text(text + "\n", encoding="utf-8")
                if folder.exists():
                    shutil.rmtree(folder)
                made.rename(folder)
            finally:
                shutil.rmtree(made, ignore_errors=True)

    @contextmanager
    def _writing(self, report: Report) -> Iterator[None]:
        lock = FileLock(self.folder / LOCK)
        with self._telling("write"):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                report("another program is building an engine; waiting for it")
                lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _telling(self, verb: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EngineError(
                f"can't {verb} the engine cache {self.folder} ({error.strerror or error})",
                "free some space there, or choose another folder with --cache",
            ) from error


def _looked_at(folder: Path, key: EngineKey | None) -> Found:
    if folder.name.startswith(UNFINISHED):
        return Found(folder, None, "was never finished")
    try:
        entry = _read_entry(folder / ENTRY)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Found(folder, None, f"has no readable {ENTRY} ({type(error).__name__})")
    if entry.key.name != folder.name or key not in (None, entry.key):
        return Found(folder, None, "is another engine than its folder says")
    try:
        size = (folder / ENGINE).stat().st_size
        if size != entry.size:
            return Found(folder, None, f"is cut short ({size} of {entry.size} bytes)")
        if sha256(folder / ENGINE) != entry.sha256:
            return Found(folder, None, "is damaged")
    except OSError as error:
        return Found(folder, None, f"can't be read ({error.strerror})")
    return Found(folder, entry)


def _read_entry(path: Path) -> Entry:
    values = json.loads(path.read_text(encoding="utf-8"))
    if values.pop("format") != FORMAT:
        raise ValueError("of another version")
    return Entry(**{**values, "key": EngineKey(**values["key"])})
