"""The command as users meet it: what it writes, what it says, and its exit codes."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pictures

from pechead_live.cli import main
from pechead_live.motion.recording import load_recording

FRAMES = 9


def frames_of(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "pechead_live", *words]


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory, portrait_photo: NDArray[np.uint8]) -> Path:
    path = tmp_path_factory.mktemp("photo") / "me.png"
    Pictures.fromarray(portrait_photo).save(path)
    return path


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of a moving face: the demo portrait, animated by the command itself."""
    path = tmp_path_factory.mktemp("talk") / "talk.mkv"
    seconds = (FRAMES - 0.5) / 30
    words = ["--demo", "--offline", "--crop", "whole", "--duration", f"{seconds}", "--output", str(path)]
    assert main(words) == 0
    return path


def test_the_comparison_line_writes_every_frame_losslessly_at_the_photos_size(
    talk: Path, tmp_path: Path, portrait_photo: NDArray[np.uint8]
) -> None:
    """Published comparisons call exactly this: it has to work for good."""
    odd = tmp_path / "odd.png"
    Pictures.fromarray(portrait_photo[:401, 50:401]).save(odd)
    out = tmp_path / "out.mkv"
    words = [
        "--source",
        str(odd),
        "--camera",
        str(talk),
        "--offline",
        "--motion",
        "absolute",
        "--crop",
        "whole",
    ]
    words += ["--no-badge", "--yes", "--renderer", "geometric", "--output", str(out)]
    assert main(words) == 0
    frames = frames_of(out)
    assert [frame.shape for frame in frames] == [(401, 351, 3)] * FRAMES
    with av.open(str(out)) as container:
        assert container.streams.video[0].codec_context.name == "ffv1"

    again = tmp_path / "again.mkv"
    assert main([*words[:-1], str(again)]) == 0
    assert all((a == b).all() for a, b in zip(frames, frames_of(again), strict=True))


def test_the_demo_writes_a_clip_and_says_where_and_how_fast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--demo", "--duration", "0.5"]) == 0
    clip = tmp_path / "pechead-demo.mp4"
    assert frames_of(clip)[0].shape == (720, 1280, 3)
    told = capsys.readouterr()
    assert told.out == "", "standard output is kept for frames"
    assert f"wrote {clip}" in told.err
    assert "frame age at pechead-demo.mp4" in told.err
    assert re.search(r"pechead-demo.mp4: [\d.]+ fps", told.err)


def test_recorded_motion_drives_like_the_video_that_it_was_recorded_from(
    photo: Path, talk: Path, tmp_path: Path
) -> None:
    motion, from_video, from_motion = tmp_path / "me.npz", tmp_path / "video.mkv", tmp_path / "motion.mkv"
    common = ["--source", str(photo), "--yes", "--offline", "--motion", "absolute", "--crop", "whole"]
    recording = [*common, "--camera", str(talk), "--record-motion", str(motion), "--output", str(from_video)]
    assert main(recording) == 0
    assert len(load_recording(motion).times) == FRAMES
    assert main([*common, "--camera", str(motion), "--output", str(from_motion)]) == 0
    for seen, replayed in zip(frames_of(from_video), frames_of(from_motion), strict=True):
        assert np.abs(seen.astype(int) - replayed).mean() < 1.0


def test_raw_frames_and_nothing_else_come_out_of_standard_output(photo: Path, talk: Path) -> None:
    words = command(
        "--yes",
        "--source",
        str(photo),
        "--camera",
        str(talk),
        "--offline",
        "--size",
        "64x48",
        "--output",
        "-",
    )
    result = subprocess.run(words, capture_output=True, check=True)
    assert len(result.stdout) == FRAMES * 64 * 48 * 3
    assert b"fps" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't send a request to terminate")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_request_to_terminate_end_a_live_run_with_whole_files(
    tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "out.mkv"
    process = subprocess.Popen(
        command("--demo", "--size", "64x48", "--output", "-", "--output", str(out)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert len(process.stdout.read(10 * 64 * 48 * 3)) == 10 * 64 * 48 * 3
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"frame age" in told
    assert len(frames_of(out)) >= 10
    with av.open(str(out)) as container:
        live_codec = "h264"
        assert container.streams.video[0].codec_context.name == live_codec, "FFV1 takes a core for itself"
    assert os.listdir(tmp_path) == ["out.mkv"]


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    told = capsys.readouterr().out
    for option in ("--source", "--camera", "--output", "--offline", "--demo", "--no-badge"):
        assert option in told


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nonsense"], "--nonsense"),
        (["me.png"], "no option takes 'me.png' (a photo is named with --source PHOTO)"),
        (["--source"], "--source"),
        (["--source", "me.png", "--size", "1280"], "such as 1280x720"),
        (["--source", "me.png", "--fit", "stretch"], "fill"),
        (["--source", "me.png", "--renderer", "magic"], "geometric"),
        (["--source", "me.png", "--fps", "fast"], "fast"),
        (["--source", "me.png", "--smooth", "2"], "from 0 to 1"),
        (["--camera", "0"], "--source"),
        (["--source", "me.png", "--offline", "--camera", "talk.mp4"], "virtual camera"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_exit_code_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.startswith("pechead-live: ")
    assert told.err.count("\n") == 1
    assert told.out == ""


@pytest.fixture
def bad_files(tmp_path: Path) -> Path:
    """Files that can't be used, by name, in a folder of their own."""
    folder = tmp_path / "bad"
    folder.mkdir()
    Pictures.new("RGB", (300, 300), "grey").save(folder / "no-face.png")
    (folder / "text.png").write_text("not a picture")
    (folder / "text.mp4").write_text("not a video")
    return folder


@pytest.mark.parametrize(
    ("source", "camera", "output", "exit_code", "message"),
    [
        ("missing.png", "talk", "out.mkv", 3, "missing.png"),
        ("text.png", "talk", "out.mkv", 3, "text.png"),
        ("no-face.png", "talk", "out.mkv", 3, "no face found in no-face.png"),
        ("photo", "missing.mp4", "out.mkv", 4, "missing.mp4"),
        ("photo", "text.mp4", "out.mkv", 4, "text.mp4"),
        ("photo", "talk", "missing/out.mkv", 5, "no folder"),
        ("photo", "talk", "out.docx", 5, "docx"),
    ],
)
@pytest.mark.parametrize("offline", [["--offline"], []])
def test_what_cant_be_used_is_one_clear_line_its_exit_code_and_no_file(
    source: str,
    camera: str,
    output: str,
    exit_code: int,
    message: str,
    offline: list[str],
    photo: Path,
    talk: Path,
    bad_files: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = {"photo": photo, "talk": talk}
    words = ["--yes", "--source", str(good.get(source, bad_files / source))]
    words += ["--camera", str(good.get(camera, bad_files / camera)), "--output", str(tmp_path / output)]
    capsys.readouterr()
    assert main([*words, *offline]) == exit_code
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.count("\n") == 1, told.err
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]


def test_an_error_of_our_own_is_one_line_and_verbose_shows_where_it_came_from(
    photo: Path,
    talk: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("pechead_live.renderers.still.StillRenderer.render", fail)
    words = ["--source", str(photo), "--yes", "--camera", str(talk), "--offline", "--renderer", "still"]
    words += ["--output", str(tmp_path / "out.mkv")]
    assert main(words) == 1
    told = capsys.readouterr().err
    assert told == "pechead-live: internal error (ZeroDivisionError: a bug): run again with --verbose\n"
    assert main([*words, "--verbose"]) == 1
    assert "Traceback" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
