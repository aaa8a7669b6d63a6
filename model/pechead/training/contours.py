"""Contours of the face as ordered rings, from MediaPipe's own lists of connections."""

import numpy as np
from mediapipe.tasks.python.vision.face_landmarker import FaceLandmarksConnections
from numpy.typing import NDArray

from pechead.face.model import FaceContours

Edges = list[tuple[int, int]]


def face_contours() -> FaceContours:
    """The contours as MediaPipe's ``FaceLandmarksConnections`` draws them."""
    connections = FaceLandmarksConnections
    outer, inner = chains(edges(connections.FACE_LANDMARKS_LIPS))
    lower_left, upper_left = chains(edges(connections.FACE_LANDMARKS_LEFT_EYEBROW))
    lower_right, upper_right = chains(edges(connections.FACE_LANDMARKS_RIGHT_EYEBROW))
    return FaceContours(
        inner_lips=_array(inner),
        outer_lips=_array(outer),
        left_eye=_array(chains(edges(connections.FACE_LANDMARKS_LEFT_EYE))[0]),
        right_eye=_array(chains(edges(connections.FACE_LANDMARKS_RIGHT_EYE))[0]),
        left_iris=_array(chains(edges(connections.FACE_LANDMARKS_LEFT_IRIS))[0]),
        right_iris=_array(chains(edges(connections.FACE_LANDMARKS_RIGHT_IRIS))[0]),
        left_eyebrow=_array([*lower_left, *upper_left]),
        right_eyebrow=_array([*lower_right, *upper_right]),
        face_oval=_array(chains(edges(connections.FACE_LANDMARKS_FACE_OVAL))[0]),
        nose=_array(sorted({point for edge in edges(connections.FACE_LANDMARKS_NOSE) for point in edge})),
    )


def edges(connections: list[FaceLandmarksConnections.Connection]) -> Edges:
    """MediaPipe's connections as pairs of indices."""
    return [(connection.start, connection.end) for connection in connections]


def chains(pairs: Edges) -> list[list[int]]:
    """Edges strung together: each chain visits neighbours in order, a ring without its first point repeated.

    The chains come in the order in which the edges first name them; an open chain starts at one of its ends.
    """
    neighbours: dict[int, list[int]] = {}
    for first, second in pairs:
        neighbours.setdefault(first, []).append(second)
        neighbours.setdefault(second, []).append(first)
    ends = [point for point, around in neighbours.items() if len(around) == 1]
    strung: list[list[int]] = []
    seen: set[int] = set()
    for start in [*ends, *neighbours]:
        if start in seen:
            continue
        chain = [start]
        seen.add(start)
        while ahead := [point for point in neighbours[chain[-1]] if point not in seen]:
            chain.append(ahead[0])
            seen.add(ahead[0])
        strung.append(chain)
    return strung


def _array(indices: list[int]) -> NDArray[np.int32]:
    return np.array(indices, np.int32)
