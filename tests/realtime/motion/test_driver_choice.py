"""Who drives when several faces are seen, on a clock that the tests move."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pechead.face.model import FaceModel
from pechead.landmarker.detector import FaceDetector, Keypoints
from pechead_live.clock import MonotonicClock
from pechead_live.frames import CameraFrame
from pechead_live.motion.driver import DriverTracker
from pechead_live.motion.driver_choice import ChoiceSettings, DriverChoice, choose_driver
from pechead_live.pipeline.stages import KeypointStage
from pechead_live.pipeline.statistics import Statistics

FRAME = 1 / 30
SETTINGS = ChoiceSettings(larger=1.3, patience=1.0, absence=0.5)


def face(x: float, width: float) -> Keypoints:
    """At a place of a 640x480 picture."""
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[:, 0] = np.linspace(x - width / 2, x + width / 2, 478)
    landmarks[:, 1] = np.linspace(240 - width * 0.6, 240 + width * 0.6, 478)
    return Keypoints(landmarks, np.zeros(52, np.float32), (640, 480))


class Room:
    """People in front of the camera, and who drives."""

    def __init__(self) -> None:
        self.now = 0.0
        self.choice: DriverChoice | None = None

    def watch(self, seconds: float, *people: tuple[float, float]) -> list[int | None]:
        """Where the driver is in each frame, for people at places with widths."""
        seen: list[int | None] = []
        for _ in range(round(seconds / FRAME)):
            self.now += FRAME
            faces: Sequence[Keypoints] = sorted(
                (face(*person) for person in people), key=lambda face: -face.face_width
            )
            driver, self.choice = choose_driver(self.choice, faces, self.now, SETTINGS)
            seen.append(None if driver is None else round(float(driver.landmarks[:, 0].mean())))
        return seen


@pytest.fixture
def room() -> Room:
    return Room()


def test_nobody_drives_an_empty_room(room: Room) -> None:
    assert set(room.watch(1, *())) == {None}


def test_the_largest_drives_first(room: Room) -> None:
    assert set(room.watch(1, (100, 80), (400, 120))) == {400}


def test_a_larger_face_takes_over_only_when_it_stays(room: Room) -> None:
    room.watch(1, (100, 100))
    assert set(room.watch(0.9, (100, 100), (400, 150))) == {100}
    room.watch(0.5, (100, 100))
    assert set(room.watch(0.9, (100, 100), (400, 150))) == {100}
    assert room.watch(0.3, (100, 100), (400, 150))[-1] == 400
    assert set(room.watch(2, (100, 100), (400, 150))) == {400}


def test_faces_of_about_one_size_never_take_turns(room: Room) -> None:
    room.watch(1, (100, 100))
    for wider in (100, 120, 95, 125, 110):
        assert set(room.watch(1, (100, 100), (400, wider))) == {100}


def test_a_driver_who_is_hidden_for_a_moment_keeps_the_avatar(room: Room) -> None:
    room.watch(1, (100, 100), (400, 90))
    assert set(room.watch(0.4, (400, 90))) == {None}
    assert set(room.watch(1, (110, 100), (400, 90))) == {110}


def test_a_driver_who_leaves_hands_the_avatar_over(room: Room) -> None:
    room.watch(1, (100, 100), (400, 90))
    assert room.watch(0.6, (400, 90))[-1] == 400


def test_somebody_who_moves_quickly_remains_the_driver(room: Room) -> None:
    room.watch(1, (100, 100), (500, 95))
    for x in range(100, 500, 25):
        assert room.watch(FRAME, (x, 100), (500, 95)) == [x]


def test_two_real_faces_are_told_apart(face_model: FaceModel, portrait_photo: NDArray[np.uint8]) -> None:
    """The larger one drives, and the avatar rests, then is handed over, when it goes."""
    head = portrait_photo[0:240, 110:350]
    picture = np.full((480, 640, 3), 128, np.uint8)
    picture[20:260, 20:260] = head
    both = picture.copy()
    both[230:430, 400:600] = cv2.resize(head, (200, 200))
    other = both.copy()
    other[20:260, 20:260] = 128
    with FaceDetector("video", max_faces=2) as detector:
        statistics = Statistics(MonotonicClock())
        stage = KeypointStage(detector, DriverTracker(face_model), statistics, choice=SETTINGS)
        pictures = [both] * 6 + [other] * 9
        motions = [stage.step(CameraFrame(i, i / 10, shown)).motion for i, shown in enumerate(pictures)]
    places = [None if motion is None else float(motion.translation[0]) for motion in motions]
    assert all(place is not None and place < 0 for place in places[1:6])
    assert places[6] is None
    assert places[-1] is not None
    assert places[-1] > 0
