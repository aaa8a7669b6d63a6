"""Learned landmarks, candidate motions, and the flow to the previous frame."""

import torch
from tests.model.network.conftest import face, motion, picture

from pechead.face.model import FaceModel
from pechead.network.alignment import flow_to_previous
from pechead.network.grids import identity_flow, similarity
from pechead.network.landmark_groups import HeatMaps, face_groups, spread_points
from pechead.network.model import PECHead
from pechead.network.motion_estimator import Candidates, landmark_candidates


def test_a_landmark_candidate_moves_everything_by_that_landmarks_shift() -> None:
    source, driving = torch.rand(1, 3, 2) - 0.5, torch.rand(1, 3, 2) - 0.5
    candidates = landmark_candidates(source, driving, 16, None)
    still = identity_flow(16, source)
    for number in range(3):
        shift = (source - driving)[0, number][None, :, None, None]
        torch.testing.assert_close(candidates.flows[number], still + shift)
    torch.testing.assert_close(candidates.flows[3], still)


def test_a_heads_similarity_moves_candidates_whose_landmarks_agree() -> None:
    driving = torch.rand(1, 20, 2) - 0.5
    head = similarity(driving * 0.8 + 0.1, driving, torch.ones(1, 20))
    learned = torch.rand(1, 3, 2) - 0.5
    candidates = landmark_candidates(learned, learned, 16, head)
    moved = identity_flow(16, driving) * 0.8 + 0.1
    for flow in candidates.flows[:3]:
        torch.testing.assert_close(flow, moved, atol=1e-5, rtol=0)
    place = ((learned - 0.1) / 0.8)[0, 0]
    hottest = candidates.hints[0, 0].clamp(min=0).argmax()
    expected = ((place + 1) * 8).long()
    assert abs(int(hottest % 16) - int(expected[0])) <= 1


def test_learned_landmarks_depend_on_image_and_pose_and_stay_in_the_picture(
    network: PECHead, face_model: FaceModel
) -> None:
    condition = face(face_model)
    torch.manual_seed(1)
    with torch.no_grad():
        found = network.learned_landmarks(picture(), condition.coefficients)
        elsewhere = network.learned_landmarks(picture().flip(3), condition.coefficients)
        turned = network.learned_landmarks(picture(), condition.coefficients + 1)
    assert found.shape == (1, network.config.learned_landmarks, 2)
    assert found.abs().max() <= 1
    assert not torch.allclose(found, elsewhere)
    assert not torch.allclose(found, turned)


def test_estimated_masks_add_up_and_the_flow_is_their_blend(network: PECHead) -> None:
    count = network.config.learned_landmarks
    source, driving = torch.rand(1, count, 2) - 0.5, torch.rand(1, count, 2) - 0.5
    candidates = landmark_candidates(source, driving, 64, None)
    shown = Candidates(candidates.flows, torch.cat([candidates.hints, torch.zeros(1, 5, 64, 64)], 1))
    small = picture()[..., ::4, ::4]
    with torch.no_grad():
        found = network.local_motion(small, shown)
    torch.testing.assert_close(found.masks.sum(1), torch.ones(1, 64, 64))
    blend = sum(found.masks[:, k : k + 1] * flow for k, flow in enumerate(candidates.flows))
    torch.testing.assert_close(found.flow, blend)
    assert found.occlusion.min() >= 0
    assert found.occlusion.max() <= 1


def test_cells_go_back_with_the_landmark_that_their_mask_names() -> None:
    masks = torch.zeros(1, 3, 4, 4)
    masks[:, 0, :, :2] = 1
    masks[:, 2, :, 2:] = 1
    now, before = torch.zeros(1, 2, 2), torch.zeros(1, 2, 2)
    before[0, 0] = torch.tensor([0.25, -0.5])
    still = identity_flow(4, now)
    flow = flow_to_previous(masks, now, before, still)
    torch.testing.assert_close(
        flow[..., :2], still[..., :2] + torch.tensor([0.25, -0.5])[None, :, None, None]
    )
    torch.testing.assert_close(flow[..., 2:], still[..., 2:])


def test_heat_maps_show_the_parts_where_they_are(face_model: FaceModel) -> None:
    groups = face_groups(face_model)
    landmarks = face(face_model).landmarks
    maps = HeatMaps(groups)(landmarks, 64)
    assert maps.shape == (1, len(groups), 64, 64)
    for group, heat in zip(groups, maps[0], strict=True):
        x, y = ((landmarks[0, group.points] + 1) * 32).long().clamp(0, 63).T
        assert heat[y, x].min() > 0.5
        assert heat.mean() < 0.2


def test_upper_and_lower_lip_share_only_the_corners(face_model: FaceModel) -> None:
    groups = face_groups(face_model)
    upper, lower = set(groups[2].points.tolist()), set(groups[3].points.tolist())
    assert len(upper & lower) == 2
    assert upper | lower == set(face_model.contours.inner_lips.tolist())


def test_spread_points_lie_far_apart(face_model: FaceModel) -> None:
    points = spread_points(face_model, 68)
    shape = torch.from_numpy(face_model.mean[points])
    distance = torch.cdist(shape, shape) + 100 * torch.eye(68)
    assert len(set(points.tolist())) == 68
    assert distance.min() > 1.0


def test_the_untrained_lite_network_moves_the_photo_as_geometry_does(
    lite: PECHead, face_model: FaceModel
) -> None:
    source, driving = face(face_model), face(face_model, shift=(0.125, 0.0))
    with torch.no_grad():
        drawing = lite(picture(), motion(source, driving))
    moved = picture()[..., 16:240, 16:-32]
    assert (drawing.warped[..., 16:240, 32:-16] - moved).abs().mean() < 0.02
