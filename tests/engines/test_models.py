"""Model folders: what is damaged is named."""

import json
import shutil
from pathlib import Path

import pytest

from pechead.errors import ModelFileError
from pechead_engines.choose import choose_engine, open_model
from pechead_engines.choose_precision import choose_precision
from pechead_engines.manifest import FORMAT, checked_file, read_manifest
from pechead_engines.names import PrecisionChoice


@pytest.fixture
def folder(photo_only_model: Path, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(photo_only_model, tmp_path / "model"))


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no model in"):
        read_manifest(tmp_path)


def test_a_manifest_of_another_version_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(ModelFileError, match="another version"):
        read_manifest(folder)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", f'{{"format": {FORMAT}}}', f'{{"format": {FORMAT}, "source": 3}}']
)
def test_a_damaged_manifest_is_refused(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(ModelFileError, match="damaged"):
        read_manifest(folder)


def test_a_graph_with_a_changed_byte_is_refused(folder: Path) -> None:
    manifest = read_manifest(folder)
    path = folder / manifest.driving.file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged: its SHA-256"):
        checked_file(folder, manifest.driving)


def test_a_missing_graph_is_refused(folder: Path) -> None:
    manifest = read_manifest(folder)
    (folder / manifest.source.file).unlink()
    with pytest.raises(ModelFileError, match="can't be read"):
        checked_file(folder, manifest.source)


def test_a_damaged_int8_graph_is_refused_whichever_precision_runs(folder: Path) -> None:
    (folder / "driving-int8.onnx").write_bytes(b"cut short")
    choices: tuple[PrecisionChoice, ...] = ("auto", "int8")
    for choice in choices:
        with pytest.raises(ModelFileError, match=r"driving-int8\.onnx is damaged"):
            started(folder, choice)


def test_a_missing_int8_graph_is_named(folder: Path) -> None:
    (folder / "driving-int8.onnx").unlink()
    with pytest.raises(ModelFileError, match=r"driving-int8\.onnx can't be read"):
        started(folder, "auto")


def started(folder: Path, choice: PrecisionChoice) -> None:
    chosen = choose_precision(choose_engine("onnx"), folder, 1, choice)
    open_model(chosen.name, folder, 1, chosen.precision or "float32")
