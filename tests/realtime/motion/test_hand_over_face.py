"""A hand before the driver's face: what is seen of it counts, and nothing jumps."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.model import FaceModel
from pechead.face.pose import angles
from pechead.landmarker.detector import FaceDetector, Keypoints
from pechead_live.motion.driver import DriverTracker

FRAMES = 12
SKIN = (205, 150, 125)
LARGEST_TURN = 12.0
"""Degrees that the head may seem to turn while part of it is covered."""

Picture = NDArray[np.uint8]


def covered(picture: Picture, face: Keypoints, across: float, down: float, size: float) -> Picture:
    """The picture with a palm before the face; place and size in the face's widths and heights."""
    x, y = face.landmarks[:, :2].mean(axis=0)
    centre = (round(x + across * face.face_width), round(y + down * face.face_height))
    axes = (round(size * face.face_width), round(1.3 * size * face.face_width))
    hidden = picture.copy()
    cv2.ellipse(hidden, centre, axes, 0, 0, 360, SKIN, -1)
    return hidden


@pytest.mark.parametrize(
    ("across", "down", "size"),
    [(0, 0.35, 0.25), (-0.3, 0, 0.3), (0, -0.2, 0.35), (0, 0, 0.7)],
    ids=["mouth", "one side", "eyes", "all of it"],
)
def test_the_head_keeps_its_pose_or_counts_as_lost(
    face_model: FaceModel, portrait_photo: Picture, across: float, down: float, size: float
) -> None:
    tracker = DriverTracker(face_model)
    with FaceDetector("video") as detector:
        open_faces = [detector.detect(portrait_photo, number / 30) for number in range(FRAMES)]
        before = angles([tracker.step(face) for (face,) in open_faces][-1].rotation)
        hidden = covered(portrait_photo, open_faces[-1][0], across, down, size)
        meanwhile = [detector.detect(hidden, (FRAMES + number) / 30) for number in range(FRAMES)]
        turned = [angles(tracker.step(faces[0]).rotation) for faces in meanwhile if faces]
        (face,) = [detector.detect(portrait_photo, (2 * FRAMES + number) / 30) for number in range(FRAMES)][
            -1
        ]
        after = angles(tracker.step(face).rotation)
    for pose in turned:
        assert abs(pose.yaw - before.yaw) < LARGEST_TURN
        assert abs(pose.pitch - before.pitch) < LARGEST_TURN
        assert abs(pose.roll - before.roll) < LARGEST_TURN
    assert abs(after.yaw - before.yaw) < 2
    assert abs(after.pitch - before.pitch) < 2
