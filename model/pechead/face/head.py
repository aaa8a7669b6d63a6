"""The head around the face: from two views of a face to anchors that carry hair, ears, neck and body."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pechead.face.eyes import EyeContours, EyeMotion, eye_contours
from pechead.face.flow import AnchorGroup, Array, fit_linear, fit_similarity, pass_through, smoothstep
from pechead.face.model import SURFACE_POINTS, FaceModel
from pechead.face.pose import Pose
from pechead.face.symmetry import mirror_indices

SKULL_CENTRE = np.array([0.0, 3.0, -4.5], np.float32)
SKULL_RADII = np.array([8.3, 11.5, 9.5], np.float32)
BODY = np.array(
    [
        *[(0, 17), (-5, 17), (5, 17), (0, 24), (-8, 21), (8, 21), (-15, 24), (15, 24)],
        *[(-21, 29), (21, 29), (0, 32), (-10, 32), (10, 32)],
    ],
    np.float32,
)
"""Neck, shoulders and chest of a seated adult: centimetres right of and below the middle of the head."""


EYES_FACE = np.array([(0.4, 0.0, 0.92), (-0.4, 0.0, 0.92)], np.float32)
"""Where the left and the right eye's surroundings face, in head space."""

NECK = np.array(
    [[(x, y, z) for x in (-4.5, 0, 4.5)] for y, z in ((-12, -1.5), (-14.5, -2.5), (-17, -3))], np.float32
)
"""(3, 3, 3) the front of the neck from under the jaw down, a row each, centimetres of head space."""

EVERY = 6
"""The face's far reach is smooth: every so manieth surface point carries it."""


@dataclass(frozen=True)
class FaceView:
    """A face in a picture.

    Attributes:
        landmarks: (478, 3) float32, pixels, x right, y down, z away from the camera.
        pose: of head space, in the same pixels.
    """

    landmarks: Array
    pose: Pose


@dataclass(frozen=True)
class Reach:
    """How far and how strongly each part pulls on the picture around it.

    Attributes:
        face: reach of a surface point as a share of the distance to its neighbours in the mesh.
        around_face, skull, neck, body: reach in centimetres of head space.
        weight_around_face, weight_skull, weight_neck, weight_body: against a visible surface point's 1; each
            is so small that it matters only where the stronger ones have faded out.
        stay: weight of no motion at all.
        body_follows: share of the head's shift and growth that the body takes part in.
    """

    face: float = 0.38
    around_face: float = 2.2
    skull: float = 1.6
    neck: float = 1.8
    body: float = 5.0
    weight_around_face: float = 5e-4
    weight_skull: float = 1e-2
    weight_neck: float = 2e-3
    weight_body: float = 1e-3
    stay: float = 2e-5
    body_follows: float = 0.5


@dataclass(frozen=True)
class HeadGeometry:
    """What the anchors need to know of heads in general.

    Attributes:
        triangles: (898, 3) of the 468 surface points.
        spacing: (468,) mean distance to the neighbours in the mesh, centimetres.
        mirror: (478,) index of the point on the other side of the face.
        eyes: which landmarks are lids and irises.
        skin: (468,) 1 on the face's skin, 0 along its outline, lids and the inner edge of the lips.
        skull: (N, 3) points of the hair-covered part of an adult head and of the sides of jaw and cheeks,
            which the face mesh leaves out, centimetres of head space.
        skull_normal: (N, 3) unit vectors outward.
    """

    triangles: NDArray[np.int32]
    spacing: Array
    mirror: NDArray[np.int64]
    eyes: tuple[EyeContours, ...]
    skin: Array
    skull: Array
    skull_normal: Array

    @classmethod
    def from_model(cls, model: FaceModel) -> "HeadGeometry":
        hair, sides = _skull_points(), _side_points(model)
        hair_normal = (hair - SKULL_CENTRE) / SKULL_RADII**2
        skull = np.concatenate([hair, sides])
        normal = np.concatenate([hair_normal, sides * np.array([1, 0.5, 0], np.float32)])
        return cls(
            triangles=model.triangles,
            spacing=_spacing(model),
            mirror=mirror_indices(model),
            eyes=eye_contours(model),
            skin=_skin(model),
            skull=skull,
            skull_normal=normal / np.linalg.norm(normal, axis=1, keepdims=True),
        )

    def facing(self, landmarks: Array) -> Array:
        """How much each surface point faces the camera: (468,) float32, its normal's z, [-1, 1]."""
        corner = landmarks[self.triangles]
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        summed = np.stack(
            [
                np.bincount(self.triangles.ravel(), np.repeat(normal[:, k], 3), SURFACE_POINTS)
                for k in range(3)
            ],
            1,
        )
        return np.asarray(-summed[:, 2] / (np.linalg.norm(summed, axis=1) + 1e-9), np.float32)


class HeadMotion:
    """From the head in the photo to the head in a new picture: the anchors of the flow.

    What depends on the photo alone is computed once, here.
    """

    def __init__(self, geometry: HeadGeometry, source: FaceView, reach: Reach) -> None:
        self._geometry = geometry
        self._source = source
        self._reach = reach
        self._seen = seen(geometry.facing(source.landmarks))
        self._skull_seen = seen((geometry.skull_normal @ source.pose.rotation.T)[:, 2])
        other_side = geometry.skull_normal * np.array([-1, 1, 1], np.float32) @ source.pose.rotation.T
        shown = shown_well(geometry.facing(source.landmarks))
        self._shown = shown
        self._skull_shown = shown_well((geometry.skull_normal @ source.pose.rotation.T)[:, 2])
        self._hidden = np.clip(shown[geometry.mirror[:SURFACE_POINTS]] - shown, 0, 1)
        self._skull_seen_mirrored = seen(other_side[:, 2])

    @property
    def hidden_share(self) -> float:
        """How much of the face the photo hides but shows mirrored: 0 frontal, about 0.4 in profile."""
        return float(self._hidden.mean())

    def hidden_sides(self) -> tuple[Array, Array, Array]:
        """1 for each of ``mirrored_anchors`` that the photo hides but whose mirror image it shows, else 0.

        Only the face itself is symmetric enough: a mirrored ear shows where hair should be, and a mirrored
        collar next to the real one.
        """
        around_face = np.zeros(len(self._hidden[::EVERY]), np.float32)
        return self._hidden, around_face, np.zeros_like(self._skull_seen)

    def shown(self) -> tuple[Array, Array, Array]:
        """How well, [0, 1], the photo shows each of the first three groups of ``anchors``."""
        return self._shown, self._shown[::EVERY], self._skull_shown

    def kept(self) -> tuple[Array, Array, Array]:
        """How far, [0, 1], each of the first three groups of ``anchors`` is skin that the photo shows."""
        skin = self._shown * self._geometry.skin
        return skin, np.zeros_like(skin[::EVERY]), np.zeros_like(self._skull_shown)

    def anchors(self, driving: FaceView) -> list[AnchorGroup]:
        """Face, the face's surroundings, skull and body, in this order."""
        landmarks = self._source.landmarks[:, :2]
        skull = self._source.pose.project(self._geometry.skull)[:, :2]
        head = self._head(driving, landmarks, skull, self._seen, self._skull_seen)
        return [*head, self._neck(driving), self._body(driving)]

    def mirrored_anchors(self, driving: FaceView) -> list[AnchorGroup]:
        """Face, its surroundings and skull, each point taken from its mirror image in the photo."""
        mirror = self._geometry.mirror
        skull = self._source.pose.project(self._geometry.skull * np.array([-1, 1, 1], np.float32))[:, :2]
        seen_there = self._seen[mirror[:SURFACE_POINTS]]
        return self._head(
            driving, self._source.landmarks[mirror, :2], skull, seen_there, self._skull_seen_mirrored
        )

    def eyes(self, driving: FaceView, mirrored: bool = False) -> list[EyeMotion]:
        """Both eyes, taken from the other side of the photo if ``mirrored``."""
        mirror = self._geometry.mirror if mirrored else None
        visible = shown_well((EYES_FACE @ driving.pose.rotation.T)[:, 2])
        return [
            EyeMotion(contours, self._source.landmarks, driving.landmarks, seen, mirror)
            for contours, seen in zip(self._geometry.eyes, visible.tolist(), strict=True)
        ]

    def _head(
        self,
        driving: FaceView,
        source: Array,
        source_skull: Array,
        source_seen: Array,
        source_skull_seen: Array,
    ) -> list[AnchorGroup]:
        reach, scale = self._reach, driving.pose.scale
        surface, source_surface = driving.landmarks[:SURFACE_POINTS, :2], source[:SURFACE_POINTS]
        visible = seen(self._geometry.facing(driving.landmarks)) * (0.1 + 0.9 * source_seen)
        visible = np.asarray(visible + 1e-4, np.float32)
        linear = fit_linear(surface, source_surface, visible * (source_seen + 0.05))
        similarity = fit_similarity(surface, source_surface, visible)
        sigma = np.maximum(reach.face * self._geometry.spacing, 0.12) * scale
        normal = (self._geometry.skull_normal @ driving.pose.rotation.T)[:, 2]
        skull = driving.pose.project(self._geometry.skull)[:, :2]
        return [
            pass_through(AnchorGroup(surface, source_surface, sigma, visible, linear)),
            AnchorGroup(
                surface[::EVERY],
                source_surface[::EVERY],
                np.full(len(surface[::EVERY]), reach.around_face * scale, np.float32),
                visible[::EVERY] * np.float32(EVERY * reach.weight_around_face),
                similarity,
            ),
            AnchorGroup(
                skull,
                source_skull,
                np.full(len(skull), reach.skull * scale, np.float32),
                seen(normal) * (0.1 + 0.9 * source_skull_seen) * np.float32(reach.weight_skull),
                similarity,
            ),
        ]

    def _neck(self, driving: FaceView) -> AnchorGroup:
        """From the jaw, where it moves with the head, down to the shoulders, where it moves with the body."""
        reach, source = self._reach, self._source.pose
        share = np.linspace(0, 1, len(NECK), dtype=np.float32).repeat(NECK.shape[1])[:, None]
        points = NECK.reshape(-1, 3)
        start = source.project(points)[:, :2]
        with_body, growth = self._moved_by_body(start, driving)
        target = driving.pose.project(points)[:, :2] * (1 - share) + with_body * share
        return AnchorGroup(
            driving=target,
            source=start,
            sigma=np.full(len(points), reach.neck * driving.pose.scale, np.float32),
            weight=np.full(len(points), reach.weight_neck, np.float32),
            linear=np.eye(2, dtype=np.float32) / np.float32(growth),
        )

    def _moved_by_body(self, places: Array, driving: FaceView) -> tuple[Array, float]:
        """Where the body takes places of the photo, and how much it grows."""
        follows, source = self._reach.body_follows, self._source.pose
        growth = 1 + follows * (driving.pose.scale / source.scale - 1)
        middle = source.translation[:2]
        shift = follows * (driving.pose.translation[:2] - middle)
        return np.asarray((places - middle) * growth + middle + shift, np.float32), growth

    def _body(self, driving: FaceView) -> AnchorGroup:
        reach, source = self._reach, self._source.pose
        start = np.asarray(source.translation[:2] + BODY * source.scale, np.float32)
        target, growth = self._moved_by_body(start, driving)
        return AnchorGroup(
            driving=target,
            source=start,
            sigma=np.full(len(BODY), reach.body * driving.pose.scale, np.float32),
            weight=np.full(len(BODY), reach.weight_body, np.float32),
            linear=np.eye(2, dtype=np.float32) / np.float32(growth),
        )


def shown_well(facing: Array) -> Array:
    """From how much a point of the photo faces the camera, [-1, 1], to how good its pixels are, [0, 1]."""
    return smoothstep(facing, -0.1, 0.35)


def seen(facing: Array) -> Array:
    """From how much a point faces the camera, [-1, 1], to how much it counts in the picture, [0, 1].

    Points that are just turned away still count: they draw the outline.
    """
    return smoothstep(facing, -0.45, 0.2)


def _skin(model: FaceModel) -> Array:
    contours = model.contours
    skin = np.ones(SURFACE_POINTS, np.float32)
    for ring in (contours.face_oval, contours.inner_lips, contours.left_eye, contours.right_eye):
        skin[ring] = 0
    return skin


def _spacing(model: FaceModel) -> Array:
    start, end = model.triangles.ravel(), np.roll(model.triangles, -1, axis=1).ravel()
    length = np.linalg.norm(model.mean[start] - model.mean[end], axis=1)
    ends = np.concatenate([start, end])
    mean = np.bincount(ends, np.tile(length, 2), SURFACE_POINTS) / np.bincount(ends, minlength=SURFACE_POINTS)
    return np.asarray(mean, np.float32)


def _side_points(model: FaceModel) -> Array:
    """The face's outline below the eyes, carried backward: what shows when the head turns."""
    outline = model.mean[model.contours.face_oval]
    outline = outline[outline[:, 1] < 2]
    return np.concatenate([outline + np.array([0, 0, -depth], np.float32) for depth in (2, 4)])


def _skull_points(rings: int = 7, spokes: int = 14) -> Array:
    """An ellipsoid's points above the ears and behind the face."""
    polar, azimuth = np.meshgrid(
        np.linspace(0.05, 0.7, rings) * np.pi, np.arange(spokes) * (2 * np.pi / spokes), indexing="ij"
    )
    unit = np.stack([np.sin(polar) * np.cos(azimuth), np.cos(polar), np.sin(polar) * np.sin(azimuth)], -1)
    points = SKULL_CENTRE + unit.reshape(-1, 3) * SKULL_RADII
    under_the_face = (points[:, 2] > 1.0) & (points[:, 1] < 8.0)
    return points[~under_the_face].astype(np.float32)
