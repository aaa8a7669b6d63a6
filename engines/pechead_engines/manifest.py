"""What a model folder says of its graphs, and whether they are the ones it speaks of."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pechead.errors import ModelFileError

MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"
"""In half precision: to export or to train on from, and for the ``torch`` engine."""

FORMAT = 2
AGAIN = "install pechead-live again, or export the model again with pechead-export"

SIDE = "side"
"""Name of the length of the photo's sides, in pixels, in shapes that depend on it."""

SIDES = (256, 512, 1024)
"""Smallest, usual and largest photo that a graph draws."""

Precision = Literal["float32", "float16", "int8"]


@dataclass(frozen=True)
class TensorDescription:
    """One input or output of a graph.

    Attributes:
        name: by which it is bound.
        shape: of the tensor; the name of a length that differs from photo to photo.
        type: as ONNX calls it.
        meaning: unit and range.
    """

    name: str
    shape: tuple[int | str, ...]
    type: str
    meaning: str

    def shape_for(self, side: int) -> tuple[int, ...]:
        """The shape for photos of so many pixels a side."""
        return tuple(side if isinstance(length, str) else length for length in self.shape)


@dataclass(frozen=True)
class Parity:
    """How far an output is from what PyTorch computes, over real frames.

    Attributes:
        output: its name.
        largest, mean: absolute error, in the output's own unit; bytes count as 255ths, features are measured
            by their root mean square.
        psnr: of pictures, in dB; of anything else None.
    """

    output: str
    largest: float
    mean: float
    psnr: float | None


@dataclass(frozen=True)
class GraphDescription:
    """One ONNX graph.

    Attributes:
        file: name in the folder.
        sha256: of the file.
        inputs, outputs: in order.
        precision: of its convolutions; inputs and outputs are of single precision or bytes in any case.
        parity: measured when it was exported, an entry an output.
        landmark_distance: between those found in frames that it and PyTorch draw, the mean in pixels of 256,
            measured at the same time; None where bytes and positions are near enough to say all.
    """

    file: str
    sha256: str
    inputs: tuple[TensorDescription, ...]
    outputs: tuple[TensorDescription, ...]
    precision: Precision = "float32"
    parity: tuple[Parity, ...] = ()
    landmark_distance: float | None = None


@dataclass(frozen=True)
class Manifest:
    """A model folder's contents.

    Attributes:
        model: name of the network's config.
        image_size: pixels of a side of the crop that the networks see.
        opset: of ONNX.
        tools: versions that exported it.
        source: what depends on the photo alone.
        driving: the parts of a frame, for processors.
        frame: whole frames, for graphics cards; folders of earlier versions have none.
        driving_int8: as ``driving``, of eight bits, for processors that are quick at that.
    """

    model: str
    image_size: int
    opset: int
    tools: dict[str, str]
    source: GraphDescription
    driving: GraphDescription
    frame: GraphDescription | None = None
    driving_int8: GraphDescription | None = None

    @property
    def graphs(self) -> tuple[GraphDescription, ...]:
        """All that the folder has."""
        everything = (self.source, self.driving, self.frame, self.driving_int8)
        return tuple(graph for graph in everything if graph is not None)

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
        graphs = {role: _graph(values.pop(role)) for role in ("source", "driving")}
        for role in ("frame", "driving_int8"):
            if values.get(role) is not None:
                graphs[role] = _graph(values.pop(role))
        return Manifest(**{**values, **graphs})
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
    parity = tuple(Parity(**entry) for entry in values.pop("parity", ()))
    return GraphDescription(**values, inputs=inputs, outputs=outputs, parity=parity)


def _tensors(values: list[dict[str, Any]]) -> tuple[TensorDescription, ...]:
    return tuple(TensorDescription(**{**tensor, "shape": tuple(tensor["shape"])}) for tensor in values)
