"""The canonical face mesh, read out of the landmarker's model file.

``face_landmarker.task`` is a zip; its entry ``geometry_pipeline_metadata_landmarks.binarypb`` is a protocol
buffer message (MediaPipe's ``GeometryPipelineMetadata``), of which this reads what it needs with a decoder of
the wire format. Field 1 is the mesh, with five floats a vertex (x, y, z, u, v) in field 3 and the triangles'
vertex ids in field 4. Field 2, repeated, is a landmark's id (1) and its weight in the Procrustes fit (2).
"""

import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pechead.errors import ModelFileError

ENTRY = "geometry_pipeline_metadata_landmarks.binarypb"
FLOATS_PER_VERTEX = 5
VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True)
class CanonicalMesh:
    """MediaPipe's canonical face.

    Attributes:
        vertices: (468, 3) float32, centimetres of head space: x to the image's right, y up, z to the camera.
        triangles: (898, 3) int32 indices of vertices.
        procrustes_weights: (468,) float32, weight of each vertex in the pose fit; zero for most.
    """

    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    procrustes_weights: NDArray[np.float32]


def read_canonical_mesh(model_file: Path) -> CanonicalMesh:
    """Read the mesh from ``face_landmarker.task``.

    Raises:
        ModelFileError: the file is no such bundle, or its mesh can't be read.
    """
    try:
        with zipfile.ZipFile(model_file) as bundle:
            return decode_canonical_mesh(bundle.read(ENTRY))
    except (OSError, KeyError, IndexError, ValueError, struct.error, zipfile.BadZipFile) as error:
        raise ModelFileError(
            f"{model_file} holds no readable face mesh ({type(error).__name__})",
            "delete it and let pechead-live fetch it again",
        ) from error


def decode_canonical_mesh(message: bytes) -> CanonicalMesh:
    """Decode the ``GeometryPipelineMetadata`` message.

    Raises:
        IndexError, KeyError, ValueError, struct.error: the bytes are no such message.
    """
    floats: list[float] = []
    indices: list[int] = []
    weights: list[tuple[int, float]] = []
    for field, value in fields(message):
        if field == 1:
            for mesh_field, mesh_value in fields(_bytes(value)):
                if mesh_field == 3:
                    floats += _floats(mesh_value)
                elif mesh_field == 4:
                    indices += _varints(mesh_value)
        elif field == 2:
            entry = dict(fields(_bytes(value)))
            weights.append((int(_varints(entry.get(1, 0))[0]), _floats(entry[2])[0]))
    vertices = np.array(floats, np.float32).reshape(-1, FLOATS_PER_VERTEX)[:, :3]
    procrustes_weights = np.zeros(len(vertices), np.float32)
    for landmark, weight in weights:
        procrustes_weights[landmark] = weight
    return CanonicalMesh(
        np.ascontiguousarray(vertices), np.array(indices, np.int32).reshape(-1, 3), procrustes_weights
    )


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol buffer message: number, and the varint's value or the raw bytes."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if wire_type == LENGTH_DELIMITED:
            length, position = _varint(message, position)
        elif wire_type in (FIXED32, FIXED64):
            length = 4 if wire_type == FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire_type} at byte {position}")
        if position + length > len(message):
            raise ValueError(f"field {number} ends beyond the message")
        yield number, message[position : position + length]
        position += length


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """The base-128 number at ``position`` and the position after it."""
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, position


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where a message should be")
    return value


def _floats(value: int | bytes) -> tuple[float, ...]:
    raw = _bytes(value)
    return struct.unpack(f"<{len(raw) // 4}f", raw)


def _varints(value: int | bytes) -> list[int]:
    """A repeated integer field's values, written packed or one by one."""
    if isinstance(value, int):
        return [value]
    numbers = []
    position = 0
    while position < len(value):
        number, position = _varint(value, position)
        numbers.append(number)
    return numbers
