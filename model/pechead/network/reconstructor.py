"""R, the face shape reconstructor, as the paper has it: a ResNet-50 that reads coefficients off an image."""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import resnet50

from pechead.face.model import FaceModel

IMAGE_SIZE = 224
POSE = 9


@dataclass(frozen=True)
class ReconstructedFace:
    """Coefficients of the face model.

    Attributes:
        identity: (B, K) in standard deviations.
        expression: (B, 52) blendshape weights.
        pose: (B, 9): rows 0 and 1 of the rotation before they are made orthonormal, translation x and y as
            positions in [-1, 1], logarithm of the scale in positions per centimetre.
    """

    identity: Tensor
    expression: Tensor
    pose: Tensor


class ResNetReconstructor(nn.Module):
    """Image to identity, expression and pose, trained as by Deng et al. 2019.

    Args:
        identities, expressions: how many coefficients the face model has.
    """

    def __init__(self, identities: int, expressions: int) -> None:
        super().__init__()
        self._split = (identities, expressions, POSE)
        self.network = resnet50(num_classes=sum(self._split))

    @classmethod
    def for_model(cls, model: FaceModel) -> "ResNetReconstructor":
        """One whose coefficients are those of ``model``."""
        return cls(len(model.identity_basis), len(model.expression_basis))

    def forward(self, image: Tensor) -> ReconstructedFace:
        """(B, 3, h, h) in [0, 1] to coefficients."""
        small = F.interpolate(image, size=(IMAGE_SIZE, IMAGE_SIZE), mode="bilinear", align_corners=False)
        identity, expression, pose = self.network(small * 2 - 1).split(self._split, 1)
        return ReconstructedFace(identity, expression, pose)
