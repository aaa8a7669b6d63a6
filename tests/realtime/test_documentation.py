"""The command's page agrees with the command."""

import re
from dataclasses import MISSING, Field, fields
from pathlib import Path

import pytest

import pechead
import pechead_live
from pechead.errors import (
    CameraError,
    ModelFileError,
    OutputError,
    PecheadError,
    PhotoError,
    SettingsError,
)
from pechead_engines.errors import EngineError
from pechead_live.cli import INTERNAL_ERROR, INTERRUPTED, USAGE_ERROR, main
from pechead_live.controls.commands import COMMANDS
from pechead_live.outputs.file_formats import FORMATS
from pechead_live.process import QUIET, SHARED_CORES
from pechead_live.remembered.files import FOLDER_VARIABLE
from pechead_live.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "pechead-live.md"

DEFAULTS_IN_WORDS = {
    "source": "none",
    "camera": "`0`",
    "output": "`virtual-camera`",
    "size": "`1280x720`",
    "fps": "`30`",
    "smooth": "`0.5`",
    "pose_gain": "`1`",
    "expression_gain": "`1`",
}
"""Of options whose default depends on others, so that it isn't the field's."""


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    return page.split(f"## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a table's rows."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def option(field: "Field[object]") -> str:
    return "--" + field.name.replace("_", "-")


def shown_default(field: "Field[object]") -> str:
    if field.name in DEFAULTS_IN_WORDS:
        return DEFAULTS_IN_WORDS[field.name]
    if field.default is None:
        return "none"
    if isinstance(field.default, bool):
        return "on" if field.default else "off"
    assert field.default is not MISSING
    return f"`{field.default}`"


@pytest.mark.parametrize("field", fields(Settings), ids=option)
def test_every_option_is_there_with_its_default(field: "Field[object]", page: str) -> None:
    named = re.compile(rf"`{option(field)}[ `]")
    (row,) = [row for row in rows(section(page, "Options")) if named.search(row[0])]
    assert row[1] == shown_default(field)


def test_every_option_that_is_named_exists(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert main(["doctor", "--help"]) == 0
    existing = set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
    others = {"--", "--force-reinstall"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", page)) - others <= existing


def test_every_choice_of_an_option_is_there(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    choices = re.findall(r"\[choices: ([^\]]*)\]", told)
    assert len(choices) == 6
    options = section(page, "Options")
    for choice in ", ".join(choices).split(", "):
        assert f"`{choice}`" in options


def test_every_exit_code_is_there(page: str) -> None:
    kinds = (PecheadError, SettingsError, PhotoError, CameraError, OutputError, ModelFileError, EngineError)
    codes = {0, INTERNAL_ERROR, USAGE_ERROR, INTERRUPTED} | {kind.exit_code for kind in kinds}
    assert {int(row[0]) for row in rows(section(page, "Exit codes"))[1:] if row[0].isdecimal()} == codes


def test_every_file_format_and_variable_is_there(page: str) -> None:
    outputs = section(page, "Outputs")
    for suffix in FORMATS:
        assert f"{suffix}`" in outputs
    variables = section(page, "Environment variables")
    for name in (*SHARED_CORES, *QUIET, FOLDER_VARIABLE):
        assert name in variables


def test_the_table_of_commands_is_the_programs(page: str) -> None:
    told = [
        (cells[0].replace("*", ""), cells[1], cells[2])
        for cells in rows(section(page, "While it runs"))[1:]
        if cells[0] != "---"
    ]
    assert told == [(command.key_names, command.name, command.help) for command in COMMANDS]


def test_every_message_is_one_that_the_program_can_say(page: str) -> None:
    folders = [Path(str(package.__file__)).parent for package in (pechead, pechead_live)]
    program = "".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))
    messages = [
        message for row in rows(section(page, "Messages"))[1:] for message in re.findall(r"`([^`]+)`", row[0])
    ]
    assert len(messages) > 30
    parts = [part.strip(" '") for message in messages for part in message.split("…")]
    assert [part for part in parts if part not in program] == []
