"""How far the eyes are open, and blendshape weights that open them just so.

Blinks decide whether a face looks alive, and adding weights does not close an eye: the photo's eye is wider
or narrower than the driver's, and half a millimetre of white remains. So the opening is carried over as a
share of the opening at rest, and shut is shut.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pechead.face.blendshapes import index
from pechead.face.model import FaceModel

BLINKS = np.array([index("eyeBlinkLeft"), index("eyeBlinkRight")])
SHUT = 0.25
"""Share of the opening at rest below which an eye counts as shut. The lids' landmarks meet at about 0.1; the
rest is for blinks that fall between two frames."""
WIDEST = 1.5
MOST_BLINK = 2.0


@dataclass(frozen=True)
class Eyelids:
    """The eyes' openings as a linear function of the blendshape weights.

    An opening is the mean distance of upper and lower lid, in eye widths of the average face; left, then
    right.

    Attributes:
        at_zero: (2,) openings of the average face with all weights at zero.
        change: (2, 52) what each weight adds.
    """

    at_zero: NDArray[np.float64]
    change: NDArray[np.float64]

    @classmethod
    def of(cls, model: FaceModel) -> "Eyelids":
        """Measured on the face model."""
        return cls(
            at_zero=eye_openings(model, model.mean),
            change=np.stack([eye_openings(model, offsets) for offsets in model.expression_basis], axis=1),
        )

    def opening(self, expression: NDArray[np.float32]) -> NDArray[np.float64]:
        """(2,) openings of the average face with an expression (52,)."""
        return self.at_zero + self.change @ expression

    def opened_to(
        self, wanted: NDArray[np.float64], expression: NDArray[np.float32], opening: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """The expression with its two blink weights set so that the eyes are open as wanted.

        Args:
            wanted: (2,) openings.
            expression: (52,) blendshape weights.
            opening: (2,) what the eyes' openings are with ``expression``.

        Returns:
            (52,) float32; a blink weight may pass 1 where the photo's eyes are wide.
        """
        result = expression.copy()
        result[BLINKS] += np.linalg.solve(self.change[:, BLINKS], wanted - opening)
        result[BLINKS] = np.clip(result[BLINKS], -MOST_BLINK, MOST_BLINK)
        return result


def eye_openings(model: FaceModel, shape: NDArray[np.float32]) -> NDArray[np.float64]:
    """(2,) openings of the left and the right eye of a face in head space, (478, 3)."""
    return np.array(
        [_opening(shape, model.mean, ring) for ring in (model.contours.left_eye, model.contours.right_eye)]
    )


def _opening(offsets: NDArray[np.float32], mean: NDArray[np.float32], ring: NDArray[np.int32]) -> float:
    """Mean of upper minus lower lid along the opposite pairs of an eye's ring, which starts at a corner."""
    half = len(ring) // 2
    one, other = offsets[ring[1:half], 1], offsets[ring[:half:-1], 1]
    upward = np.sign(mean[ring[:half:-1], 1].mean() - mean[ring[1:half], 1].mean())
    return float(upward * (other - one).mean() / np.ptp(mean[ring, 0]))


def share_open(opening: NDArray[np.float64], at_rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the eyes are open against their rest: 0 = shut, 1 = as at rest, at most ``WIDEST``.

    Args:
        opening, at_rest: (2,) openings of the driver.
    """
    return np.clip((opening / at_rest - SHUT) / (1 - SHUT), 0, WIDEST)
