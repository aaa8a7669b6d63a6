"""Whether what a reader got is what was sent."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

MEAN, WORST_HUNDREDTH = 4.0, 16.0
"""Grey levels that a way through YUV 4:2:0 may cost: on average, and at the 99th percentile of the pixels."""


def frames_of(path: Path) -> list[Picture]:
    """All frames of a video, RGB."""
    with av.open(str(path)) as container:
        return [np.asarray(f.to_ndarray(format="rgb24"), np.uint8) for f in container.decode(video=0)]


def compare(got: list[Picture], sent: list[Picture]) -> dict[str, object]:
    """Find each picture among those sent, and tell how far off it is.

    Returns:
        read: how many there are; right: how many of them were sent; ordered: whether they came in the order
        in which they were sent; mean: the worst mean difference of those that are right, in grey levels.
    """
    thumbnails = np.stack([_thumbnail(picture) for picture in sent])
    places, means = [], []
    for picture in got:
        place = int(np.abs(thumbnails - _thumbnail(picture)).mean(axis=(1, 2, 3)).argmin())
        apart = np.abs(picture.astype(np.int16) - sent[place])
        if apart.mean() < MEAN and np.percentile(apart, 99) < WORST_HUNDREDTH:
            places.append(place)
            means.append(float(apart.mean()))
    return {
        "read": len(got),
        "right": len(places),
        "ordered": places == sorted(places),
        "mean": max(means, default=None),
    }


def _thumbnail(picture: Picture) -> NDArray[np.float32]:
    return np.asarray(picture[::4, ::4], np.float32)
