"""Writes the demo motion: ten seconds of a person who looks up, talks, turns and smiles, and begins again.

    python -m pechead_live.demo.author OUT.npz

Everything here is written by hand: keyframes of head, gaze, lids and brows, phonemes for the lips and a
seeded sway. No footage was used. What makes it look alive are the overlaps: eyes lead the head, blinks fall
into gaze shifts, brows and small nods into stressed syllables, no two sides do quite the same.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pechead.face.blendshapes import index
from pechead.face.pose import rotation_from_angles
from pechead_live.demo.speech import mouth_weights, sounds, weights_vector
from pechead_live.frames import Motion
from pechead_live.motion.recording import Recording, save_recording

FRAMES_PER_SECOND = 30
SECONDS = 10.0
SCALE = 0.026
"""Picture heights per centimetre: the face fills a little less than half of the picture's height."""

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Gesture:
    """Something that comes, stays and goes.

    Attributes:
        at: seconds, when it begins.
        rise, hold, fall: seconds.
        amount: at its height; the unit is that of the track.
    """

    at: float
    rise: float
    hold: float
    fall: float
    amount: float

    def over(self, times: Curve) -> Curve:
        """Its course, along the minimum-jerk curves that limbs and heads follow (Flash and Hogan 1985)."""
        up = np.clip((times - self.at) / self.rise, 0, 1)
        down = np.clip((times - self.at - self.rise - self.hold) / self.fall, 0, 1)
        return self.amount * (_minimum_jerk(up) - _minimum_jerk(down))


def _minimum_jerk(progress: Curve) -> Curve:
    return np.asarray(progress**3 * (10 - 15 * progress + 6 * progress**2))


PHRASES = (
    ("HH AY1 . IH T S R IH1 L IY N AY1 S T UW S IY1 Y UW", 1.5),
    ("AY W AH Z OW1 N L IY AH F OW1 T OW G R AE1 F", 4.05),
    ("B AH T N AW1 L UH1 K AE T M IY1", 6.35),
)
"""Hi, it's really nice to see you. I was only a photograph, but now look at me."""

YAW = (
    Gesture(1.65, 0.35, 0.15, 0.5, 4.0),
    Gesture(3.66, 0.55, 0.75, 0.75, 22.0),
    Gesture(5.75, 0.7, 0.65, 0.8, -22.0),
    Gesture(7.9, 0.5, 0.4, 0.6, 4.0),
)
"""Degrees, toward the image's right."""

PITCH = (
    Gesture(1.42, 0.22, 0.05, 0.3, 4.0),
    Gesture(1.68, 0.16, 0.02, 0.24, -4.5),
    Gesture(2.35, 0.17, 0.03, 0.3, -5.0),
    Gesture(2.95, 0.2, 0.05, 0.35, -3.5),
    Gesture(3.7, 0.5, 0.5, 0.7, 4.5),
    Gesture(4.6, 0.16, 0.02, 0.25, -3.0),
    Gesture(5.15, 0.18, 0.02, 0.3, -3.5),
    Gesture(6.6, 0.2, 0.04, 0.3, 3.0),
    Gesture(7.0, 0.2, 0.04, 0.34, -4.0),
    Gesture(8.02, 0.2, 0.02, 0.24, -8.0),
    Gesture(8.3, 0.2, 0.02, 0.2, 2.0),
    Gesture(8.48, 0.16, 0.02, 0.26, -5.0),
)
"""Degrees, up; the last three are a nod."""

ROLL = (
    Gesture(1.9, 0.5, 0.6, 0.7, 4.5),
    Gesture(3.8, 0.6, 0.6, 0.8, -4.0),
    Gesture(5.9, 0.7, 0.5, 0.8, 5.0),
    Gesture(7.45, 0.6, 0.75, 0.75, -8.5),
)
"""Degrees, clockwise in the image."""

FORWARD = (
    Gesture(2.2, 0.4, 0.3, 0.6, 0.025),
    Gesture(6.5, 0.5, 0.6, 0.7, 0.035),
    Gesture(8.2, 0.4, 0.2, 0.6, 0.015),
)
"""Natural logarithm of the size: leaning toward the camera at what matters."""

GAZE_ASIDE = (
    Gesture(0.62, 0.05, 0.3, 0.05, 1.5),
    Gesture(1.22, 0.05, 0.2, 0.05, -1.2),
    Gesture(3.5, 0.06, 1.02, 0.06, 27.0),
    Gesture(5.62, 0.06, 0.4, 0.06, -16.0),
    Gesture(9.1, 0.05, 0.35, 0.05, 1.5),
)
"""Degrees in the room, toward the image's right of the camera; otherwise the eyes are on the camera."""

GAZE_UP = (Gesture(3.5, 0.06, 1.02, 0.06, 5.0), Gesture(5.62, 0.06, 0.4, 0.06, -6.0))

BLINKS = ((1.36, 0.58), (3.46, 0.64), (4.56, 0.56), (5.58, 0.66), (7.28, 0.6), (8.62, 0.62), (9.42, 0.55))
"""Seconds and height; most fall into a gaze shift or the end of a phrase."""

BROWS = (
    Gesture(1.4, 0.16, 0.16, 0.35, 0.55),
    Gesture(2.36, 0.14, 0.12, 0.4, 0.3),
    Gesture(4.35, 0.2, 0.25, 0.4, 0.25),
    Gesture(5.0, 0.14, 0.1, 0.35, 0.35),
    Gesture(6.75, 0.16, 0.3, 0.45, 0.6),
)

SMILE = (
    Gesture(1.35, 0.4, 0.3, 0.9, 0.2),
    Gesture(2.9, 0.35, 0.25, 0.7, 0.22),
    Gesture(7.35, 0.55, 0.9, 1.0, 0.72),
)

AT_REST = weights_vector(
    {
        "eyeBlink": 0.1, "eyeSquint": 0.33, "browInnerUp": 0.05, "browOuterUp": 0.04, "mouthPress": 0.05,
        "mouthShrugLower": 0.04, "mouthRollLower": 0.03, "mouthSmile": 0.02,
    }
)  # fmt: skip
RAISED_BROWS = weights_vector(
    {"browInnerUp": 0.75, "browOuterUpLeft": 0.62, "browOuterUpRight": 0.5, "eyeWide": 0.08}
)
FULL_SMILE = weights_vector(
    {
        "mouthSmileLeft": 1.0, "mouthSmileRight": 0.93, "mouthUpperUp": 0.22, "mouthLowerDown": 0.1,
        "mouthDimple": 0.06, "mouthPress": -0.05, "jawOpen": 0.06, "cheekSquint": 0.15, "eyeSquint": 0.3,
        "eyeBlink": 0.06,
    }
)  # fmt: skip
"""Weights at a gesture's amount of 1, added to ``AT_REST``."""

NECK = np.array([0.0, -10.0, -5.0])
"""Where the head turns, centimetres of head space: at the top of the neck."""


def perform() -> Recording:
    """The whole performance; the moment after the last one is the first."""
    times = np.arange(int(SECONDS * FRAMES_PER_SECOND)) / FRAMES_PER_SECOND
    rng = np.random.default_rng(7)
    yaw = _sum(YAW, times) + _sway(rng, times, 0.9)
    pitch = _sum(PITCH, times) + _sway(rng, times, 0.6)
    roll = _sum(ROLL, times) + _sway(rng, times, 0.6)
    size = SCALE * np.exp(_sum(FORWARD, times) + _sway(rng, times, 0.003))
    lean = np.stack([0.05 * yaw + _sway(rng, times, 0.2), _sway(rng, times, 0.1)])
    expression = _expression(times, yaw, pitch, rng)
    moments = []
    for i in range(len(times)):
        rotation = rotation_from_angles(yaw[i], pitch[i], roll[i])
        # The head turns about the neck, so its centre swings.
        swing = NECK - rotation @ NECK
        centre = (np.array([swing[0], -swing[1]]) + lean[:, i]) * size[i]
        moments.append(
            Motion(rotation, centre.astype(np.float32), float(size[i]), expression[i].astype(np.float32))
        )
    return Recording(times, moments)


def _expression(times: Curve, yaw: Curve, pitch: Curve, rng: np.random.Generator) -> Curve:
    """(n, 52) blendshape weights."""
    weights = np.tile(AT_REST, (len(times), 1))
    smile = _sum(SMILE, times)
    spoken = [sound for phrase, start in PHRASES for sound in sounds(phrase, start)]
    speech = mouth_weights(spoken, times)
    smiles = [index("mouthSmileLeft"), index("mouthSmileRight")]
    speech[:, smiles] *= (1 - smile)[:, None]
    weights += speech + np.outer(smile, FULL_SMILE) + np.outer(_sum(BROWS, times), RAISED_BROWS)
    # A gaze that stays on the camera turns in the head against the head.
    _look(weights, _sum(GAZE_ASIDE, times) - yaw, _sum(GAZE_UP, times) - pitch)
    _blink(weights, times)
    for name, amount in (("browInnerUp", 0.02), ("mouthPressLeft", 0.015), ("mouthSmileRight", 0.015)):
        weights[:, index(name)] += _sway(rng, times, amount)
    return np.clip(weights, 0, 1)


def _look(weights: Curve, right: Curve, up: Curve) -> None:
    """Add the gaze, degrees in the head toward the image's right and up; the lids go along."""
    aside = 0.024 * right
    for name, value in (
        ("eyeLookOutLeft", 0.11 + aside),
        ("eyeLookInRight", 0.12 + aside),
        ("eyeLookInLeft", 0.08 - aside),
        ("eyeLookOutRight", 0.08 - aside),
        ("eyeLookDownLeft", 0.22 - 0.025 * up),
        ("eyeLookDownRight", 0.22 - 0.025 * up),
        ("eyeLookUpLeft", 0.05 + 0.02 * up),
        ("eyeLookUpRight", 0.05 + 0.02 * up),
    ):
        weights[:, index(name)] += np.clip(value, 0, 0.9)
    for side in ("Left", "Right"):
        weights[:, index("eyeBlink" + side)] -= np.clip(0.009 * up, -0.2, 0.05)
        weights[:, index("eyeWide" + side)] += np.clip(0.006 * up, 0, 0.1)


def _blink(weights: Curve, times: Curve) -> None:
    """Add the blinks: shut in 80 ms, open in 150 ms, the left eye a little sooner and further."""
    for at, height in BLINKS:
        for side, later, share in (("Left", 0.0, 1.0), ("Right", 0.008, 0.96)):
            shutting = Gesture(at + later, 0.08, 0.035, 0.15, height * share).over(times)
            weights[:, index("eyeBlink" + side)] += shutting
            look_down = index("eyeLookDown" + side)
            weights[:, look_down] += 0.8 * shutting * (1 - weights[:, look_down])
            weights[:, index("eyeSquint" + side)] += 0.4 * shutting


def _sum(gestures: tuple[Gesture, ...], times: Curve) -> Curve:
    return np.asarray(np.sum([gesture.over(times) for gesture in gestures], axis=0))


def _sway(rng: np.random.Generator, times: Curve, amount: float) -> Curve:
    """Smooth noise of standard deviation ``amount``, most of it below 1 Hz, that ends where it begins."""
    turns = np.arange(1, 16)
    strength = 1 / (1 + (turns / 5) ** 2)
    phases = rng.uniform(0, 2 * np.pi, len(turns))
    waves = strength * np.sin(2 * np.pi * np.outer(times, turns) / SECONDS + phases)
    return np.asarray(amount * waves.sum(axis=1) / np.sqrt((strength**2).sum() / 2))


def main() -> None:
    """Write the file named on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m pechead_live.demo.author OUT.npz")
    save_recording(Path(sys.argv[1]), perform())


if __name__ == "__main__":
    main()
