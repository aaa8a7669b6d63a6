"""Who is in which file, by the folder's layout."""

from pathlib import Path

import pytest

from pechead.data.errors import DataError
from pechead.data.layouts import find_sources, person_of


@pytest.mark.parametrize(
    ("path", "person"),
    [
        ("dev/mp4/id00012/21Uxsk56VDQ/00001.mp4", "id00012"),
        ("train/cropped_clips/--Y9imYnfBw_0003_S12_E120_L10_T0_R500_B490.mp4", "--Y9imYnfBw"),
        ("videos/_0tf2n3rlJU_10.mp4", "_0tf2n3rlJU"),
        ("videos/Y0L0sNxp2XI_1_0.mp4", "Y0L0sNxp2XI"),
        ("Clip+_7lHz0-UkmM+P2+C1+F28370-28512", "_7lHz0-UkmM+P2"),
        ("vfhq/Clip+_7lHz0-UkmM+P2+C1+F28370-28512.mp4", "_7lHz0-UkmM+P2"),
        ("ann/holiday.mov", "ann"),
        ("family/ann/holiday.mov", "family/ann"),
        ("holiday.mov", "holiday"),
    ],
)
def test_person_is_known_from_the_path(path: str, person: str) -> None:
    assert person_of(Path(path)) == person


def test_folder_of_videos_and_pictures(tmp_path: Path) -> None:
    for name in ("ann/a.mp4", "ann/b.JPG", "ann/notes.txt", ".cache/c.mp4", "bob/c.webm"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [(source.name, source.person, source.kind) for source in find_sources(tmp_path)]
    assert found == [
        ("ann/a.mp4", "ann", "clip"),
        ("ann/b.JPG", "ann", "still"),
        ("bob/c.webm", "bob", "clip"),
    ]


def test_folder_of_frames_is_one_clip(tmp_path: Path) -> None:
    frames = tmp_path / "Clip+_7lHz0-UkmM+P0+C1+F0-2"
    frames.mkdir()
    for number in range(3):
        (frames / f"{number:08d}.png").touch()
    (source,) = find_sources(tmp_path)
    assert (source.path, source.kind, source.person) == (frames, "clip", "_7lHz0-UkmM+P0")


def test_manifest_says_who_and_under_what_terms(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text(
        "kind,file,person,source,licence,tier\nclip,x/a.mp4,id7,owner/name,CC BY 4.0,A\nstill,b.jpg,id8,,,\n"
    )
    still, clip = find_sources(tmp_path)
    assert (clip.path, clip.person, clip.tier) == (tmp_path / "x/a.mp4", "id7", "A")
    assert (clip.licence, clip.source) == ("CC BY 4.0", "owner/name")
    assert (still.kind, still.tier) == ("still", "unknown")


def test_incomplete_manifest_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("kind,file,person\nclip,a.mp4,id7\nclip,b.mp4,\n")
    with pytest.raises(DataError, match=r"line 3 of .*manifest\.csv"):
        find_sources(tmp_path)


def test_keys_are_unique_and_without_dots(tmp_path: Path) -> None:
    for name in ("a b.mp4", "a_b.mp4", "a.b.mp4", "a.b.mov", "x/a_b.mp4", "é.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    keys = [source.key for source in find_sources(tmp_path)]
    assert len(set(keys)) == 6
    assert not any("." in key or "/" in key or " " in key for key in keys)


@pytest.mark.parametrize("make", [True, False])
def test_nothing_to_prepare_is_an_error(tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "videos"
    if make:
        folder.mkdir()
    with pytest.raises(DataError, match="videos"):
        find_sources(folder)
