"""The whole command: shards that are whole, whatever happens on the way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pechead.data.cli import main
from pechead.data.reading import read_clips, shards_at
from pechead.data.report import Rejection, add_rejection, read_rejections

COMMAND = [sys.executable, "-m", "pechead.data"]

LIMITED = """
import resource
import sys

from pechead.data.cli import main

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
    sys.exit(main(sys.argv[1:]))
"""


def arguments(folder: Path, output: Path) -> list[str]:
    return ["prepare", str(folder), "--output", str(output), "--size", "128", "--processes", "1"]


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.glob("shard-*")}


@pytest.fixture(scope="module")
def prepared(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("prepared") / "shards"
    assert main(arguments(data_folder, output)) == 0
    return output


def test_every_usable_file_is_in_the_shards_once(prepared: Path) -> None:
    clips = list(read_clips(shards_at(prepared)))
    found = sorted((clip.info.file, clip.info.person, clip.info.tier, len(clip)) for clip in clips)
    assert found == [
        ("cleo.png", "cleo", "A", 1),
        ("clips/anna_1.mp4", "anna", "A", 16),
        ("clips/anna_2.mp4", "anna", "A", 12),
        ("clips/bea.mp4", "bea", "B", 16),
    ]


def test_rejected_files_are_reported_with_the_reason(prepared: Path) -> None:
    (rejection,) = read_rejections(prepared)
    assert rejection.file == "clips/noise.mp4"
    assert rejection.reason == "not a video"
    assert "10,240 bytes" in rejection.details


def test_summary_counts_clips_and_reasons(
    prepared: Path, data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(data_folder, prepared)) == 0
    said = capsys.readouterr().err
    assert "4 of 5 files in 1 shards" in said
    assert "0 of them new" in said
    assert "rejected 1: 1 not a video" in said


def test_finished_work_is_not_done_again(prepared: Path, data_folder: Path, tmp_path: Path) -> None:
    # Without the videos nothing could be done again.
    shutil.copy(data_folder / "manifest.csv", tmp_path)
    before, rejections = contents(prepared), read_rejections(prepared)
    assert main(arguments(tmp_path, prepared)) == 0
    assert contents(prepared) == before
    assert read_rejections(prepared) == rejections


def test_new_files_go_into_a_new_shard(prepared: Path, data_folder: Path, tmp_path: Path) -> None:
    folder, output = tmp_path / "data", tmp_path / "shards"
    shutil.copytree(data_folder, folder)
    shutil.copytree(prepared, output)
    shutil.copy(folder / "clips/bea.mp4", folder / "clips/dora.mp4")
    with (folder / "manifest.csv").open("a") as manifest:
        manifest.write("clip,clips/dora.mp4,dora,B\n")
    old = (output / "shard-000000.tar").read_bytes()
    assert main(arguments(folder, output)) == 0
    assert (output / "shard-000000.tar").read_bytes() == old
    (clip,) = read_clips([str(output / "shard-000001.tar")])
    assert clip.info.person == "dora"


def test_killed_in_the_middle_nothing_is_broken_and_the_rest_follows(
    data_folder: Path, tmp_path: Path
) -> None:
    process = subprocess.Popen([*COMMAND, *arguments(data_folder, tmp_path)], start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("parts/*.tar")):
        assert process.poll() is None, "it ended before a clip was finished"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (tmp_path / "parts/broken.tar.unfinished99").write_bytes(b"half a clip")
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("parts/*.tar")}
    assert kept
    assert main(arguments(data_folder, tmp_path)) == 0
    clips = list(read_clips(shards_at(tmp_path)))
    assert sorted(clip.info.person for clip in clips) == ["anna", "anna", "bea", "cleo"]
    assert list(tmp_path.rglob("*unfinished*")) == []


def test_killed_between_shard_and_clean_up_no_clip_is_doubled(
    prepared: Path, data_folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "shards"
    shutil.copytree(prepared, output)
    (output / "shard-000000.keys").unlink()
    keys = [clip.info.key for clip in read_clips(shards_at(output))]
    (output / "parts" / f"{keys[0]}.tar").write_bytes((output / "shard-000000.tar").read_bytes())
    assert main(arguments(data_folder, output)) == 0
    assert [clip.info.key for clip in read_clips(shards_at(output))] == keys


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit on Windows")
def test_full_disk_is_one_clear_line_and_leaves_whole_files_only(data_folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "shards"
    script = tmp_path / "limited.py"
    script.write_text(LIMITED)
    result = subprocess.run(
        [sys.executable, script, *arguments(data_folder, output)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 7, result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("pechead-data:")]
    assert "can't be written (File too large)" in line
    assert "make room" in line
    assert "Traceback" not in result.stderr
    assert list(output.rglob("*unfinished*")) == []
    for tar in output.rglob("*.tar"):
        assert len(list(read_clips([str(tar)]))) == 1
    assert main(arguments(data_folder, output)) == 0
    assert len(list(read_clips(shards_at(output)))) == 4


def test_other_size_needs_another_folder(
    prepared: Path, data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare", str(data_folder), "--output", str(prepared), "--size", "256"]) == 7
    assert "holds shards of 128 pixels, not 256" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["prepare", "nowhere", "--output", "x"], 7, "there is no folder nowhere"),
        (["prepare", "nowhere"], 2, "output"),
        (["prepare", ".", "--output", "x", "--size", "7"], 7, "size is 7"),
    ],
)
def test_wrong_use_is_one_line(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == code
    assert said in capsys.readouterr().err


def test_a_line_cut_off_in_the_report_is_left_out(tmp_path: Path) -> None:
    one = Rejection("a-1", "a, b.mp4", "no face", '12 frames, "all" dark')
    add_rejection(tmp_path, one)
    with (tmp_path / "rejected.csv").open("a") as file:
        file.write("b-2,b.mp4,no fa")
    assert read_rejections(tmp_path) == [one]
    two = Rejection("b-2", "b.mp4", "no face", "3 frames")
    add_rejection(tmp_path, two)
    assert read_rejections(tmp_path) == [one, two]
