"""Sway: a person shifted, enlarged and turned as a whole, before a background that stays."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pechead.data.affine import affine_image
from pechead.face.fit import FaceFit
from pechead.face.pose import rotation_from_angles

Array = NDArray[np.float32]
Image = NDArray[np.uint8]

UPWARD = 0.3
"""Of the shift sideways and down: further up, the lower edge of the picture would come into sight."""


@dataclass(frozen=True)
class Sway:
    """A similarity transform of pixels.

    Attributes:
        matrix: (2, 3) float32, from pixels of the picture to pixels of the moved one.
        growth: factor on lengths.
        angle: radians, from x towards y.
    """

    matrix: Array
    growth: float
    angle: float

    @classmethod
    def draw(cls, size: int, shift: float, growth: float, turn: float, generator: Generator) -> "Sway":
        """A random one around the middle of a square picture.

        Args:
            size: of the picture in pixels.
            shift: share of the size, at most.
            growth: share by which lengths change, at most.
            turn: degrees, at most.
            generator: for all of them.
        """
        by = float(np.exp(generator.uniform(-growth, growth)))
        angle = float(np.radians(generator.uniform(-turn, turn)))
        linear = by * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.full(2, size / 2)
        moved = generator.uniform([-shift, -shift * UPWARD], [shift, shift]) * size
        return cls(np.column_stack([linear, middle + moved - linear @ middle]).astype(np.float32), by, angle)

    def image(self, picture: Image) -> Image:
        """A picture or matte moved, at its size; what comes in from outside is mirrored at the edge."""
        return affine_image(picture, self.matrix)

    def fit(self, fit: FaceFit) -> FaceFit:
        """The face in the moved picture; head space stays as it is."""
        pose = fit.pose
        translation = np.append(
            self.matrix[:, :2] @ pose.translation[:2] + self.matrix[:, 2],
            pose.translation[2] * np.float32(self.growth),
        ).astype(np.float32)
        moved = replace(
            pose,
            rotation=rotation_from_angles(0, 0, np.degrees(self.angle)) @ pose.rotation,
            translation=translation,
            scale=pose.scale * self.growth,
        )
        return replace(fit, pose=moved)
