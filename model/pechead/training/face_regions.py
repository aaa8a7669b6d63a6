"""Where mouth and eyes are, to be compared enlarged."""

import torch
from torch import Tensor, nn

from pechead.face.model import FaceModel

MARGIN = 0.35
"""Of a region on each side, in its own larger side."""


class FaceRegions(nn.Module):
    """Squares around the mouth and both eyes.

    Args:
        model: the face model that knows which landmarks they are.
    """

    def __init__(self, model: FaceModel) -> None:
        super().__init__()
        contours = model.contours
        for name, ring in (
            ("mouth", contours.outer_lips),
            ("left_eye", contours.left_eye),
            ("right_eye", contours.right_eye),
        ):
            self.register_buffer(name, torch.from_numpy(ring.astype("int64")), persistent=False)

    @classmethod
    def shipped(cls) -> "FaceRegions":
        """Of the face model that comes with the package."""
        return cls(FaceModel.load())

    def forward(self, landmarks: Tensor) -> Tensor:
        """(B, 478, 2) positions to (B, 3, 4): left, top, right, bottom of mouth, left and right eye."""
        rings = [self.get_buffer(name) for name in ("mouth", "left_eye", "right_eye")]
        return torch.stack([_square(landmarks[:, ring]) for ring in rings], 1)


def _square(points: Tensor) -> Tensor:
    low, high = points.amin(1), points.amax(1)
    half = (high - low).amax(1, keepdim=True) * (0.5 + MARGIN)
    centre = (low + high) / 2
    return torch.cat([centre - half, centre + half], 1)
