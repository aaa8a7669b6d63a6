"""Which photos are meant by files and folders."""

from pathlib import Path

import pytest

from pechead.errors import PhotoError
from pechead_live.source.photos import list_photos


def test_a_folder_stands_for_its_pictures_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("10.png", "2.JPG", "notes.txt", "film.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "old.png").mkdir()
    first = tmp_path / "10.png"
    assert list_photos([first, tmp_path]) == (first, tmp_path / "2.JPG")
    assert list_photos([tmp_path]) == (tmp_path / "2.JPG", first)


def test_a_missing_file_is_left_to_whoever_reads_it(tmp_path: Path) -> None:
    assert list_photos([tmp_path / "missing.png"]) == (tmp_path / "missing.png",)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no photos in the folder"):
        list_photos([tmp_path])
