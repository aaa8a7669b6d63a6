"""What is kept from run to run."""

import json
from pathlib import Path

import pytest

from pechead_live.controls.state import ControlState
from pechead_live.remembered.choices import FILE, Choices, load_choices, save_choices

SET = Choices(
    ControlState(pose_gain=0.7, mirror_output=True, zoom=1.5, pan_x=-0.4, overlay=True), "046d:0825"
)


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    assert load_choices(tmp_path) == Choices()
    save_choices(tmp_path / "new" / "folder", SET)
    assert load_choices(tmp_path / "new" / "folder") == SET


def test_what_belongs_to_the_moment_is_not_kept(tmp_path: Path) -> None:
    save_choices(tmp_path, Choices(ControlState(freeze=True, hide=True, hold_frontal=True)))
    assert load_choices(tmp_path) == Choices()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '"text"', "null", '{"version": 2}', "{}", "\ufeff{}", '{"controls": {}}']
)
def test_a_file_that_makes_no_sense_is_left_aside_in_one_line(
    text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_text(text)
    assert load_choices(tmp_path) == Choices()
    assert len(caplog.records) == 1
    assert "settings are as at the beginning" in caplog.text
    save_choices(tmp_path, SET)
    assert load_choices(tmp_path) == SET


def test_a_file_that_cant_be_decoded_is_left_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    assert load_choices(tmp_path) == Choices()
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pose_gain", 7),
        ("pose_gain", "1"),
        ("pose_gain", None),
        ("pose_gain", float("nan")),
        ("zoom", 0.5),
        ("overlay", 1),
        ("mirror_output", "yes"),
        ("pan_x", True),
    ],
)
def test_a_wrong_value_is_left_aside_alone(
    name: str, value: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save_choices(tmp_path, SET)
    values = json.loads((tmp_path / FILE).read_text())
    values["controls"][name] = value
    (tmp_path / FILE).write_text(json.dumps(values))
    expected = {**vars(SET.controls), name: getattr(ControlState(), name)}
    assert vars(load_choices(tmp_path).controls) == expected
    assert caplog.text.count(f"{name} has to be") == 1


def test_where_nothing_can_be_kept_it_is_told_and_nothing_else_happens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    save_choices(tmp_path / "file" / "folder", SET)
    assert "settings are not kept" in caplog.text
    caplog.clear()
    (tmp_path / FILE).mkdir()
    assert load_choices(tmp_path) == Choices()
    assert len(caplog.records) == 1
