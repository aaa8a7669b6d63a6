"""People are in one part only, and always in the same."""

from dataclasses import replace

import numpy as np
import pytest

from pechead.data.clip import Clip
from pechead.data.split import PeopleSplit, choose_held_out
from pechead.face.pose import rotation_from_angles


def made(clip: Clip, person: str, turn: float = 0.0, number: int = 0) -> Clip:
    """A clip of a person whose head turns so many degrees."""
    yaws = np.linspace(0, turn, len(clip))
    rotation = np.stack([rotation_from_angles(yaw, 0, 0) for yaw in yaws])
    info = replace(clip.info, person=person, key=f"{person}-{number}")
    return Clip(info, replace(clip.track, rotation=rotation), clip.pictures)


@pytest.fixture(scope="module")
def crowd(clips: dict[str, Clip]) -> list[Clip]:
    """Forty people, the last ten of whom turn their heads, everybody in two clips; and a still."""
    people = [(f"p{number}", 25.0 if number >= 30 else 3.0) for number in range(40)]
    moving = [made(clips["anna_1"], person, turn, n) for n in (0, 1) for person, turn in people]
    return [*moving, made(clips["cleo"], "still")]


def test_no_person_is_in_both_parts(crowd: list[Clip]) -> None:
    split = choose_held_out(crowd)
    training = {clip.info.person for clip in split.of(crowd, "train")}
    validation = {clip.info.person for clip in split.of(crowd, "validation")}
    assert len(validation) == 8
    assert training | validation == {clip.info.person for clip in crowd}
    assert not training & validation


def test_people_who_turn_their_heads_are_held_out_first(crowd: list[Clip]) -> None:
    assert all(int(person[1:]) >= 30 for person in choose_held_out(crowd).held_out)


def test_choice_depends_on_the_people_alone(crowd: list[Clip]) -> None:
    assert choose_held_out(crowd[::-1]) == choose_held_out(crowd)


def test_few_people_are_not_all_held_out(crowd: list[Clip]) -> None:
    assert (
        len(choose_held_out([clip for clip in crowd if clip.info.person in ("p1", "p2", "p3")]).held_out) == 0
    )
    assert len(choose_held_out(crowd[:10]).held_out) == 2


def test_stills_are_not_for_validation(crowd: list[Clip]) -> None:
    split = PeopleSplit(frozenset({"still", "p1"}))
    assert {clip.info.person for clip in split.of(crowd, "validation")} == {"p1"}


def test_share_by_name_is_about_right_and_always_the_same() -> None:
    people = [f"id{number:05d}" for number in range(4000)]
    held_out = [person for person in people if PeopleSplit(share=0.1).is_held_out(person)]
    assert 330 < len(held_out) < 470
    assert held_out[:3] == ["id00011", "id00013", "id00033"]
