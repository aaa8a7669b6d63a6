"""What passes between the stages of the network: of the photo, how it moves, what is drawn."""

from dataclasses import dataclass

from torch import Tensor

from pechead.network.alignment import Context
from pechead.network.grids import stretched, warp
from pechead.network.motion_estimator import EstimatedMotion
from pechead.network.person import Background


@dataclass(frozen=True)
class SourceFeatures:
    """What depends on the photo alone.

    Attributes:
        image: (B, 3, image_size, image_size) in [0, 1].
        small: (B, 3, motion_size, motion_size) the same, small.
        keypoints: (B, C, motion_size, motion_size) of E.
        landmarks: (B, K, 2) learned landmarks of the source.
        pyramid: one (B, C, n, n) a level, from fine to coarse.
        person: (B, 1, 128, 128) in [0, 1], 1 on the person; None if the network draws one layer.
        background: behind the person; None likewise, and without the pyramid.
    """

    image: Tensor
    small: Tensor
    keypoints: Tensor
    landmarks: Tensor
    pyramid: tuple[Tensor, ...]
    person: Tensor | None
    background: Background | None


@dataclass(frozen=True)
class Movement:
    """How the photo moves; all that is known before anything is painted.

    Attributes:
        local, overall: of the local and of the global motion estimator.
        global_flow: (B, 2, m, m) the global flow as finely as it is known.
        flow: (B, 2, m, m) both flows blended by the finest level's attention; it moves the photo.
        attention: one (B, 1, n, n) a level, the local flow's share.
        occlusion: (B, 1, n, n), 1 = the warped source shows what belongs here.
        landmarks: (B, K, 2) learned landmarks of the driving frame.
    """

    local: EstimatedMotion
    overall: EstimatedMotion
    global_flow: Tensor
    flow: Tensor
    attention: tuple[Tensor, ...]
    occlusion: Tensor
    landmarks: Tensor

    def warped(self, photo: Tensor) -> Tensor:
        """(B, 3, H, H): the photo, moved."""
        return warp(photo, stretched(self.flow, photo))


@dataclass(frozen=True)
class Drawing:
    """A frame and how it came about.

    Attributes:
        image: (B, 3, H, H) in [0, 1], the frame.
        warped: (B, 3, H, H) the photo moved by the blended flow.
        painted: (B, 3, image_size, image_size) in [0, 1].
        alpha: (B, 1, image_size, image_size), 1 = the warped photo.
        person: (B, 1, image_size, image_size), 1 = the person, 0 = the background; None: one layer.
        flow, local_flow, global_flow: (B, n, n, 2) positions in the source; the first moves the photo.
        occlusion: (B, 1, motion_size, motion_size), 1 = the warped source shows what belongs here.
        source_landmarks, driving_landmarks: (B, K, 2) learned landmarks.
        context: for the next frame.
    """

    image: Tensor
    warped: Tensor
    painted: Tensor
    alpha: Tensor
    person: Tensor | None
    flow: Tensor
    local_flow: Tensor
    global_flow: Tensor
    occlusion: Tensor
    source_landmarks: Tensor
    driving_landmarks: Tensor
    context: Context
