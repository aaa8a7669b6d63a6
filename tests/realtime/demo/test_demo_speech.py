"""Phonemes to mouth movement."""

import numpy as np
import pytest

from pechead.face.blendshapes import index
from pechead_live.demo.speech import PHONEMES, VISEMES, VOWELS, mouth_weights, sounds, weights_vector

TIMES = np.arange(60) / 30


def test_every_phoneme_has_a_mouth_shape() -> None:
    assert {viseme for shapes in PHONEMES.values() for viseme in shapes} == set(VISEMES)
    assert set(PHONEMES) > VOWELS


def test_a_name_without_a_side_means_both() -> None:
    weights = weights_vector({"mouthSmile": 0.5, "jawOpen": 0.2})
    assert weights[index("mouthSmileLeft")] == weights[index("mouthSmileRight")] == 0.5
    assert weights.sum() == pytest.approx(1.2)


def test_lips_press_in_the_middle_of_mama() -> None:
    spoken = sounds("M AA1 M AA1", 0.5)
    weights = mouth_weights(spoken, TIMES)
    jaw, press = weights[:, index("jawOpen")], weights[:, index("mouthPressLeft")]
    first, second = (i for i, sound in enumerate(spoken) if sound.viseme == "open")
    between = (spoken[first].centre < TIMES) & (spoken[second].centre > TIMES)
    assert jaw.max() > 0.3
    assert jaw[between].min() < 0.12
    assert press[between].max() > 0.12


def test_stress_and_the_end_of_a_phrase_take_longer() -> None:
    plain, stressed = sounds("AA T T T", 0), sounds("AA1 T T T", 0)
    assert stressed[0].width > plain[0].width
    assert stressed[0].strength > plain[0].strength
    assert plain[-1].width > plain[1].width


def test_a_pause_closes_the_mouth() -> None:
    weights = mouth_weights(sounds("AA . . AA", 0.2), TIMES)
    jaw = weights[:, index("jawOpen")]
    peaks = [i for i in range(1, 59) if jaw[i - 1] < jaw[i] >= jaw[i + 1] and jaw[i] > 0.1]
    assert len(peaks) == 2
    assert jaw[peaks[0] : peaks[1]].min() < 0.02


def test_before_and_after_the_mouth_is_at_rest() -> None:
    weights = mouth_weights(sounds("HH AY1", 0.8), TIMES)
    assert np.abs(weights[TIMES < 0.6]).max() < 1e-3
    assert np.abs(weights[TIMES > 1.5]).max() < 1e-3
