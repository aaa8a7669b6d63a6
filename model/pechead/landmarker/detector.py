"""Faces in a picture: MediaPipe's face landmarker with our types around it."""

from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from pechead.landmarker.locate import find_model_file
from pechead.landmarker.native_messages import without_native_chatter

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision import FaceLandmarker

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between a second failure of MediaPipe and its next start, twice as long each time: a graph that has
failed can't be freed any more and keeps about 18 MB."""


@dataclass(frozen=True)
class Keypoints:
    """One face in one picture.

    Attributes:
        landmarks: (478, 3) float32, pixels of the picture: x right, y down, z away from the camera in the
            same unit, zero near the head's centre; 468 points of the face, then 5 of each iris.
        expression_scores: (52,) float32 in [0, 1], order of ``pechead.face.blendshapes.NAMES``.
        size: width and height of the picture in pixels.
    """

    landmarks: NDArray[np.float32]
    expression_scores: NDArray[np.float32]
    size: tuple[int, int]

    @property
    def face_width(self) -> float:
        """Width in pixels of the upright box around the face."""
        return float(np.ptp(self.landmarks[:, 0]))

    @property
    def face_height(self) -> float:
        """Height in pixels of the upright box around the face."""
        return float(np.ptp(self.landmarks[:, 1]))


class FaceDetector:
    """Finds faces and their landmarks; a context manager that owns MediaPipe's native graph.

    Creating one imports MediaPipe, which takes about a second.

    Args:
        mode: ``"image"`` looks at each picture afresh; ``"video"`` follows the faces from frame to frame,
            which is quicker and steadier.
        max_faces: how many faces to look for.
        model_file: the landmarker's model; found by ``find_model_file`` if not given.

    Raises:
        ModelFileError: the model file can't be found or downloaded.
    """

    def __init__(
        self, mode: Literal["image", "video"], max_faces: int = 1, model_file: Path | None = None
    ) -> None:
        # Here, not above: the import takes a second that only users of the detector should spend.
        from mediapipe import Image, ImageFormat
        from mediapipe.tasks.python.core.base_options import BaseOptions
        from mediapipe.tasks.python.vision import FaceLandmarkerOptions, RunningMode

        self._image_type = Image
        self._image_format = ImageFormat.SRGB
        self._follows = mode == "video"
        self._last_milliseconds = -1
        self._rests_until = -inf
        self._pause = 0.0
        self._options = FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(model_file or find_model_file())),
            running_mode=RunningMode.VIDEO if self._follows else RunningMode.IMAGE,
            num_faces=max_faces,
            output_face_blendshapes=True,
        )
        self._landmarker: FaceLandmarker | None = self._create()

    def detect(self, image: NDArray[np.uint8], at_seconds: float = 0.0) -> list[Keypoints]:
        """All faces in a picture, largest first; an empty list if there is none.

        Args:
            image: (height, width, 3) uint8 RGB, any size.
            at_seconds: the picture's time; counts in video mode, where it must increase from call to call.

        Raises:
            ValueError: that isn't a picture.
            Exception: MediaPipe failed; the next call starts it afresh, as its graph never works again. When
                that has happened before, pictures of the next seconds are refused first.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            raise ValueError(f"no picture to search: {image.dtype} of shape {image.shape}")
        if self._follows and at_seconds < self._rests_until:
            raise RuntimeError("the face search has failed and rests before it is started again")
        try:
            return self._detect(image, at_seconds)
        except Exception:
            self.close()
            self._rests_until = at_seconds + self._pause
            self._pause = min(max(FIRST_PAUSE, 2 * self._pause), LONGEST_PAUSE)
            raise

    def _detect(self, image: NDArray[np.uint8], at_seconds: float) -> list[Keypoints]:
        landmarker = self._landmarker = self._landmarker or self._create()
        height, width = image.shape[:2]
        picture = self._image_type(image_format=self._image_format, data=np.ascontiguousarray(image))
        if self._follows:
            # MediaPipe counts whole milliseconds and refuses equal ones.
            self._last_milliseconds = max(round(at_seconds * 1000), self._last_milliseconds + 1)
            result = landmarker.detect_for_video(picture, self._last_milliseconds)
        else:
            result = landmarker.detect(picture)
        faces = [
            Keypoints(
                landmarks=np.array([(p.x * width, p.y * height, p.z * width) for p in points], np.float32),
                expression_scores=np.array([category.score for category in scores], np.float32),
                size=(width, height),
            )
            for points, scores in zip(result.face_landmarks, result.face_blendshapes, strict=True)
        ]
        return sorted(faces, key=lambda face: face.face_width * face.face_height, reverse=True)

    def close(self) -> None:
        """Free the native graph. Safe to call twice; needed, as MediaPipe complains at exit otherwise."""
        landmarker, self._landmarker = self._landmarker, None
        if landmarker is not None:
            # A graph that failed says so once more when it is closed, and again when it is collected.
            with suppress(Exception):
                landmarker.close()
            landmarker._handle = None

    def _create(self) -> "FaceLandmarker":
        from mediapipe.tasks.python.vision import FaceLandmarker

        with without_native_chatter():
            return FaceLandmarker.create_from_options(self._options)

    def __enter__(self) -> "FaceDetector":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
