"""D: two spectral-normalised patch discriminators for two scales."""

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from pechead.network.config import NetworkConfig

SCALES = 2
LAYERS = 4


class PatchDiscriminator(nn.Sequential):
    """Judges overlapping patches: convolutions with spectral norm, then one number a patch."""

    def __init__(self, base: int) -> None:
        layers: list[nn.Module] = []
        inputs = 3
        for number in range(LAYERS):
            outputs = min(base * 2**number, 8 * base)
            stride = 2 if number < LAYERS - 1 else 1
            layers += [
                spectral_norm(nn.Conv2d(inputs, outputs, 4, stride, 1)),
                nn.LeakyReLU(0.2, inplace=True),
            ]
            inputs = outputs
        super().__init__(*layers, spectral_norm(nn.Conv2d(inputs, 1, 4, 1, 1)))


class PatchDiscriminators(nn.Module):
    """One for the image and one for the image at half its size."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(config.discriminator) for _ in range(SCALES))

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 3, H, W) in [0, 1] to one (B, 1, h, w) of logits a scale."""
        logits = []
        x = image * 2 - 1
        for discriminator in self.scales:
            logits.append(discriminator(x))
            x = F.avg_pool2d(x, 2)
        return logits
