"""The table of commands, and what commands do to what is set."""

import pytest

from pechead_live.clock import ManualClock
from pechead_live.controls.commands import BY_KEY, BY_NAME, COMMANDS, Kind
from pechead_live.controls.controls import NOTICE_SECONDS, Controls
from pechead_live.controls.state import ControlState, field_of


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def controls(clock: ManualClock) -> Controls:
    return Controls(ControlState(), clock)


def test_no_key_stands_for_two_commands() -> None:
    assert len(BY_KEY) == sum(len(command.keys) for command in COMMANDS)
    assert len(BY_NAME) == len(COMMANDS)


def test_upper_case_does_the_same(controls: Controls) -> None:
    assert all(key == key.lower() for key in BY_KEY)
    controls.press("H")
    assert controls.state.hide


def test_every_switch_and_number_has_its_place_in_what_is_set() -> None:
    fields = {field_of(command) for command in COMMANDS if command.kind is not Kind.ACTION}
    assert fields == set(vars(ControlState()))


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.kind is Kind.SWITCH], ids=lambda c: c.name)
def test_a_switchs_key_turns_it_over(command: object, controls: Controls) -> None:
    (key,) = command.keys  # type: ignore[attr-defined]
    before = controls.state
    assert controls.press(key.character)
    changed = {name for name, value in vars(controls.state).items() if value != getattr(before, name)}
    assert changed == {field_of(command)}  # type: ignore[arg-type]
    controls.press(key.character)
    assert controls.state == before


def test_a_number_goes_in_steps_to_the_ends_of_its_range(controls: Controls) -> None:
    controls.press("u")
    assert controls.state.pose_gain == pytest.approx(1.1)
    for _ in range(30):
        controls.press("u")
    assert controls.state.pose_gain == 2
    for _ in range(30):
        controls.press("j")
    assert controls.state.pose_gain == 0
    assert controls.state.expression_gain == 1


def test_other_remotes_set_values_as_they_are(controls: Controls) -> None:
    controls.do("zoom", 2.5)
    controls.do("mirror-output", True)
    controls.do("mirror-output", True)
    controls.do("pan-x", -7)
    assert (controls.state.zoom, controls.state.mirror_output, controls.state.pan_x) == (2.5, True, -1)
    with pytest.raises(KeyError):
        controls.do("fly")


def test_actions_get_their_keys_value_once_there_is_somebody_to_do_them(controls: Controls) -> None:
    done: list[tuple[str, float]] = []
    controls.press("3")
    assert "not possible yet" in controls.notice
    controls.on(
        {
            "avatar": lambda value: done.append(("avatar", value)),
            "quit": lambda value: done.append(("quit", value)),
        }
    )
    for key in ("3", "q", "\x1b", "9"):
        assert controls.press(key)
    assert done == [("avatar", 3), ("quit", 0), ("quit", 0), ("avatar", 9)]


def test_the_whole_picture_is_one_key_away(controls: Controls) -> None:
    for key in "+++ddst":
        controls.press(key)
    assert controls.state.view != ControlState().view
    controls.press("0")
    assert controls.state == ControlState(mirror_output=True)


def test_a_key_that_stands_for_nothing_does_nothing(controls: Controls) -> None:
    before = controls.state
    assert not controls.press("ü")
    assert (controls.state, controls.notice) == (before, "")


def test_what_was_done_is_told_for_a_moment(controls: Controls, clock: ManualClock) -> None:
    controls.press("i")
    assert controls.notice == "expression gain 1.1"
    controls.press("t")
    assert controls.notice == "mirror output on"
    clock.sleep(NOTICE_SECONDS)
    assert controls.notice == ""
