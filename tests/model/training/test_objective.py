"""What the generator is trained for."""

from dataclasses import replace

import pytest
import torch

from pechead.data.batch import TrainingBatch
from pechead.face.model import FaceModel
from pechead.losses.landmarks import SeenInBoth, flow_landmark_loss
from pechead.losses.paper import discriminator_loss
from pechead.network.config import NetworkConfig
from pechead.network.discriminator import PatchDiscriminators
from pechead.network.model import PECHead
from pechead.network.motion_input import FaceCondition, FaceMotion
from pechead.perceptual import LiteFeatures, PerceptualLoss
from pechead.training.config import LossWeights
from pechead.training.face_regions import FaceRegions
from pechead.training.objective import GeneratorObjective, judge
from pechead.training.task import Task, Window

ALL = LossWeights(blended_warp=1.0, warped_perceptual=1.0, paint=1.0, paint_perceptual=1.0, blend=1.0)


@pytest.fixture(scope="module")
def perceptual() -> PerceptualLoss:
    return PerceptualLoss(LiteFeatures(), (2,))


@pytest.fixture
def network(small: NetworkConfig, face_model: FaceModel) -> PECHead:
    torch.manual_seed(0)
    return PECHead(small, face_model)


def test_the_total_is_the_weighted_sum_of_all_losses(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch, small: NetworkConfig
) -> None:
    outcome = GeneratorObjective(network, perceptual, ALL)(Task(batch, PatchDiscriminators(small), 0.25))
    assert set(outcome.names) == {
        "pixel",
        "perceptual",
        "spread",
        "equivariance",
        "warping",
        "adversarial",
        "blended_warp",
        "warped_perceptual",
        "paint",
        "paint_perceptual",
        "blend",
    }
    factors = [getattr(ALL, name) * (0.25 if name == "adversarial" else 1) for name in outcome.names]
    by_hand = sum(factor * term for factor, term in zip(factors, outcome.terms.tolist(), strict=True))
    assert outcome.total.item() == pytest.approx(by_hand, rel=1e-5)
    assert outcome.images.shape == (2, 3, 256, 256)


def test_losses_without_weight_are_left_out(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch
) -> None:
    nothing = LossWeights(perceptual=0, spread=0, equivariance=0, warping=0, adversarial=0)
    outcome = GeneratorObjective(network, perceptual, nothing)(Task(batch))
    assert outcome.names == ("pixel",)
    drawing = network(batch.source, batch.motions[0])
    assert outcome.terms.item() == pytest.approx((drawing.image - batch.driving[:, 0]).abs().mean().item())


def test_motion_alone_is_trained_as_when_all_is_drawn_and_nothing_is_painted(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch
) -> None:
    motion = LossWeights(pixel=0, perceptual=0, adversarial=0, blended_warp=1.0, warped_perceptual=1.0)
    assert motion.motion_alone
    outcomes = []
    for weights in (motion, replace(motion, pixel=1.0)):
        torch.manual_seed(1)
        outcomes.append(GeneratorObjective(network, perceptual, weights)(Task(batch)))
    moved, drawn = (dict(zip(o.names, o.terms.tolist(), strict=True)) for o in outcomes)
    assert set(moved) == {"spread", "equivariance", "warping", "blended_warp", "warped_perceptual"}
    for name, loss in moved.items():
        assert loss == pytest.approx(drawn[name], rel=0.02), name
    outcomes[0].total.backward()
    touched = {name.partition(".")[0] for name, w in network.named_parameters() if w.grad is not None}
    assert touched == {"keypoints", "local_motion", "global_motion"}


def test_every_trained_part_gets_a_gradient(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch
) -> None:
    GeneratorObjective(network, perceptual, ALL)(Task(batch)).total.backward()
    for name in ("keypoints", "local_motion", "global_motion", "encoder", "decoder"):
        part = network.get_submodule(name)
        assert any(weight.grad is not None and weight.grad.any() for weight in part.parameters()), name


def test_the_matte_is_learned_from_mattes_alone(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch
) -> None:
    """Whatever the drawn frame is compared with, the matte of the photo stays what it is."""
    assert network.person is not None
    batch = replace(batch, matted=torch.ones_like(batch.matted))
    gradients = []
    for weights in (ALL, replace(ALL, person=1.0)):
        network.zero_grad()
        GeneratorObjective(network, perceptual, weights)(Task(batch)).total.backward()
        gradients.append([weight.grad for weight in network.person.parameters()])
    assert all(gradient is None for gradient in gradients[0])
    assert any(gradient is not None and gradient.any() for gradient in gradients[1])


def test_how_what_is_behind_the_person_moves_does_not_count(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch
) -> None:
    """Losses of the moved photo are the same whatever stands beside the person in the driving frame."""
    moved = LossWeights(
        pixel=0,
        perceptual=0,
        adversarial=0,
        equivariance=0,
        blended_warp=1.0,
        warped_perceptual=1.0,
        person=1.0,
    )
    mattes = torch.zeros_like(batch.mattes)
    mattes[..., 40:90] = 1.0
    changed = batch.driving.clone()
    changed[..., :60] = 1 - changed[..., :60]
    network.eval()
    outcomes = [
        GeneratorObjective(network, perceptual, weights)(Task(replace(batch, mattes=mattes, driving=driving)))
        for weights in (moved, replace(moved, person=0.0))
        for driving in (batch.driving, changed)
    ]
    network.train()
    losses = [dict(zip(outcome.names, outcome.terms.tolist(), strict=True)) for outcome in outcomes]
    for name in ("warping", "blended_warp"):
        assert losses[0][name] == pytest.approx(losses[1][name], rel=1e-3), name
        assert losses[2][name] != pytest.approx(losses[3][name], rel=1e-2), name


def test_the_flow_that_moves_the_photo_is_compared_at_the_landmarks_found_in_the_driving_frame(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch, face_model: FaceModel
) -> None:
    seen = SeenInBoth(face_model)
    motion, found = batch.motions[0], batch.landmarks[:, 0]
    network.eval()
    flow = network(batch.source, motion).flow.permute(0, 3, 1, 2)
    expected = flow_landmark_loss(flow, motion.source.landmarks, found, seen(motion, found)).item()
    nothing = LossWeights(
        pixel=0, perceptual=0, spread=0, equivariance=0, warping=0, adversarial=0, landmarks=1
    )
    for weights in (nothing, replace(nothing, pixel=1.0)):
        outcome = GeneratorObjective(network, perceptual, weights, seen)(Task(batch))
        losses = dict(zip(outcome.names, outcome.terms.tolist(), strict=True))
        assert losses["landmarks"] == pytest.approx(expected, rel=1e-4)


def test_several_frames_are_drawn_with_context_and_averaged(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch
) -> None:
    twice = TrainingBatch(
        batch.source,
        torch.cat([batch.driving] * 2, 1),
        batch.motions * 2,
        torch.cat([batch.landmarks] * 2, 1),
        torch.cat([batch.emphasis] * 2, 1),
        torch.cat([batch.mattes, batch.mattes[:, 1:]], 1),
        torch.cat([batch.matted, batch.matted[:, 1:]], 1),
    )
    weights = LossWeights(perceptual=0, spread=0, equivariance=0, warping=0, adversarial=0)
    outcome = GeneratorObjective(network, perceptual, weights)(Task(twice))
    source = network.encode_source(batch.source, batch.motions[0].source)
    first = network.drive(source, batch.motions[0])
    second = network.drive(source, batch.motions[0], first.context)
    target = batch.driving[:, 0]
    losses = [(drawing.image - target).abs().mean().item() for drawing in (first, second)]
    assert outcome.terms.item() == pytest.approx(sum(losses) / 2, rel=1e-4)
    assert torch.allclose(outcome.images, torch.cat([first.image, second.image]), atol=1e-4)


def test_equivariance_is_counted_once_however_many_frames(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch
) -> None:
    weights = LossWeights(perceptual=0, spread=0, warping=0, adversarial=0)
    objective = GeneratorObjective(network, perceptual, weights)
    twice = replace(
        batch,
        driving=torch.cat([batch.driving] * 2, 1),
        motions=batch.motions * 2,
        emphasis=torch.cat([batch.emphasis] * 2, 1),
    )
    found = []
    for each in (batch, twice):
        torch.manual_seed(1)
        outcome = objective(Task(each))
        found.append(outcome.terms[outcome.names.index("equivariance")].item())
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_equivariance_can_be_taken_of_a_share_of_the_batch(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch
) -> None:
    half = LossWeights(perceptual=0, spread=0, warping=0, adversarial=0, equivariance_share=0.5)
    one = replace(batch, source=batch.source[:1], driving=batch.driving[:1], emphasis=batch.emphasis[:1])
    one = replace(one, motions=tuple(first_of(motion) for motion in batch.motions))
    # In training a batch norm would tell the pictures of a batch from each other.
    network.eval()
    found = []
    for each, weights in ((batch, half), (one, replace(half, equivariance_share=1.0))):
        torch.manual_seed(1)
        outcome = GeneratorObjective(network, perceptual, weights)(Task(each))
        found.append(outcome.terms[outcome.names.index("equivariance")].item())
    network.train()
    assert found[0] == pytest.approx(found[1], rel=1e-4)


def first_of(motion: FaceMotion) -> FaceMotion:
    def of(face: FaceCondition) -> FaceCondition:
        return FaceCondition(face.coefficients[:1], face.landmarks[:1], face.facing[:1])

    return FaceMotion(of(motion.source), of(motion.driving), motion.flow[:1], motion.support[:1])


def test_emphasis_makes_mouth_and_eyes_count_more(
    network: PECHead, perceptual: PerceptualLoss, batch: TrainingBatch
) -> None:
    weights = LossWeights(perceptual=0, spread=0, equivariance=0, warping=0, adversarial=0, emphasised=True)
    outcome = GeneratorObjective(network, perceptual, weights)(Task(batch))
    difference = (
        (network(batch.source, batch.motions[0]).image - batch.driving[:, 0]).abs().mean(1, keepdim=True)
    )
    emphasis = batch.emphasis[:, 0]
    by_hand = (difference * emphasis).sum() / emphasis.sum()
    assert outcome.terms.item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_regions_hold_mouth_and_eyes(face_model: FaceModel, batch: TrainingBatch) -> None:
    landmarks = batch.motions[0].driving.landmarks
    boxes = FaceRegions(face_model)(landmarks)
    contours = face_model.contours
    for number, ring in enumerate((contours.outer_lips, contours.left_eye, contours.right_eye)):
        points = landmarks[:, ring]
        low, high = boxes[:, number, None].chunk(2, 2)
        assert ((points > low) & (points < high)).all()
        sides = (high - low).flatten(1)
        assert torch.allclose(sides[:, 0], sides[:, 1])
        assert (sides < 1).all()


def test_the_judges_see_the_same_window_of_both(small: NetworkConfig, batch: TrainingBatch) -> None:
    torch.manual_seed(0)
    discriminators = PatchDiscriminators(small).eval()
    images = torch.rand(2, 3, 256, 256)
    window = Window(slice(100, 164), slice(30, 94))
    real = discriminators(batch.driving[:, 0, :, 100:164, 30:94])
    invented = discriminators(images[:, :, 100:164, 30:94])
    expected = discriminator_loss(real, invented).item()
    assert judge(discriminators, batch, images, window).item() == pytest.approx(expected, rel=1e-4)


def test_windows_lie_inside_and_move() -> None:
    torch.manual_seed(0)
    windows = [Window.random(32, 8) for _ in range(50)]
    assert {window.rows.stop - window.rows.start for window in windows} == {8}
    assert min(window.rows.start for window in windows) >= 0
    assert max(window.columns.stop for window in windows) <= 32
    assert len({(window.rows.start, window.columns.start) for window in windows}) > 10
    picture = torch.rand(1, 3, 32, 32)
    assert torch.equal(Window.random(32, 0)(picture), picture)
    assert torch.equal(Window.random(32, 40)(picture), picture)
