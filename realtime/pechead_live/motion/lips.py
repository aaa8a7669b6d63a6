"""How the photo's own mouth gives way to the driver's speech.

Adding weights is not enough for a photo that smiles with its teeth showing: lips that purse can't stay drawn
wide, and lips that press for an m, b or p close over the teeth. So the photo's own weights yield as the
driver's lips do the opposite.
"""

import numpy as np
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES


def _indices(*starts: str) -> NDArray[np.intp]:
    return np.array([i for i, name in enumerate(NAMES) if name.startswith(starts)])


PURSING = _indices("mouthPucker", "mouthFunnel")
DRAWN_WIDE = _indices("mouthSmile", "mouthStretch", "mouthDimple", "mouthUpperUp")
PRESSING = _indices("mouthPress", "mouthRoll")
PARTED = _indices("mouthUpperUp", "mouthLowerDown", "jawOpen")

YIELDS_TO_PURSING = 0.8
FULL_PRESS = (0.04, 0.15)
"""Mean weight of pressed and rolled lips where yielding begins, and where the lips have closed."""


def give_way(own: NDArray[np.float32], change: NDArray[np.float32]) -> NDArray[np.float32]:
    """The photo's own weights while the driver's lips purse or press.

    Args:
        own: (52,) the photo's own blendshape weights.
        change: (52,) the driver's weights against the neutral.

    Returns:
        (52,) float32, nowhere above ``own``; ``own`` itself while the driver's lips neither purse nor press.
    """
    pursed = float(np.clip(change[PURSING].sum(), 0, 1))
    low, high = FULL_PRESS
    pressed = float(np.clip((change[PRESSING].mean() - low) / (high - low), 0, 1))
    kept = np.ones(len(own), np.float32)
    kept[DRAWN_WIDE] *= 1 - YIELDS_TO_PURSING * pursed
    kept[PARTED] *= 1 - pressed
    return np.asarray(np.where(own > 0, own * kept, own), np.float32)
