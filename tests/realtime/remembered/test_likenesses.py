"""Whether somebody's likeness may be used is asked once for every photo."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from pechead.errors import SettingsError
from pechead_live.cli import main
from pechead_live.console import question
from pechead_live.remembered.likenesses import FILE, confirm_likenesses


class User:
    """Gives one answer and keeps the questions."""

    def __init__(self, answer: str) -> None:
        self.questions: list[str] = []
        self._answer = answer

    def __call__(self, text: str) -> str:
        self.questions.append(text)
        return self._answer


@pytest.fixture
def make_photo(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(name.encode())
        return path

    return make


def test_a_new_photo_is_asked_about_once_even_under_another_name(
    make_photo: Callable[[str], Path], tmp_path: Path
) -> None:
    photo, user = make_photo("me.png"), User(" Yes ")
    confirm_likenesses([photo], False, user, tmp_path / "kept")
    assert len(user.questions) == 1
    assert "me.png" in user.questions[0]
    photo = photo.rename(tmp_path / "other.png")
    confirm_likenesses([photo], False, user, tmp_path / "kept")
    confirm_likenesses([photo], False, None, tmp_path / "kept")
    assert len(user.questions) == 1
    photo.write_bytes(b"another face")
    confirm_likenesses([photo], False, user, tmp_path / "kept")
    assert len(user.questions) == 2


def test_several_new_photos_are_one_question(make_photo: Callable[[str], Path], tmp_path: Path) -> None:
    photos, user = [make_photo(f"{number}.png") for number in range(5)], User("y")
    confirm_likenesses(photos[:1], False, user, tmp_path / "kept")
    confirm_likenesses([*photos, tmp_path / "missing.png"], False, user, tmp_path / "kept")
    assert len(user.questions) == 2
    assert "1.png, 2.png, 3.png and 1 more" in user.questions[1]


@pytest.mark.parametrize("answer", ["", "n", "what?"])
def test_anything_but_yes_ends_the_run_and_is_not_kept(
    answer: str, make_photo: Callable[[str], Path], tmp_path: Path
) -> None:
    for _ in range(2):
        user = User(answer)
        with pytest.raises(SettingsError, match=r"me.png was not confirmed: use a photo of yourself"):
            confirm_likenesses([make_photo("me.png")], False, user, tmp_path / "kept")
        assert user.questions


def test_where_nobody_can_be_asked_the_message_says_what_to_do(
    make_photo: Callable[[str], Path], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=r"start once in a terminal and answer, or add --yes"):
        confirm_likenesses([make_photo("me.png")], False, None, tmp_path / "kept")
    confirm_likenesses([make_photo("me.png")], True, None, tmp_path / "kept")
    assert not (tmp_path / "kept").exists(), "--yes holds for this run"


def test_only_a_hash_is_kept(make_photo: Callable[[str], Path], tmp_path: Path) -> None:
    confirm_likenesses([make_photo("me.png")], False, User("y"), tmp_path / "kept")
    values = json.loads((tmp_path / "kept" / FILE).read_text())
    assert list(values) == ["version", "confirmed"]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in values["confirmed"])


@pytest.mark.parametrize("text", ["", "[]", '{"version": 99}', '{"version": 1, "confirmed": 3}', "\x00"])
def test_a_damaged_file_of_answers_means_another_question(
    text: str, make_photo: Callable[[str], Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_text(text)
    user = User("y")
    confirm_likenesses([make_photo("me.png")], False, user, tmp_path)
    assert len(user.questions) == 1
    assert caplog.text.count("confirm your photos once more") == 1
    confirm_likenesses([make_photo("me.png")], False, user, tmp_path)
    assert len(user.questions) == 1


def test_a_folder_that_cant_be_written_only_costs_another_question(
    make_photo: Callable[[str], Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    confirm_likenesses([make_photo("me.png")], False, User("y"), tmp_path / "file" / "folder")
    assert "can't be written" in caplog.text


def test_the_command_asks_nobody_without_a_terminal(
    make_photo: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image as Pictures

    photo = make_photo("me.png")
    Pictures.new("RGB", (300, 300), "grey").save(photo)
    monkeypatch.setattr(sys, "stdin", None)
    assert question(Console()) is None
    assert main(["--source", str(photo), "--output", "none"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("pechead-live: nobody has confirmed yet that the likeness in me.png may be used: ")
    assert told.count("\n") == 1
