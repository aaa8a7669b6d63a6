"""Which of several faces drives: the largest, but not in a hurry. Pure; the time is passed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pechead.landmarker.detector import Keypoints


@dataclass(frozen=True)
class ChoiceSettings:
    """When another face takes over.

    Attributes:
        larger: by how much its width must exceed the driver's, as a ratio ...
        patience: ... and for how many seconds on end, while both are there.
        absence: seconds after which another face takes over from a driver who is not there any more; a hand
            before the face, or a look aside, is shorter.
        reach, speed: a face belongs to the one seen before if it lies within ``reach`` of its widths, and so
            much more for each second since.
    """

    larger: float = 1.3
    patience: float = 1.0
    absence: float = 0.5
    reach: float = 0.6
    speed: float = 4.0


@dataclass(frozen=True)
class DriverChoice:
    """Who drives.

    Attributes:
        centre: (2,) of the face, pixels.
        width: of the face, pixels.
        seen_at: when it was seen last.
        challenged_since: since when a larger face has been there; None if there is none.
    """

    centre: NDArray[np.float32]
    width: float
    seen_at: float
    challenged_since: float | None = None


def choose_driver(
    choice: DriverChoice | None, faces: Sequence[Keypoints], now: float, settings: ChoiceSettings
) -> tuple[Keypoints | None, DriverChoice | None]:
    """The face that drives in this frame, and the state for the next one.

    Args:
        choice: None before the first face.
        faces: of one frame, largest first.
        now: the frame's time in seconds.
        settings: when another face takes over.

    Returns:
        the driver's face, or None while it is not there and nobody has taken over.
    """
    if choice is None:
        return _take(faces[0], now) if faces else (None, None)
    driver = _again(choice, faces, now, settings)
    if driver is None:
        if faces and now - choice.seen_at >= settings.absence:
            return _take(faces[0], now)
        return None, choice
    _, present = _take(driver, now)
    largest = faces[0]
    if largest is driver or largest.face_width < settings.larger * driver.face_width:
        return driver, present
    since = now if choice.challenged_since is None else choice.challenged_since
    if now - since >= settings.patience:
        return _take(largest, now)
    return driver, replace(present, challenged_since=since)


def _take(face: Keypoints, now: float) -> tuple[Keypoints, DriverChoice]:
    return face, DriverChoice(_centre(face), face.face_width, now)


def _again(
    choice: DriverChoice, faces: Sequence[Keypoints], now: float, settings: ChoiceSettings
) -> Keypoints | None:
    """The one of the faces that was the driver's before."""
    reach = (settings.reach + settings.speed * (now - choice.seen_at)) * choice.width
    distances = [float(np.linalg.norm(_centre(face) - choice.centre)) for face in faces]
    nearest = int(np.argmin(distances)) if distances else -1
    return faces[nearest] if distances and distances[nearest] <= reach else None


def _centre(face: Keypoints) -> NDArray[np.float32]:
    corners = face.landmarks[:, :2].min(axis=0) + face.landmarks[:, :2].max(axis=0)
    return np.asarray(corners / 2, np.float32)
