"""The whole network: its split, its outputs, its size."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from tests.model.network.conftest import face, motion, picture

from pechead.face.model import FaceModel
from pechead.network.config import NetworkConfig
from pechead.network.count import module_sizes, still_motion
from pechead.network.discriminator import PatchDiscriminators
from pechead.network.model import KEPT, PECHead
from pechead.network.motion_input import motion_to_device
from pechead.network.reconstructor import ResNetReconstructor


def test_the_split_draws_what_the_whole_draws(network: PECHead, face_model: FaceModel) -> None:
    source = face(face_model)
    move = motion(source, face(face_model, shift=(0.1, -0.05)))
    with torch.no_grad():
        features = network.encode_source(picture(), source)
        first = network.drive(features, move)
        again = network.drive(features, move)
        whole = network(picture(), move)
    for drawing in (first, again):
        assert torch.equal(drawing.image, whole.image)
        assert torch.equal(drawing.alpha, whole.alpha)


def test_what_is_computed_once_a_photo_does_not_know_the_driver(
    network: PECHead, face_model: FaceModel
) -> None:
    source = face(face_model)
    near, far = (motion(source, face(face_model, shift=shift)) for shift in ((0.0, 0.0), (0.3, 0.2)))
    with torch.no_grad():
        features = [network.encode_source(picture(), move.source) for move in (near, far)]
    for left, right in zip(features[0].pyramid, features[1].pyramid, strict=True):
        assert torch.equal(left, right)


def test_pictures_are_pictures(network: PECHead, face_model: FaceModel) -> None:
    with torch.no_grad():
        drawing = network(picture(), motion(face(face_model), face(face_model, shift=(0.2, 0.0))))
    for image in (drawing.image, drawing.warped, drawing.painted, drawing.alpha, drawing.occlusion):
        assert image.min() >= 0
        assert image.max() <= 1
    assert drawing.image.shape == (1, 3, 256, 256)


def test_the_lite_output_is_photo_and_paint_before_the_photos_background(
    lite: PECHead, face_model: FaceModel
) -> None:
    move = motion(face(face_model), face(face_model, shift=(0.2, 0.0)))
    with torch.no_grad():
        drawing = lite(picture(), move)
        background = lite.encode_source(picture(), move.source).background
    assert background is not None
    assert drawing.person is not None
    blend = drawing.alpha * drawing.warped + (1 - drawing.alpha) * drawing.painted
    layered = drawing.person * blend + (1 - drawing.person) * background.plate(picture())
    torch.testing.assert_close(drawing.image, layered, atol=1e-5, rtol=0)
    assert 0.1 < drawing.person.mean() < 0.99


def test_what_is_no_person_is_the_photos_background_however_the_head_moves(
    lite: PECHead, face_model: FaceModel
) -> None:
    """With the decoder's last layer saying that nothing is the person's, all frames are the same."""
    nobody = deepcopy(lite)
    weight, bias = nobody.decoder.last.weight, nobody.decoder.last.bias
    assert bias is not None
    with torch.no_grad():
        weight[-4:], bias[-4:] = 0, -60
        frames = [
            nobody(picture(), motion(face(face_model), face(face_model, shift=shift))).image
            for shift in ((0.0, 0.0), (0.3, 0.1))
        ]
    assert torch.equal(frames[0], frames[1])


def test_skin_that_the_photo_shows_stays_the_photos(lite: PECHead, face_model: FaceModel) -> None:
    """However much the decoder would rather paint."""
    painter = deepcopy(lite)
    weight, bias = painter.decoder.last.weight, painter.decoder.last.bias
    assert bias is not None
    alpha = slice(3 * len(bias) // 5, 4 * len(bias) // 5)
    move = motion(face(face_model), face(face_model, shift=(0.1, 0.0)))
    support = torch.zeros(1, 4, 64, 64)
    support[:, 3, :, :32] = 1
    with torch.no_grad():
        weight[alpha], bias[alpha] = 0, -60
        drawn = painter(picture(), replace(move, support=support)).alpha[0, 0]
    assert drawn[:, :120].min() == pytest.approx(KEPT)
    assert drawn[:, 136:].max() < 1e-6


def test_what_the_photo_hides_is_painted(lite: PECHead, face_model: FaceModel) -> None:
    """Where the head is to show a side that the photo doesn't, nothing of the moved photo is shown."""
    move = motion(face(face_model), face(face_model, shift=(0.1, 0.0)))
    support = torch.zeros(1, 4, 64, 64)
    support[:, 0, :, :32] = 1
    support[:, 2, :32, :32] = 1
    with torch.no_grad():
        drawing = lite(picture(), replace(move, support=support))
    hidden, seen, background = (
        drawing.alpha[0, 0, rows, columns]
        for rows, columns in (
            (slice(136, 256), slice(0, 120)),
            (slice(0, 120), slice(0, 120)),
            (slice(0, 256), slice(136, 256)),
        )
    )
    assert hidden.max() == 0
    assert seen.min() > 0.2
    assert background.min() > 0.2


def test_a_larger_photo_is_drawn_at_its_own_size(lite: PECHead, face_model: FaceModel) -> None:
    photo = torch.nn.functional.interpolate(picture(), size=(512, 512), mode="bilinear", align_corners=False)
    move = motion(face(face_model), face(face_model, shift=(0.05, 0.0)))
    with torch.no_grad():
        features = lite.encode_source(picture(), move.source)
        large, small = lite.drive(features, move, photo=photo), lite.drive(features, move)
    assert large.image.shape == (1, 3, 512, 512)
    shrunk = torch.nn.functional.avg_pool2d(large.image, 2)
    assert (shrunk - small.image).abs().mean() < 0.01


def test_context_changes_the_next_frame_and_is_optional(network: PECHead, face_model: FaceModel) -> None:
    move = motion(face(face_model), face(face_model, shift=(0.05, 0.0)))
    with torch.no_grad():
        features = network.encode_source(picture(), move.source)
        first = network.drive(features, move)
        second = network.drive(features, move, first.context)
    assert len(first.context.features) == len(network.context)
    assert not torch.equal(first.image, second.image)


def test_every_weight_of_the_lite_network_learns(face_model: FaceModel) -> None:
    network = PECHead(NetworkConfig.preset("lite"), face_model)
    move = motion(face(face_model), face(face_model, shift=(0.1, 0.05)))
    features = network.encode_source(picture(), move.source)
    first = network.drive(features, move)
    second = network.drive(features, move, first.context)
    assert features.person is not None
    losses = second.image.square().mean() + second.warped.square().mean() + features.person.mean()
    torch.autograd.backward(losses)
    stuck = [name for name, weight in network.named_parameters() if weight.grad is None]
    assert stuck == []


def test_full_has_the_papers_size_and_lite_stays_within_its_budget() -> None:
    full = module_sizes(NetworkConfig.preset("full"))
    assert sum(size.parameters for size in full) == pytest.approx(161.09e6, rel=0.01)
    assert sum(size.operations for size in full) == pytest.approx(357.10e9, rel=0.01)
    lite = module_sizes(NetworkConfig.preset("lite"))
    assert sum(size.parameters for size in lite) <= 8e6
    assert sum(size.operations_per_frame for size in lite) <= 3e9


def test_a_training_step_of_full_runs(face_model: FaceModel) -> None:
    network = PECHead(NetworkConfig.preset("full"), face_model)
    drawing = network(picture(), still_motion())
    torch.autograd.backward(drawing.image.mean() + drawing.local_flow.mean() + drawing.global_flow.mean())
    gradients = [weight.grad for weight in network.decoder.parameters()]
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients)


def test_discriminators_judge_two_scales_and_are_bounded() -> None:
    discriminators = PatchDiscriminators(NetworkConfig.preset("lite"))
    fine, coarse = discriminators(picture())
    assert fine.shape[-1] > coarse.shape[-1] > 8
    for _ in range(30):
        discriminators(picture())
    for layer in discriminators.modules():
        if isinstance(layer, torch.nn.Conv2d):
            largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
            assert float(largest) == pytest.approx(1.0, abs=0.1)


def test_the_reconstructor_reads_as_many_coefficients_as_the_face_model_has(face_model: FaceModel) -> None:
    reconstructor = ResNetReconstructor.for_model(face_model).eval()
    with torch.no_grad():
        found = reconstructor(picture())
    assert found.identity.shape == (1, len(face_model.identity_basis))
    assert found.expression.shape == (1, 52)
    assert found.pose.shape == (1, 9)


def test_a_motion_travels_to_a_device_whole() -> None:
    moved = motion_to_device(still_motion(), torch.device("meta"))
    assert moved.flow.device.type == moved.source.landmarks.device.type == "meta"


def test_widths_are_part_of_the_config() -> None:
    wider = replace(NetworkConfig.preset("lite"), levels=(32, 64, 160))
    lite = sum(size.parameters for size in module_sizes(NetworkConfig.preset("lite")))
    assert sum(size.parameters for size in module_sizes(wider)) > lite
