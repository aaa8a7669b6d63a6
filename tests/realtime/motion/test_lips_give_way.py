"""A smiling photo's mouth and the driver's speech."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES, index
from pechead_live.motion.lips import give_way


def weights(**values: float) -> NDArray[np.float32]:
    result = np.zeros(len(NAMES), np.float32)
    for name, value in values.items():
        for one in (name,) if name in NAMES else (name + "Left", name + "Right"):
            result[index(one)] = value
    return result


SMILE = weights(mouthSmile=0.9, mouthUpperUp=0.6, mouthLowerDown=0.2, browInnerUp=0.3)


def test_nothing_gives_way_to_a_mouth_at_rest_or_open() -> None:
    assert give_way(SMILE, weights()) == pytest.approx(SMILE)
    assert give_way(SMILE, weights(jawOpen=0.4, mouthSmile=0.3)) == pytest.approx(SMILE)


def test_a_smile_narrows_for_pursed_lips() -> None:
    pursed = give_way(SMILE, weights(mouthPucker=0.6))
    assert pursed[index("mouthSmileLeft")] < 0.6 * SMILE[index("mouthSmileLeft")]
    assert pursed[index("browInnerUp")] == SMILE[index("browInnerUp")]


def test_parted_lips_close_for_pressed_ones() -> None:
    pressed = give_way(SMILE, weights(mouthPress=0.25, mouthRollLower=0.15, mouthRollUpper=0.1))
    assert pressed[index("mouthUpperUpLeft")] == pytest.approx(0, abs=1e-6)
    assert pressed[index("mouthLowerDownRight")] == pytest.approx(0, abs=1e-6)


def test_lips_that_press_a_little_at_rest_close_nothing() -> None:
    assert give_way(SMILE, weights(mouthPress=0.05)) == pytest.approx(SMILE)


def test_nothing_grows() -> None:
    everything = np.full(len(NAMES), 0.5, np.float32)
    assert (give_way(SMILE, everything) <= SMILE).all()
