"""The portrait of the demo."""

import numpy as np

from pechead.errors import PecheadError
from pechead_live.frames import Image


def demo_portrait() -> Image:
    """The astronaut Eileen Collins, a NASA photo in the public domain that scikit-image ships.

    Returns:
        (512, 512, 3) uint8 RGB.

    Raises:
        PecheadError: scikit-image is not installed.
    """
    try:
        from skimage.data import astronaut
    except ImportError as error:
        raise PecheadError(
            "the demo portrait is not installed (it comes with scikit-image)",
            'pip install "pechead-live[demo]"',
        ) from error
    return np.array(astronaut(), np.uint8)  # type: ignore[no-untyped-call]
