"""Mouth movement of written speech: phonemes to blendshape weights over time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pechead.face.blendshapes import NAMES, index

Weights = Mapping[str, float]

VISEMES: Mapping[str, Weights] = {
    "open": {"jawOpen": 0.34, "mouthLowerDown": 0.14, "mouthUpperUp": 0.08, "mouthSmile": 0.04},
    "mid": {"jawOpen": 0.22, "mouthLowerDown": 0.12, "mouthUpperUp": 0.08, "mouthSmile": 0.06},
    "spread": {
        "jawOpen": 0.09,
        "mouthSmile": 0.22,
        "mouthStretch": 0.08,
        "mouthUpperUp": 0.12,
        "mouthLowerDown": 0.1,
    },
    "round": {"jawOpen": 0.2, "mouthPucker": 0.4, "mouthFunnel": 0.16},
    "pursed": {"jawOpen": 0.05, "mouthPucker": 0.68, "mouthFunnel": 0.1},
    "lips": {"jawOpen": 0.0, "mouthPress": 0.22, "mouthRollLower": 0.14, "mouthRollUpper": 0.1},
    "teeth on lip": {"jawOpen": 0.04, "mouthRollLower": 0.2, "mouthUpperUp": 0.12, "mouthShrugUpper": 0.06},
    "teeth": {
        "jawOpen": 0.05,
        "mouthStretch": 0.07,
        "mouthLowerDown": 0.16,
        "mouthUpperUp": 0.1,
        "mouthSmile": 0.08,
    },
    "tongue": {"jawOpen": 0.13, "mouthLowerDown": 0.1, "mouthUpperUp": 0.06},
    "throat": {"jawOpen": 0.12, "mouthLowerDown": 0.06},
    "rhotic": {"jawOpen": 0.09, "mouthPucker": 0.3, "mouthFunnel": 0.08},
}
"""Mouth shapes as the landmarker scores them in ordinary speech; a name without a side means both sides."""

PHONEMES: Mapping[str, tuple[str, ...]] = {
    "AA": ("open",), "AE": ("open",), "AH": ("mid",), "EH": ("mid",), "IH": ("mid",), "IY": ("spread",),
    "UW": ("pursed",), "UH": ("round",), "OW": ("round", "pursed"), "AW": ("open", "pursed"),
    "AY": ("open", "spread"), "EY": ("mid", "spread"),
    "B": ("lips",), "P": ("lips",), "M": ("lips",), "F": ("teeth on lip",), "V": ("teeth on lip",),
    "S": ("teeth",), "Z": ("teeth",), "T": ("tongue",), "D": ("tongue",), "N": ("tongue",), "L": ("tongue",),
    "TH": ("tongue",), "K": ("throat",), "G": ("throat",), "HH": ("throat",), "R": ("rhotic",),
    "W": ("pursed",), "Y": ("spread",),
}  # fmt: skip
"""ARPAbet phonemes and the mouth shapes that each goes through."""

VOWELS = frozenset({"AA", "AE", "AH", "EH", "IH", "IY", "OW", "AW", "AY", "EY", "UW", "UH"})
MUST_SHUT = frozenset({"lips", "teeth on lip"})


@dataclass(frozen=True)
class Sound:
    """One mouth shape in time.

    Attributes:
        viseme: key of ``VISEMES``.
        centre: seconds, when it is reached.
        width: seconds, how long it lasts.
        strength: factor on its weights.
    """

    viseme: str
    centre: float
    width: float
    strength: float


def sounds(phrase: str, start: float) -> list[Sound]:
    """The mouth shapes of a phrase.

    Args:
        phrase: ARPAbet phonemes with spaces between; ``1`` stresses the vowel before it, ``.`` is a pause.
        start: seconds, when it begins.
    """
    result, now = [], start
    words = phrase.split()
    for i, word in enumerate(words):
        if word == ".":
            now += 0.14
            continue
        stressed, phoneme = word.endswith("1"), word.rstrip("1")
        vowel = phoneme in VOWELS
        length = (0.17 if stressed else 0.1) if vowel else 0.075
        if i >= len(words) - 2:
            length *= 1.3  # speakers draw out the end of a phrase
        shapes = PHONEMES[phoneme]
        for part, viseme in enumerate(shapes):
            width = length / len(shapes)
            strength = (1.12 if stressed else 0.8) if vowel else 1.0
            result.append(Sound(viseme, now + (part + 0.5) * width, width, strength))
        now += length
    return result


def mouth_weights(spoken: list[Sound], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blendshape weights over time, (len(times), 52).

    Neighbouring shapes melt into each other by their dominance (Cohen and Massaro 1993, "Modeling
    coarticulation in synthetic visual speech"), here a Gaussian in time: the weights' mean where sounds are
    dense, fading to nothing around a pause. Lips that must touch dominate.
    """
    dominance = np.zeros((len(spoken), len(times)))
    shapes = np.zeros((len(spoken), len(NAMES)))
    for i, sound in enumerate(spoken):
        spread = 0.38 * sound.width + 0.018
        power = 2.5 if sound.viseme in MUST_SHUT else 1.0
        dominance[i] = power * np.exp(-((times - sound.centre) ** 2) / (2 * spread**2))
        shapes[i] = sound.strength * weights_vector(VISEMES[sound.viseme])
    return np.asarray((dominance / np.maximum(dominance.sum(axis=0), 1.0)).T @ shapes)


def weights_vector(weights: Weights) -> NDArray[np.float64]:
    """(52,) weights of names; a name without a side stands for both."""
    result = np.zeros(len(NAMES))
    for name, value in weights.items():
        for one in (name,) if name in NAMES else (name + "Left", name + "Right"):
            result[index(one)] = value
    return result
