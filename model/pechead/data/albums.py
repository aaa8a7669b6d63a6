"""Albums: photos that were taken of one person in one sitting, as pairs of real pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from pechead.data.clip import Clip, fit_track
from pechead.data.shots import CUT, difference, thumbnail
from pechead.face.model import FaceModel


def albums(clips: Sequence[Clip], model: FaceModel) -> list[Clip]:
    """Join the stills of each sitting.

    Two photos of a person belong to one sitting if, reduced to thumbnails, they differ no more than two
    frames of a video without a cut: hair, clothes, light and background are then the same.

    Args:
        clips: any; those of one frame are looked at.
        model: fitted to the joined photos, so that they share an identity.

    Returns:
        clips of kind still with two frames or more, one second apart.
    """
    people: dict[tuple[str, int], list[Clip]] = {}
    for clip in clips:
        if len(clip) == 1:
            people.setdefault((clip.info.person, clip.info.size), []).append(clip)
    return [_joined(sitting, model) for stills in people.values() for sitting in _sittings(stills)]


def _sittings(stills: Iterable[Clip]) -> list[list[Clip]]:
    """Two or more stills each, all like the sitting's first."""
    found: list[list[Clip]] = []
    for still in sorted(stills, key=lambda still: still.info.key):
        small = thumbnail(still.image(0))
        alike = (one for one in found if difference(thumbnail(one[0].image(0)), small) < CUT)
        sitting = next(alike, None)
        if sitting is None:
            found.append([still])
        else:
            sitting.append(still)
    return [sitting for sitting in found if len(sitting) > 1]


def _joined(sitting: Sequence[Clip], model: FaceModel) -> Clip:
    first = sitting[0].info
    track = fit_track(
        model,
        np.arange(len(sitting), dtype=np.float64),
        np.concatenate([still.track.landmarks for still in sitting]),
        np.concatenate([still.track.scores for still in sitting]),
    )
    pictures = tuple(picture for still in sitting for picture in still.pictures)
    mattes = tuple(matte for still in sitting for matte in still.mattes)
    info = replace(first, key=f"{first.key}-album")
    return Clip(info, track, pictures, mattes if len(mattes) == len(pictures) else ())
