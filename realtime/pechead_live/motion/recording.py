"""Motion recordings: a driver's pose and expression over time, in a small file without any picture."""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from pechead.errors import CameraError, OutputError
from pechead.face.blendshapes import NAMES
from pechead_live.frames import Motion
from pechead_live.motion.rotations import rotation_matrix, rotation_vector

FORMAT = "pechead motion"
VERSION = 1
REMEDY = "use a whole file written by pechead-live --record-motion"


@dataclass(frozen=True)
class Recording:
    """A driver over time.

    Attributes:
        times: (n,) float64, seconds, increasing, the first one 0.
        moments: n motions; None where no face was seen.
    """

    times: NDArray[np.float64]
    moments: Sequence[Motion | None]

    @property
    def frames_per_second(self) -> float:
        """The mean rate; 30 for a single moment."""
        return (len(self.times) - 1) / self.duration if self.duration > 0 else 30.0

    @property
    def duration(self) -> float:
        """Seconds from the first moment to the last."""
        return float(self.times[-1] - self.times[0])


def save_recording(path: Path, recording: Recording) -> None:
    """Write a recording as a compressed ``.npz`` without pickled objects.

    Arrays: ``format`` and ``version``; ``names`` of the blendshapes; ``times`` (n,) float32 seconds; ``seen``
        (n,)
    bool; ``rotation`` (n, 3) float32 axis times radians; ``translation`` (n, 2) float32 picture heights;
    ``scale`` (n,) float32 picture heights per centimetre; ``expression`` (n, 52) float16; ``person`` (n,)
    uint16. Moments without a face hold zeros. The file appears whole or not at all.

    Raises:
        OutputError: the file can't be written.
    """
    count = len(recording.moments)
    seen = np.array([moment is not None for moment in recording.moments], bool)
    rotation = np.zeros((count, 3), np.float32)
    translation = np.zeros((count, 2), np.float32)
    scale = np.zeros(count, np.float32)
    expression = np.zeros((count, len(NAMES)), np.float16)
    person = np.zeros(count, np.uint16)
    for i, moment in enumerate(recording.moments):
        if moment is not None:
            rotation[i] = rotation_vector(moment.rotation)
            translation[i], scale[i], expression[i] = moment.translation, moment.scale, moment.expression
            person[i] = moment.person
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                format=np.array(FORMAT),
                version=np.array(VERSION),
                names=np.array(NAMES),
                times=(recording.times - recording.times[:1]).astype(np.float32),
                seen=seen,
                rotation=rotation,
                translation=translation,
                scale=scale,
                expression=expression,
                person=person,
            )
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(
            f"the motion recording {path} can't be written ({error.strerror or error})",
            "choose a folder that exists, that you may write to and that has room",
        ) from error


def load_recording(path: Path) -> Recording:
    """Read what ``save_recording`` wrote.

    Raises:
        CameraError: there is no such file, it is no motion recording, of another version, or damaged.
    """
    arrays = _read_arrays(path)
    try:
        version = int(arrays["version"])
        if version == VERSION:
            return _decode(arrays)
    except (KeyError, ValueError, TypeError) as error:
        raise CameraError(f"the motion recording {path} is damaged ({error})", "record it again") from error
    raise CameraError(
        f"the motion recording {path} has version {version}, this program reads version {VERSION}",
        "record it again, or use the pechead-live that wrote it",
    )


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            if isinstance(arrays, NpzFile) and "format" in arrays and str(arrays["format"]) == FORMAT:
                return {name: arrays[name] for name in arrays.files}
    except FileNotFoundError as error:
        raise CameraError(f"there is no motion recording {path}", "check the path") from error
    except OSError as error:
        raise CameraError(
            f"the motion recording {path} can't be read ({error.strerror or error})",
            "check the path and its rights",
        ) from error
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise CameraError(f"{path} is damaged or no motion recording", REMEDY) from error
    raise CameraError(f"{path} is not a motion recording", REMEDY)


def _decode(arrays: dict[str, NDArray[Any]]) -> Recording:
    """Check shapes and values and build the motions.

    Raises:
        KeyError, ValueError, TypeError: something is missing or makes no sense.
    """
    times = np.atleast_1d(arrays["times"]).astype(np.float64)
    count = len(times)
    if count == 0 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise ValueError(f"{count} moments whose times don't increase")
    if tuple(arrays["names"]) != NAMES:
        raise ValueError("its blendshapes are not the 52 of the face landmarker")
    seen = arrays["seen"]
    if seen.shape != (count,) or seen.dtype != bool:
        raise ValueError("seen is not a yes or no for each moment")
    numbers = {
        name: _numbers(arrays[name], name, (count, *shape))
        for name, shape in (("rotation", (3,)), ("translation", (2,)), ("scale", ()), ("person", ()))
    }
    expression = _numbers(arrays["expression"], "expression", (count, len(NAMES)))
    if (numbers["scale"][seen] <= 0).any():
        raise ValueError("a face without size")
    moments = [
        Motion(
            rotation=rotation_matrix(numbers["rotation"][i]),
            translation=numbers["translation"][i],
            scale=float(numbers["scale"][i]),
            expression=expression[i],
            person=int(numbers["person"][i]),
        )
        if seen[i]
        else None
        for i in range(count)
    ]
    return Recording(times, moments)


def _numbers(array: NDArray[Any], name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    numbers = array.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} holds numbers that are not finite")
    return numbers
