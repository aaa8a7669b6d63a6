"""Eyes in two layers: lids that slide over an eyeball.

Interpolated between lids that nearly meet, a flow squeezes the open eye into the slit between them, and an
iris between lids that stay drags them along. So inside the driving lids the flow fetches the eyeball, which
moves as its iris does, and never the lids; around them it fetches skin, and never the eyeball.

Places in an eye's frame are (u, v): u from 0 to 1 from corner to corner, v upward, in widths of the eye.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pechead.face.flow import Array, Grid, smoothstep
from pechead.face.model import SURFACE_POINTS, FaceModel

IRIS_POINTS = 5

MARGIN = 0.06
"""Widths of the eye by which skin keeps away from the photo's lids as the eye shuts: landmarks miss them."""

LEAST_SHOWN = 0.02
"""Widths of the eye: an iris behind the photo's lid counts as shown this far."""

LASHES = 0.25
"""Of the photo's opening, above and below, that isn't taken for the eyeball where it has to be stretched."""

LASH_LINE = 0.05
"""Widths of the eye: the line of lashes that is left of an eye that is shut."""

NEARLY_SHUT = 0.25, 0.33
"""Of the photo's opening: up to where only lashes are seen between the lids, and from where on none."""

MOST_KEPT = 0.8
"""Of what the photo shows beside the iris's centre: at least the rest can be stretched."""

REACH = 0.75
"""Widths of the eye around its middle that are looked at, up and down; a little more sideways."""

SLIDE = 0.5
"""Widths of the eye around the lids over which skin stops sliding with them."""

NARROWEST = 3.0
"""Pixels from corner to corner; an eye seen more from the side is left to the flow."""


@dataclass(frozen=True)
class EyeContours:
    """Which landmarks are an eye's.

    Attributes:
        upper, lower: (N,) of the lids, corners included, in the order of x in a frontal face.
        iris: (5,) its centre, then its rim.
    """

    upper: NDArray[np.int64]
    lower: NDArray[np.int64]
    iris: NDArray[np.int64]

    @property
    def ring(self) -> NDArray[np.int64]:
        """Both lids, around the eye, each corner once."""
        return np.concatenate([self.upper, self.lower[-2:0:-1]])


def eye_contours(model: FaceModel) -> tuple[EyeContours, ...]:
    """Both eyes of a face model."""
    irises = np.arange(SURFACE_POINTS, len(model.mean), IRIS_POINTS)
    eyes = []
    for ring in (model.contours.left_eye, model.contours.right_eye):
        place = model.mean[ring]
        start = int(place[:, 0].argmin())
        ring = np.roll(ring, -start).astype(np.int64)
        end = int(model.mean[ring, 0].argmax())
        halves = ring[: end + 1], np.append(ring[end:], ring[0])[::-1]
        lower, upper = sorted(halves, key=lambda half: float(model.mean[half, 1].mean()))
        nearest = np.linalg.norm(model.mean[irises] - place.mean(0), axis=1).argmin()
        eyes.append(EyeContours(upper, lower, irises[nearest] + np.arange(IRIS_POINTS)))
    return tuple(eyes)


@dataclass(frozen=True)
class EyePatch:
    """What a flow becomes where an eye is to be: ``(1 - weight) flow + weighted``.

    Attributes:
        weighted: (rows, columns, 2) float32, pixels of the photo, times the weight: so patches may be
            interpolated.
        weight: (rows, columns) float32 in [0, 1].
    """

    weighted: Array
    weight: Array


def put_eyes(flow: Array, grid: Grid, eyes: Sequence["EyeMotion"]) -> None:
    """Change a flow where the eyes are to be; the finer its grid, the more exactly lids meet.

    Args:
        flow: (rows, columns, 2) float32, pixels of the photo; changed in place.
        grid: of the flow.
        eyes: how each eye moves.
    """
    for eye in eyes:
        if eye.is_shown:
            left, top, right, bottom = eye.box
            columns = slice(*np.searchsorted(grid.x, (left, right)).tolist())
            rows = slice(*np.searchsorted(grid.y, (top, bottom)).tolist())
            patch = eye.patch(grid.x[columns], grid.y[rows], grid.size[0] / grid.cells[0])
            flow[rows, columns] += patch.weighted - patch.weight[..., None] * flow[rows, columns]


class EyeMotion:
    """An eye in the photo and as it is to be.

    Args:
        contours: of the eye.
        source, driving: (478, 3) pixels of the photo and of the new picture.
        seen: how much of the eye the new picture shows, [0, 1].
        mirror: (478,) the opposite landmarks, if the eye is to be taken from the other side of the photo.
    """

    def __init__(
        self,
        contours: EyeContours,
        source: Array,
        driving: Array,
        seen: float = 1.0,
        mirror: NDArray[np.int64] | None = None,
    ) -> None:
        there = contours
        if mirror is not None:
            there = EyeContours(mirror[contours.upper], mirror[contours.lower], mirror[contours.iris])
        self._source = _Eye.of(there, source, mirrored=mirror is not None)
        self._driving = _Eye.of(contours, driving, mirrored=False)
        self.seen = np.float32(seen)

    @property
    def is_shown(self) -> bool:
        """Whether both views show the eye well enough to tell lids and eyeball apart."""
        return bool(self.seen > 0) and min(self._source.width, self._driving.width) >= NARROWEST

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what is changed around the driving eye, in pixels."""
        eye = self._driving
        middle = eye.to_picture(np.array([0.5, 0.0], np.float32))
        half = eye.width * ((0.5 + REACH / 2) * np.abs(eye.along) + REACH * np.abs(eye.upward))
        left, top, right, bottom = np.concatenate([middle - half, middle + half]).tolist()
        return left, top, right, bottom

    def patch(self, x: Array, y: Array, cell: float) -> EyePatch:
        """The eye on a grid.

        Args:
            x: (columns,) pixels of the new picture.
            y: (rows,) likewise.
            cell: pixels from one to the next.
        """
        u, v = self._driving.cells(x, y)
        lids = self._driving.lids(u)
        over, under = lids
        size = np.float32(cell / self._driving.width)
        # The line of lashes fades out over a tenth of the eye before its corners.
        line = self._shut * np.clip(10 * np.minimum(u, 1 - u), 0, 1) * np.float32(LASH_LINE)
        middle, half = (over + under) / 2, np.maximum(over - under, line) / 2
        over, under = middle + half, middle - half
        inside = np.clip(np.minimum(over - v, v - under) / size, 0, 1)
        share = inside * np.clip((over - under) / size - np.float32(0.5), 0, 1)
        skin, with_lid = self._skin(u, v, lids)
        with_lid = with_lid * (1 - share)
        weight = self.seen * (share + with_lid)
        weighted = with_lid[..., None] * skin + share[..., None] * self._eyeball(u, v, lids)
        source = self._source
        return EyePatch(
            source.to_picture(self.seen * weighted) + (weight - 1)[..., None] * source.corner, weight
        )

    def _eyeball(self, u: Array, v: Array, lids: tuple[Array, Array]) -> Array:
        """Where in the photo's eye the eyeball comes from: always between its lids.

        On each side of the iris's centre it is stretched as far as the photo shows too little of it: sideways
        only the white, upright the iris as well, which lids cover in part.
        """
        there, here = self._source.iris, self._driving.iris
        over, under = lids
        radius = self._source.iris_radius
        sideways = _stretch(u - here[0], (here[0], 1 - here[0]), (there[0], 1 - there[0]), radius)
        u = np.clip(there[0] + sideways, *self._source.ends)
        upper, lower = self._source.lids(u)
        # Lashes, which landmarks take for the eye's edge, would be stretched to bands.
        shown = np.maximum(upper - lower, LEAST_SHOWN)
        lashes = LASHES * shown * np.clip((over - under) / shown - 1, 0, 1)
        upper, lower = upper - lashes, lower + lashes
        upright = _stretch(
            v - here[1], (here[1] - under, over - here[1]), (there[1] - lower, upper - there[1])
        )
        ball = np.clip(there[1] + upright, lower, upper)
        return np.stack([u, ball + self._shut * (upper - ball)], -1)

    @cached_property
    def _shut(self) -> np.float32:
        """How much lashes are all that is seen between the lids, [0, 1]."""
        opening = self._driving.opening / self._source.opening
        return np.float32(1 - smoothstep(np.asarray(opening, np.float32), *NEARLY_SHUT))

    def _skin(self, u: Array, v: Array, lids: tuple[Array, Array]) -> tuple[Array, Array]:
        """Where in the photo's eye skin comes from that slides with the lids, and how much it does."""
        over, under = lids
        upper, lower = self._source.lids(u)
        above = v >= (over + under) / 2
        shut = np.clip((upper - lower - over + under) / self._source.opening, 0, 1)
        slid = v + np.where(above, upper - over + MARGIN * shut, lower - under - MARGIN * shut)
        away = np.maximum(np.maximum(v - over, under - v), np.maximum(-u, u - 1))
        return np.stack([u, slid], -1), 1 - smoothstep(away, 0, SLIDE)


Extent = tuple[Array | float, Array | float]


def _stretch(away: Array, needed: Extent, shown: Extent, kept: float = 0.0) -> Array:
    """How far from the iris of the photo something comes that is ``away`` from the one to be drawn.

    Args:
        away: signed distance.
        needed: how far the new picture shows the eyeball, on the negative and on the positive side.
        shown: how far the photo does.
        kept: up to which distance nothing is stretched, as long as the photo shows more.
    """
    negative = away < 0
    there = np.maximum(np.where(negative, *shown), LEAST_SHOWN).astype(np.float32)
    here = np.maximum(np.where(negative, *needed), there)
    if not kept:
        return np.asarray(away * there / here, np.float32)
    distance, still = np.abs(away), np.minimum(kept, MOST_KEPT * there)
    beyond = np.maximum(distance - still, 0) * (there - still) / (here - still)
    return np.asarray(np.sign(away) * (np.minimum(distance, still) + beyond), np.float32)


@dataclass(frozen=True)
class _Eye:
    """The frame of an eye in a picture; lids and iris in that frame.

    Attributes:
        corner: (2,) pixels, where u is 0.
        along, upward: (2,) unit vectors of pixels.
        width: pixels.
        upper, lower: (N, 2) (u, v), u rising.
        iris: (2,) (u, v) of its centre.
        iris_radius: its greatest, in the unit of u and v.
    """

    corner: Array
    along: Array
    upward: Array
    width: float
    upper: Array
    lower: Array
    iris: Array
    iris_radius: float

    @classmethod
    def of(cls, contours: EyeContours, landmarks: Array, mirrored: bool) -> "_Eye":
        start, end = landmarks[contours.upper[[0, -1]], :2]
        width = float(np.linalg.norm(end - start))
        along = (end - start) / np.float32(max(width, 1e-6))
        upward = np.array([along[1], -along[0]], np.float32) * np.float32(-1 if mirrored else 1)
        axes = np.stack([along, upward], 1) / np.float32(max(width, 1e-6))
        upper, lower, iris = (
            (landmarks[points, :2] - start) @ axes
            for points in (contours.upper, contours.lower, contours.iris)
        )
        radius = float(np.linalg.norm(iris[1:] - iris[0], axis=1).max())
        for lid in (upper, lower):
            lid[:, 0] = np.maximum.accumulate(lid[:, 0])
        return cls(start, along, upward, width, upper, lower, iris[0], radius)

    def cells(self, x: Array, y: Array) -> tuple[Array, Array]:
        """u and v, (rows, columns) each, of the cells at x (columns,) and y (rows,) pixels."""
        x, y = (x - self.corner[0]) / np.float32(self.width), (y - self.corner[1]) / np.float32(self.width)
        along, upward = self.along, self.upward
        return (
            x * along[0] + (y * along[1])[:, None],
            x * upward[0] + (y * upward[1])[:, None],
        )

    def to_picture(self, places: Array) -> Array:
        """(..., 2) of (u, v) to pixels."""
        axes = np.stack([self.along, self.upward]) * np.float32(self.width)
        return np.asarray(places @ axes + self.corner, np.float32)

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest u of the lids; of a turned eye they bulge beyond its corner."""
        return float(self.upper[0, 0]), float(self.upper[-1, 0])

    @property
    def opening(self) -> np.float32:
        """The greatest distance between the lids, in the unit of u and v."""
        upper, lower = self.lids(self.upper[:, 0])
        return np.float32(max(float((upper - lower).max()), LEAST_SHOWN))

    def lids(self, u: Array) -> tuple[Array, Array]:
        """Upper and lower lid above u; where they cross, both in the middle."""
        upper = np.interp(u, self.upper[:, 0], self.upper[:, 1]).astype(np.float32)
        lower = np.interp(u, self.lower[:, 0], self.lower[:, 1]).astype(np.float32)
        middle = (upper + lower) / 2
        return np.maximum(upper, middle), np.minimum(lower, middle)
