"""What a model folder says of its graphs, and whether they are the ones it speaks of."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pechead.errors import ModelFileError

MANIFEST = "manifest.json"
FORMAT = 1
AGAIN = "install pechead-live again, or export the model again with pechead-export"


@dataclass(frozen=True)
class TensorDescription:
    """One input or output of a graph.

    Attributes:
        name: by which it is bound.
        shape: of the tensor.
        type: as ONNX calls it.
        meaning: unit and range.
    """

    name: str
    shape: tuple[int, ...]
    type: str
    meaning: str


@dataclass(frozen=True)
class GraphDescription:
    """One ONNX graph.

    Attributes:
        file: name in the folder.
        sha256: of the file.
        inputs, outputs: in order.
    """

    file: str
    sha256: str
    inputs: tuple[TensorDescription, ...]
    outputs: tuple[TensorDescription, ...]


@dataclass(frozen=True)
class Manifest:
    """A model folder's contents.

    Attributes:
        model: name of the network's config.
        image_size: pixels of a side of the crop that the networks see.
        opset: of ONNX.
        tools: versions that exported it.
        source, driving: the graphs.
    """

    model: str
    image_size: int
    opset: int
    tools: dict[str, str]
    source: GraphDescription
    driving: GraphDescription

    def write(self, folder: Path) -> None:
        """Write ``manifest.json`` into the folder."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a model folder's manifest.

    Raises:
        ModelFileError: there is none, or it can't be read.
    """
    path = folder / MANIFEST
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            raise ModelFileError(f"{path} is of another version than this program", AGAIN)
        source, driving = (_graph(values.pop(role)) for role in ("source", "driving"))
        return Manifest(**values, source=source, driving=driving)
    except FileNotFoundError as error:
        raise ModelFileError(f"no model in {folder}", AGAIN) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{path} is damaged ({type(error).__name__})", AGAIN) from error


def checked_file(folder: Path, graph: GraphDescription) -> Path:
    """The path of a graph's file, once its content is found to be what the manifest says.

    Raises:
        ModelFileError: it is missing or another one.
    """
    path = folder / graph.file
    try:
        found = sha256(path)
    except OSError as error:
        raise ModelFileError(f"{path} can't be read ({error.strerror})", AGAIN) from error
    if found != graph.sha256:
        raise ModelFileError(f"{path} is damaged: its SHA-256 is not the manifest's", AGAIN)
    return path


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _graph(values: dict[str, Any]) -> GraphDescription:
    inputs, outputs = (_tensors(values.pop(role)) for role in ("inputs", "outputs"))
    return GraphDescription(**values, inputs=inputs, outputs=outputs)


def _tensors(values: list[dict[str, Any]]) -> tuple[TensorDescription, ...]:
    return tuple(TensorDescription(**{**tensor, "shape": tuple(tensor["shape"])}) for tensor in values)
