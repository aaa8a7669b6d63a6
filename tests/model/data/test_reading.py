"""Reading shards, whole and damaged."""

import io
import json
import logging
import shutil
import tarfile
from pathlib import Path

import pytest

from pechead.data.clip import Clip
from pechead.data.dataset import FaceData
from pechead.data.errors import DataError
from pechead.data.reading import read_clips, shards_at
from pechead.face.model import FaceModel


def keys(shards: list[str]) -> list[str]:
    return [clip.info.key for clip in read_clips(shards)]


def rewrite(shard: Path, change: dict[str, bytes]) -> None:
    """Replace members of a shard whose names end as given."""
    with tarfile.open(shard) as tar:
        members = {m.name: file.read() for m in tar.getmembers() if (file := tar.extractfile(m))}
    with tarfile.open(shard, "w") as tar:
        for name, data in members.items():
            new = next((value for end, value in change.items() if name.endswith(end)), data)
            header = tarfile.TarInfo(name)
            header.size = len(new)
            tar.addfile(header, io.BytesIO(new))


def test_clips_come_back_as_they_were(shards: Path, clips: dict[str, Clip]) -> None:
    read = {clip.info.key: clip for clip in read_clips(shards_at(shards))}
    assert {clip.info.key for clip in clips.values()} == set(read)
    for clip in clips.values():
        assert read[clip.info.key].pictures == clip.pictures


def test_shards_are_found_in_a_folder_as_a_file_and_as_an_address(shards: Path) -> None:
    both = shards_at(shards)
    assert [Path(shard).name for shard in both] == ["shard-000000.tar", "shard-000001.tar"]
    assert keys(shards_at(both[1])) == keys(both[1:])
    assert keys(shards_at(f"file:{shards}/shard-{{000000..000001}}.tar")) == keys(both)
    assert shards_at("https://store/s-{00..11}.tar")[11] == "https://store/s-11.tar"


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.99])
def test_shard_cut_short_costs_its_last_clips_only(
    part: float, shards: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole, cut = keys(shards_at(shards)), tmp_path / "shards"
    shutil.copytree(shards, cut)
    first = cut / "shard-000000.tar"
    first.write_bytes(first.read_bytes()[: int(first.stat().st_size * part)])
    with caplog.at_level(logging.WARNING):
        found = keys(shards_at(cut))
    lost = [key for key in whole if key not in found]
    assert found == [key for key in whole if key in found]
    assert set(whole[2:]) <= set(found)
    assert lost == whole[2 - len(lost) : 2]
    assert lost or part == 0.99
    shard_lines = [message for message in caplog.messages if message.startswith("shard ")]
    clip_lines = [message for message in caplog.messages if message.startswith("left out clip ")]
    assert len(shard_lines) == (1 if lost else 0)
    assert len(clip_lines) == (1 if lost else 0)
    assert all("cut short" in message and "\n" not in message for message in caplog.messages)


def test_missing_shard_is_named_and_the_others_are_read(
    shards: Path, caplog: pytest.LogCaptureFixture
) -> None:
    there = shards_at(shards)
    assert keys([there[0], str(shards / "gone.tar"), there[1]]) == keys(there)
    (message,) = caplog.messages
    assert "gone.tar" in message


@pytest.mark.parametrize("member", ["npz", "json", "002.jpg"])
def test_damaged_clip_is_left_out_by_name(
    member: str, shards: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shard = tmp_path / "a.tar"
    shutil.copy(shards / "shard-000000.tar", shard)
    first, second = keys([str(shard)])
    if member == "002.jpg":
        rewrite(shard, {f"{first}.json": json.dumps({"frames": 99}).encode()})
    else:
        rewrite(shard, {f"{first}.{member}": b"PK\x03\x04 no longer what it was"})
    assert keys([str(shard)]) == [second]
    (message,) = caplog.messages
    assert first in message


def test_other_version_is_left_out_with_the_reason(
    shards: Path, clips: dict[str, Clip], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shard = tmp_path / "a.tar"
    shutil.copy(shards / "shard-000000.tar", shard)
    key = clips["anna_1"].info.key
    header = json.loads(clips["anna_1"].members()["json"])
    rewrite(shard, {f"{key}.json": json.dumps({**header, "version": 2}).encode()})
    assert key not in keys([str(shard)])
    assert "version 2, this program reads version 1" in caplog.text


@pytest.mark.parametrize("location", ["nowhere", "."])
def test_no_shards_is_an_error(location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="no shards in"):
        shards_at(location)


def test_nothing_to_train_with_is_an_error(shards: Path, tmp_path: Path, face_model: FaceModel) -> None:
    (tmp_path / "a.tar").write_bytes((shards / "shard-000001.tar").read_bytes()[:2000])
    with pytest.raises(DataError, match="no clip with two frames"):
        FaceData.load(tmp_path, model=face_model)
