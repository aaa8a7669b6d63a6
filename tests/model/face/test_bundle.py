"""Reading the canonical mesh out of the landmarker's model file."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pechead.errors import ModelFileError
from pechead.face.bundle import ENTRY, decode_canonical_mesh, fields, read_canonical_mesh
from pechead.landmarker.locate import find_model_file

VERTICES = [[0.5, -1.0, 2.0], [3.0, 4.0, 5.0], [-6.0, 7.0, 8.5], [300.0, 0.0, 1.0]]
TRIANGLES = [[0, 1, 2], [2, 1, 3]]


whatever_the_time = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def varint(number: int) -> bytes:
    """Base 128, low digits first, as protocol buffers write numbers."""
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def number_field(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def bytes_field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def float_field(number: int, value: float) -> bytes:
    return varint(number << 3 | 5) + struct.pack("<f", value)


def vertex_buffer() -> bytes:
    return b"".join(struct.pack("<5f", *vertex, 0.25, 0.75) for vertex in VERTICES)


def metadata(indices: bytes) -> bytes:
    """A mesh of four vertices and two triangles, of which landmarks 1 and 3 count in the pose fit."""
    mesh = number_field(1, 0) + number_field(2, 0) + bytes_field(3, vertex_buffer()) + indices
    weights = [number_field(1, 1) + float_field(2, 0.5), number_field(1, 3) + float_field(2, 0.25)]
    return bytes_field(1, mesh) + b"".join(bytes_field(2, weight) for weight in weights) + number_field(3, 7)


PACKED = bytes_field(4, b"".join(varint(corner) for triangle in TRIANGLES for corner in triangle))
ONE_BY_ONE = b"".join(number_field(4, corner) for triangle in TRIANGLES for corner in triangle)


@pytest.mark.parametrize("indices", [PACKED, ONE_BY_ONE], ids=["packed", "one by one"])
def test_a_mesh_is_decoded(indices: bytes) -> None:
    mesh = decode_canonical_mesh(metadata(indices))
    np.testing.assert_array_equal(mesh.vertices, VERTICES)
    np.testing.assert_array_equal(mesh.triangles, TRIANGLES)
    np.testing.assert_array_equal(mesh.procrustes_weights, [0, 0.5, 0, 0.25])


@whatever_the_time
@given(st.integers(1, 1000), st.integers(0, 2**63))
def test_numbers_of_any_length_are_read(number: int, value: int) -> None:
    assert list(fields(number_field(number, value))) == [(number, value)]


@whatever_the_time
@given(st.lists(st.tuples(st.integers(1, 1000), st.binary(max_size=300)), max_size=5))
def test_fields_come_in_order(content: list[tuple[int, bytes]]) -> None:
    assert list(fields(b"".join(bytes_field(number, value) for number, value in content))) == content


@whatever_the_time
@given(st.integers(1, len(bytes_field(1, vertex_buffer())) - 1))
def test_a_message_that_breaks_off_is_refused(length: int) -> None:
    with pytest.raises((IndexError, ValueError)):
        list(fields(bytes_field(1, vertex_buffer())[:length]))


def test_the_landmarkers_own_mesh_is_a_face() -> None:
    mesh = read_canonical_mesh(find_model_file())
    assert mesh.vertices.shape == (468, 3)
    assert mesh.triangles.shape == (898, 3)
    assert set(mesh.triangles.ravel()) == set(range(468))
    assert 15 < np.ptp(mesh.vertices[:, 1]) < 20, "centimetres from chin to forehead"
    assert abs(mesh.vertices[:, 0].mean()) < 0.1, "the face's middle is x = 0"
    assert np.count_nonzero(mesh.procrustes_weights) == 33


@pytest.mark.parametrize("damage", ["no zip", "no mesh", "mesh cut off", "missing"])
def test_a_file_without_a_mesh_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "face_landmarker.task"
    if damage == "no zip":
        path.write_bytes(b"a web page")
    elif damage != "missing":
        with zipfile.ZipFile(path, "w") as bundle:
            entry = "something else" if damage == "no mesh" else ENTRY
            bundle.writestr(entry, metadata(PACKED)[:60])
    with pytest.raises(
        ModelFileError, match=r"face_landmarker\.task holds no readable face mesh .*: delete it"
    ):
        read_canonical_mesh(path)
