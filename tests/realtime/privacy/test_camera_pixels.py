"""No camera pixel reaches an output: with a face, without, while stages crash, at start, stop and switch."""

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.realtime.privacy.scene import (
    BOTH,
    CAMERA_SIZE,
    RATE,
    SIZE,
    KeptOutput,
    Scene,
    camera_picture,
    slate,
)
from tests.realtime.privacy.telltale import GIVEN_AWAY, correlation

from pechead.face.model import FaceModel
from pechead_live.frames import Image
from pechead_live.outputs.null import NullOutput
from pechead_live.outputs.preview import PreviewOutput
from pechead_live.outputs.raw import RawOutput
from pechead_live.outputs.video_file import VideoFileOutput
from pechead_live.pipeline.live import LivePipeline
from pechead_live.pipeline.stages import AvatarStage, KeypointStage

Tamper = Callable[[KeypointStage, AvatarStage], None]


@pytest.fixture
def scene(portrait_photo: NDArray[np.uint8], face_model: FaceModel) -> Scene:
    photo = np.ascontiguousarray(portrait_photo[10 : 10 + SIZE[1], 96 : 96 + SIZE[0]])
    return Scene(photo, face_model)


def most(images: list[Image]) -> float:
    """The clearest trace of the pattern in any of them."""
    different = {image.tobytes(): image for image in images}
    return max(correlation(image) for image in different.values())


def crashing(part: str, method: str) -> Tamper:
    """A stage whose part fails for frames in the middle of the run, for want of memory."""

    def tamper(keypoints: KeypointStage, avatar: AvatarStage) -> None:
        owner: object = keypoints if hasattr(keypoints, part) else avatar
        works = getattr(getattr(owner, part), method)
        calls = 0

        def crash(*arguments: object) -> object:
            nonlocal calls
            calls += 1
            if 4 <= calls <= 12:
                np.empty(2**62, np.uint8)
            return works(*arguments)

        setattr(getattr(owner, part), method, crash)

    return tamper


CRASHES = {
    "keypoints": crashing("_detector", "detect"),
    "tracking": crashing("_tracker", "step"),
    "motion": crashing("_motion", "step"),
    "renderer": crashing("_renderer", "render"),
    "compositor": crashing("_compositor", "compose"),
}


class CrashingOutput(KeptOutput):
    """Fails for a few frames."""

    def send(self, image: Image, at: float) -> None:
        super().send(image, at)
        if 4 <= len(self.images) <= 12:
            raise MemoryError("no room")


def test_the_search_finds_a_camera_picture_however_it_is_leaked(scene: Scene) -> None:
    """The control: what the other tests would see if a picture got through."""
    for sees in "f_":
        picture = camera_picture(scene.photo, sees, number=3)
        corner = scene.photo.copy()
        corner[:96, -128:] = cv2.resize(picture, (128, 96), interpolation=cv2.INTER_AREA)
        leaks = {
            "as it is": picture,
            "stretched": cv2.resize(picture, SIZE),
            "enlarged": cv2.resize(picture, (1280, 720)),
            "mirrored": picture[:, ::-1],
            "cut": picture[30:210, 40:280],
            "square": picture[:, 40:280],
            "BGR": picture[..., ::-1],
            "grey": np.repeat(picture[..., :1], 3, axis=2),
            "dark": picture // 4,
            "in a corner": corner,
        }
        if sees == "_":
            leaks["half faded"] = (cv2.resize(picture, SIZE) // 2 + scene.photo // 2).astype(np.uint8)
        missed = [
            name for name, leak in leaks.items() if correlation(np.ascontiguousarray(leak)) < GIVEN_AWAY
        ]
        assert not missed


def test_the_search_finds_a_single_frame_that_a_stage_lets_through(scene: Scene) -> None:
    """The control for the pipeline: a keypoint stage that hands its picture to the compositor once."""

    def leak(keypoints: KeypointStage, avatar: AvatarStage) -> None:
        seen: list[Image] = []
        search, compose = keypoints._detector.detect, avatar._compositor.compose  # type: ignore[union-attr]
        keypoints._detector.detect = lambda image, at: seen.append(image) or search(image, at)  # type: ignore
        calls = iter(range(10_000))
        avatar._compositor.compose = lambda crop_image: (  # type: ignore[method-assign]
            compose(crop_image) if next(calls) != 4 else np.asarray(cv2.resize(seen[-1], SIZE), np.uint8)
        )

    scene.tamper = leak
    output = KeptOutput()
    scene.run([output])
    assert most(output.images) > GIVEN_AWAY


def test_no_kind_of_output_shows_a_trace_of_the_camera(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Image] = []
    monkeypatch.setattr("pechead_live.outputs.preview.check_display", lambda: None)
    for name in ("namedWindow", "resizeWindow", "destroyWindow"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    monkeypatch.setattr(cv2, "pollKey", lambda: -1)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: 1.0)
    monkeypatch.setattr(cv2, "imshow", lambda _, image: shown.append(image.copy()))
    virtual_camera, raw = KeptOutput(), tmp_path / "frames.rgb"
    file, kept_null = tmp_path / "out.mkv", NullOutput(SIZE, RATE)
    dropped: list[Image] = []
    monkeypatch.setattr(kept_null, "send", lambda image, at: dropped.append(image.copy()))  # noqa: ARG005
    with (
        raw.open("wb") as stream,
        RawOutput(SIZE, RATE, stream.fileno()) as standard_output,
        VideoFileOutput(file, SIZE, RATE, live=True) as recording,
        PreviewOutput(SIZE, RATE) as preview,
    ):
        scene.run([virtual_camera, standard_output, recording, kept_null, preview])
    summary = scene.statistics.summary()
    assert 0 < summary.faceless < summary.searched, "both a face and none were seen"
    with av.open(str(file)) as container:
        recorded = [np.asarray(f.to_ndarray(format="rgb24"), np.uint8) for f in container.decode(video=0)]
    written = list(np.fromfile(raw, np.uint8).reshape(-1, SIZE[1], SIZE[0], 3))
    for images in (virtual_camera.images, written, recorded, dropped, [image[..., ::-1] for image in shown]):
        assert len(images) > 5
        assert most([np.ascontiguousarray(image) for image in images]) < GIVEN_AWAY


@pytest.mark.parametrize("stage", [*CRASHES, "output"])
def test_while_a_stage_crashes_outputs_show_the_photo_or_the_slate_to_the_pixel(
    scene: Scene, stage: str
) -> None:
    """With a renderer that shows the photo unmoved, anything else would be seen at once."""
    scene.renderer = "still"
    scene.tamper = CRASHES.get(stage, scene.tamper)
    output = CrashingOutput() if stage == "output" else KeptOutput()
    scene.run([output])
    calm = (scene.avatar().compositor.compose(scene.photo), slate(SIZE))
    assert len(output.images) > 5
    assert all(any(np.array_equal(image, picture) for picture in calm) for image in output.images)


def test_a_run_that_is_stopped_and_one_that_ends_at_once_show_nothing_of_the_camera(scene: Scene) -> None:
    def stop_soon(number: int, pipeline: LivePipeline, _: AvatarStage) -> None:
        if number == 12:
            pipeline.stop()

    stopped, short = KeptOutput(), KeptOutput()
    scene.during = stop_soon
    scene.run([stopped])
    scene.during, scene.frames, scene.sees = (lambda *_: None), 2, BOTH[:1]
    scene.run([short])
    assert most([*stopped.images, *short.images]) < GIVEN_AWAY


def test_switching_to_another_photo_shows_nothing_of_the_camera(scene: Scene) -> None:
    other = Scene(np.ascontiguousarray(scene.photo[:, ::-1]), scene.model).avatar()
    first = scene.avatar()

    def switch(number: int, _: LivePipeline, stage: AvatarStage) -> None:
        if number % 9 == 8:
            stage.wear(other if number % 2 == 0 else first)

    scene.during, scene.sees = switch, "f__f"
    output = KeptOutput()
    scene.run([output])
    assert most(output.images) < GIVEN_AWAY


def test_the_camera_in_these_tests_is_told_from_the_photo(scene: Scene) -> None:
    assert CAMERA_SIZE != SIZE
    assert correlation(scene.photo) < GIVEN_AWAY
