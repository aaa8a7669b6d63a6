"""From one video or picture to one prepared clip."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pechead.data.clip import Clip, ClipInfo, fingerprint, fit_track
from pechead.data.crop import SquareCrop, crop_around
from pechead.data.errors import DataError, Rejected
from pechead.data.jpeg import encode_matte, encode_picture
from pechead.data.layouts import SourceFile
from pechead.data.mattes import PersonSegmenter
from pechead.data.shots import Sighting, difference, find_cuts, longest_take, thumbnail
from pechead.data.video import Footage, Image, open_footage
from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector, Keypoints

LOOK_EVERY = 0.2
"""Seconds between two looks for the face while the crop is chosen."""

MOST_LOOKS = 400
LARGEST_LOOK = 640
LARGEST_MEASURED = 512
"""Pixels of the crop's side in which landmarks are measured; more adds nothing to the landmarker."""

RUN_STEP = 0.084
"""Most seconds between two frames of a run, so that motion from frame to frame stays like a camera's."""

RUN_LENGTH = 5
OUTSIDE = 0.02
"""Share of the landmarks that may lie outside the crop."""


@dataclass(frozen=True)
class PrepareSettings:
    """How clips are prepared.

    Attributes:
        size: width and height of the pictures in pixels, 256 or 512.
        most_frames: of a clip.
        fewest_frames: a clip with fewer is rejected.
        smallest_face: pixels of the file on the longer side of the face; 0.3 of ``size`` if None.
        longest: seconds of a video that are looked at.

    Raises:
        DataError: a number out of its range.
    """

    size: int = 256
    most_frames: int = 100
    fewest_frames: int = 8
    smallest_face: float | None = None
    longest: float = 600.0

    def __post_init__(self) -> None:
        for name, low, high in (("size", 64, 1024), ("most_frames", 2, 999), ("fewest_frames", 2, 999)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise DataError(f"{name} is {value}", f"choose a number from {low} to {high}")

    @property
    def smallest(self) -> float:
        """Pixels of the file."""
        return 0.3 * self.size if self.smallest_face is None else self.smallest_face


def prepare_clip(
    source: SourceFile,
    settings: PrepareSettings,
    detector: FaceDetector,
    model: FaceModel,
    segmenter: PersonSegmenter | None = None,
) -> Clip:
    """Find the one face and its longest take, crop, measure and fit.

    Args:
        source: the file.
        settings: sizes and limits.
        detector: in image mode.
        model: fitted to every frame.
        segmenter: of person and background, if mattes are wanted.

    Raises:
        Rejected: the file gives no clip.
    """
    footage = open_footage(source)
    view = _watch(footage, settings, detector)
    found_cuts = find_cuts(view.times, view.differences)
    take = longest_take(view.sightings, found_cuts, view.interval)
    if not take:
        raise Rejected("no face", f"{len(view.times)} frames")
    side = float(np.median([sighting.side for sighting in take]))
    if side < settings.smallest:
        raise Rejected("face too small", f"{side:.0f} px, at least {settings.smallest:.0f}")
    crop = crop_around(take, *view.size)
    times = np.array(view.times)
    # Between two looks a take may begin and end anywhere; up to the nearest cut its frames belong to it.
    cuts = np.array([-np.inf, *found_cuts, np.inf])
    begin = max(cuts[cuts <= take[0].time].max(), take[0].time - view.interval)
    end = min(cuts[cuts > take[-1].time].min(), take[-1].time + view.interval)
    wanted = choose_frames(times[(times >= begin) & (times < end)], settings.most_frames)
    kept = _measure(footage, wanted, crop, settings, detector, segmenter)
    if len(kept) < (settings.fewest_frames if source.kind == "clip" else 1):
        seconds = take[-1].time - take[0].time
        raise Rejected("too few frames", f"{len(kept)} with a face in its longest take of {seconds:.1f} s")
    return _clip(source, settings, footage, kept, model)


@dataclass(frozen=True)
class _View:
    """What the first pass over a video has seen."""

    size: tuple[int, int]
    interval: float
    times: list[float]
    differences: list[float]
    sightings: list[Sighting]


@dataclass(frozen=True)
class _Measured:
    time: float
    picture: bytes
    matte: bytes | None
    face: Keypoints


def _watch(footage: Footage, settings: PrepareSettings, detector: FaceDetector) -> _View:
    interval = max(LOOK_EVERY, min(footage.seconds, settings.longest) / MOST_LOOKS)
    view = _View((0, 0), interval, [], [], [])
    size, before, next_look = view.size, None, 0.0
    for frame in footage.frames():
        if frame.time > settings.longest:
            break
        image = frame.image()
        if size != (image.shape[1], image.shape[0]):
            if view.times:
                break
            size = image.shape[1], image.shape[0]
        small = thumbnail(image)
        view.times.append(frame.time)
        view.differences.append(0.0 if before is None else difference(before, small))
        before = small
        if frame.time >= next_look or view.differences[-1] > 10:
            next_look = frame.time + interval
            view.sightings.extend(_look(image, frame.time, detector))
    if not view.times:
        raise Rejected("not a video", "no frame can be decoded")
    return _View(size, interval, view.times, view.differences, view.sightings)


def _look(image: Image, time: float, detector: FaceDetector) -> list[Sighting]:
    shrink = min(1.0, LARGEST_LOOK / max(image.shape[:2]))
    size = round(image.shape[1] * shrink), round(image.shape[0] * shrink)
    small = image if shrink == 1 else np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    faces = detector.detect(np.asarray(small, np.uint8))
    points = [face.landmarks[:, :2] / np.float32(shrink) for face in faces[:1]]
    return [Sighting(time, np.concatenate([p.min(0), p.max(0)]).astype(np.float32)) for p in points]


def choose_frames(times: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """At most ``most`` times, spread over all of them, in runs of neighbours.

    As long as equal steps are short enough to count as one motion, they are equal. In longer clips runs of
    ``RUN_LENGTH`` such frames are spread evenly.

    Args:
        times: (n,) seconds, increasing.
        most: how many.
    """
    if len(times) <= 1:
        return times
    period = float(np.median(np.diff(times)))
    step = max(1, -(-len(times) // most))
    if step * period <= RUN_STEP:
        return times[::step]
    step = max(1, int(RUN_STEP / period))
    length = (RUN_LENGTH - 1) * step + 1
    starts = np.linspace(0, len(times) - length, max(1, most // RUN_LENGTH)).round().astype(int)
    indices = starts[:, None] + step * np.arange(RUN_LENGTH)
    return np.asarray(times[np.unique(indices.clip(0, len(times) - 1))], np.float64)


def _measure(
    footage: Footage,
    wanted: NDArray[np.float64],
    crop: SquareCrop,
    settings: PrepareSettings,
    detector: FaceDetector,
    segmenter: PersonSegmenter | None,
) -> list[_Measured]:
    measured_size = max(settings.size, min(crop.side, LARGEST_MEASURED))
    factor = np.float32(settings.size / measured_size)
    remaining, kept = set(wanted.tolist()), []
    for frame in footage.frames():
        if not remaining:
            break
        if frame.time not in remaining:
            continue
        remaining.remove(frame.time)
        image = frame.image()
        for face in detector.detect(crop.cut(image, measured_size))[:1]:
            landmarks = face.landmarks * factor
            outside = np.any((landmarks[:, :2] < 0) | (landmarks[:, :2] > settings.size), axis=1)
            if outside.mean() <= OUTSIDE:
                face = Keypoints(landmarks, face.expression_scores, (settings.size, settings.size))
                picture = crop.cut(image, settings.size)
                matte = None if segmenter is None else encode_matte(segmenter.matte(picture))
                kept.append(_Measured(frame.time, encode_picture(picture), matte, face))
    return kept


def _clip(
    source: SourceFile,
    settings: PrepareSettings,
    footage: Footage,
    kept: Sequence[_Measured],
    model: FaceModel,
) -> Clip:
    info = ClipInfo(
        key=source.key,
        person=source.person,
        kind=source.kind,
        tier=source.tier,
        licence=source.licence,
        source=source.source,
        file=source.name,
        frames_per_second=footage.frames_per_second,
        size=settings.size,
        face_model=fingerprint(model),
    )
    track = fit_track(
        model,
        np.array([one.time for one in kept], np.float64),
        np.stack([one.face.landmarks for one in kept]),
        np.stack([one.face.expression_scores for one in kept]),
    )
    mattes = tuple(one.matte for one in kept if one.matte is not None)
    return Clip(info, track, tuple(one.picture for one in kept), mattes)
