"""A prepared clip: cropped frames as compressed pictures, and the face fitted in each of them."""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pechead.data.jpeg import Mask, decode_matte, decode_picture
from pechead.data.layouts import Kind
from pechead.face.blendshapes import NAMES, index
from pechead.face.fit import FaceFit, fit_face
from pechead.face.model import FaceModel
from pechead.face.pose import Pose

Array = NDArray[np.float32]
Image = NDArray[np.uint8]

VERSION = 1

TELLING = tuple(
    name
    for name in NAMES
    if name.startswith(("eyeBlink", "eyeLook", "jawOpen", "mouthSmile", "mouthPucker", "mouthFunnel"))
)
"""Blendshapes that people look at."""


@dataclass(frozen=True)
class ClipInfo:
    """What is known of a clip besides its pictures.

    Attributes:
        key: unique name.
        person: who is in it.
        kind: clip or still; a still has one frame.
        tier, licence, source: the terms it came under.
        file: the file it was made of, as a path in its data folder.
        frames_per_second: of that file; 0 for a still.
        size: width and height of the pictures in pixels.
        face_model: ``fingerprint`` of the model that the fits belong to.
        version: of this format.
    """

    key: str
    person: str
    kind: Kind
    tier: str
    licence: str
    source: str
    file: str
    frames_per_second: float
    size: int
    face_model: str
    version: int = VERSION


@dataclass(frozen=True)
class FaceTrack:
    """One person's face in T frames; positions in pixels of the crop.

    Attributes:
        times: (T,) float64, seconds in the file, increasing.
        landmarks: (T, 478, 3) float32, x right, y down, z away from the camera.
        scores: (T, 52) float32, the landmarker's blendshape scores.
        identity: (K,) float32, fitted to the whole clip.
        expression: (T, 52) float32, fitted blendshape weights.
        rotation: (T, 3, 3) float32, head space to camera space.
        translation: (T, 3) float32.
        scale: (T,) float32, pixels per centimetre.
    """

    times: NDArray[np.float64]
    landmarks: Array
    scores: Array
    identity: Array
    expression: Array
    rotation: Array
    translation: Array
    scale: Array

    def __len__(self) -> int:
        return len(self.times)

    def pose(self, index: int) -> Pose:
        """The pose in one frame."""
        return Pose(self.rotation[index], self.translation[index], float(self.scale[index]))

    def fit(self, index: int, model: FaceModel) -> FaceFit:
        """The fit to one frame, as ``fit_face`` gives it for a photo."""
        pose, expression = self.pose(index), self.expression[index]
        residual = pose.to_head(self.landmarks[index]) - model.shape(self.identity, expression)
        return FaceFit(pose, self.identity, expression, residual)

    def scaled(self, factor: float) -> "FaceTrack":
        """The same in pixels of pictures ``factor`` times as wide."""
        if factor == 1:
            return self
        by = np.float32(factor)
        return replace(
            self,
            landmarks=self.landmarks * by,
            translation=self.translation * by,
            scale=self.scale * by,
        )

    @cached_property
    def turns(self) -> Array:
        """(T, T) degrees by which the head has turned between two frames."""
        flat = self.rotation.reshape(len(self), 9)
        cosine = (flat @ flat.T - 1) / 2
        return np.degrees(np.arccos(np.clip(cosine, -1, 1))).astype(np.float32)

    @cached_property
    def expression_changes(self) -> Array:
        """(T, T) by how much at most a score of eyes, gaze or mouth differs between two frames, [0, 1]."""
        told = self.scores[:, [index(name) for name in TELLING]]
        return np.asarray(np.abs(told[:, None] - told[None]).max(2), np.float32)

    @cached_property
    def farthest_turn(self) -> float:
        """Degrees by which the head has turned between the two frames that are farthest apart."""
        return float(self.turns.max())


@dataclass(frozen=True)
class Clip:
    """A prepared clip or still.

    Attributes:
        info: whose and from where.
        track: the face in each frame.
        pictures: T compressed pictures (JPEG or PNG), ``info.size`` square.
        mattes: T compressed mattes of the same size, white on the person; none if no segmenter was named.
    """

    info: ClipInfo
    track: FaceTrack
    pictures: tuple[bytes, ...]
    mattes: tuple[bytes, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    def image(self, index: int) -> Image:
        """(size, size, 3) uint8 RGB."""
        return decode_picture(self.pictures[index])

    def matte(self, index: int) -> Mask:
        """(size, size) uint8, 255 on the person; only where there are mattes."""
        return decode_matte(self.mattes[index])

    def members(self) -> dict[str, bytes]:
        """The clip as files of a WebDataset sample, by their suffix after the key."""
        stored = io.BytesIO()
        np.savez(stored, allow_pickle=False, **_arrays(self.track))
        files = {
            "json": json.dumps({**asdict(self.info), "frames": len(self)}, ensure_ascii=False).encode(),
            "npz": stored.getvalue(),
        }
        files |= {f"{i:03d}.jpg": picture for i, picture in enumerate(self.pictures)}
        return files | {f"{i:03d}.matte.jpg": matte for i, matte in enumerate(self.mattes)}


def clip_from_members(members: Mapping[str, bytes]) -> Clip:
    """Undo ``Clip.members``.

    Raises:
        KeyError, TypeError, ValueError: something is missing, of another version or makes no sense; also what
            NumPy and json raise for damaged files (``zipfile.BadZipFile``, ``EOFError``).
    """
    header = json.loads(members["json"])
    count = int(header.pop("frames"))
    info = ClipInfo(**header)
    if info.version != VERSION:
        raise ValueError(f"its format has version {info.version}, this program reads version {VERSION}")
    with np.load(io.BytesIO(members["npz"]), allow_pickle=False) as stored:
        track = FaceTrack(**{name: stored[name] for name in stored.files})
    if len(track) != count:
        raise ValueError(f"{len(track)} faces for {count} pictures")
    pictures = tuple(members[f"{i:03d}.jpg"] for i in range(count))
    if "000.matte.jpg" not in members:
        return Clip(info, track, pictures)
    return Clip(info, track, pictures, tuple(members[f"{i:03d}.matte.jpg"] for i in range(count)))


def _arrays(track: FaceTrack) -> dict[str, Any]:
    """The arrays of a track by name."""
    return {name: getattr(track, name) for name in FaceTrack.__dataclass_fields__}


def fit_track(
    model: FaceModel,
    times: NDArray[np.float64],
    landmarks: Array,
    scores: Array,
    frames_for_identity: int = 16,
) -> FaceTrack:
    """Fit one identity to the whole clip, then pose and expression to every frame.

    The identity is the mean over frames spread over the clip: a single frame's takes up some of its
    expression and of the landmarker's noise.

    Args:
        model: the face model.
        times: (T,) seconds.
        landmarks: (T, 478, 3) pixels.
        scores: (T, 52).
        frames_for_identity: at most so many frames are used.
    """
    chosen = np.unique(np.linspace(0, len(times) - 1, frames_for_identity).round().astype(int))
    identity = np.mean([fit_face(model, landmarks[i], scores[i]).identity for i in chosen], axis=0)
    identity = identity.astype(np.float32)
    fits = [fit_face(model, *seen, identity) for seen in zip(landmarks, scores, strict=True)]
    return FaceTrack(
        times=times,
        landmarks=landmarks,
        scores=scores,
        identity=identity,
        expression=np.stack([fit.expression for fit in fits]),
        rotation=np.stack([fit.pose.rotation for fit in fits]),
        translation=np.stack([fit.pose.translation for fit in fits]),
        scale=np.array([fit.pose.scale for fit in fits], np.float32),
    )


def fingerprint(model: FaceModel) -> str:
    """Tells face models apart whose coefficients mean different things: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for basis in (model.mean, model.identity_basis, model.expression_basis):
        digest.update(np.ascontiguousarray(basis).tobytes())
    return digest.hexdigest()[:16]
