"""Changing between avatars."""

import threading
import time
from collections.abc import Callable

import pytest

from pechead.errors import PhotoError
from pechead_live.compositor.compositor import Compositor
from pechead_live.pipeline.avatar import Avatar
from pechead_live.pipeline.wardrobe import Wardrobe
from pechead_live.renderers.still import StillRenderer
from pechead_live.source.portrait import SourcePortrait

NAMES = ("anna.png", "broken.png", "carl.png", "dora.png")


class Fitting:
    """Makes avatars that can be told apart, one photo fails, and what was done is kept."""

    def __init__(self, portrait: SourcePortrait, unusable: tuple[int, ...] = (1,)) -> None:
        self.avatars = [Avatar(portrait, StillRenderer(), Compositor(portrait)) for _ in range(len(NAMES))]
        self.begun: list[int] = []
        self.made: list[int] = []
        self.worn: list[int] = []
        self.told: list[str] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self._unusable = unusable
        self.wardrobe = Wardrobe(NAMES, self.make, self.show, self.told.append)

    def make(self, number: int) -> Avatar:
        self.begun.append(number)
        self.may_go_on.wait(30)
        self.made.append(number)
        if number in self._unusable:
            raise PhotoError(f"no face found in {NAMES[number]}", "use another one")
        return self.avatars[number]

    def show(self, avatar: Avatar) -> None:
        self.worn.append(self.avatars.index(avatar))


def wait_for(what: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 30
    while not what():
        assert time.monotonic() < ends_at
        time.sleep(0.005)


@pytest.fixture
def fitting(whole_portrait: SourcePortrait) -> Fitting:
    return Fitting(whole_portrait)


def test_the_next_one_that_can_be_used_is_put_on(fitting: Fitting, caplog: pytest.LogCaptureFixture) -> None:
    assert fitting.wardrobe.first() is fitting.avatars[0]
    wait_for(lambda: fitting.made == [0, 1, 2])
    for expected in (2, 3, 0):
        fitting.wardrobe.step(1)
        wait_for(lambda expected=expected: fitting.worn[-1:] == [expected])  # type: ignore[misc]
    fitting.wardrobe.step(-1)
    wait_for(lambda: fitting.worn == [2, 3, 0, 3])
    assert sorted(fitting.made) == [0, 1, 2, 3], "each is prepared once"
    assert caplog.text.count("no face found in broken.png: use another one") == 1
    assert fitting.told[-1] == "dora.png (4 of 4)"


def test_one_is_chosen_by_its_number_and_while_it_is_prepared_the_other_stays(fitting: Fitting) -> None:
    fitting.wardrobe.first()
    wait_for(lambda: fitting.made == [0, 1, 2])
    fitting.may_go_on.clear()
    fitting.wardrobe.choose(3)
    assert (fitting.worn, fitting.wardrobe.label) == ([], "anna.png (1 of 4)")
    assert fitting.told == ["preparing dora.png"]
    fitting.may_go_on.set()
    wait_for(lambda: fitting.worn == [3])
    assert fitting.wardrobe.label == "dora.png (4 of 4)"


def test_who_changes_his_mind_gets_the_last_wish(fitting: Fitting) -> None:
    fitting.wardrobe.first()
    wait_for(lambda: fitting.made == [0, 1, 2])
    fitting.may_go_on.clear()
    fitting.wardrobe.choose(3)
    fitting.wardrobe.choose(2)
    fitting.may_go_on.set()
    wait_for(lambda: fitting.worn[-1:] == [2])
    fitting.wardrobe.close()
    wait_for(lambda: fitting.wardrobe.label == "carl.png (3 of 4)")


def test_a_photo_that_cant_be_used_leaves_the_avatar_as_it_is(
    fitting: Fitting, caplog: pytest.LogCaptureFixture
) -> None:
    fitting.wardrobe.first()
    wait_for(lambda: fitting.made == [0, 1, 2])
    caplog.clear()
    fitting.wardrobe.choose(1)
    wait_for(lambda: fitting.made == [0, 1, 2, 1])
    wait_for(lambda: "broken.png" in caplog.text)
    assert fitting.worn == []
    assert fitting.wardrobe.label == "anna.png (1 of 4)"


def test_the_first_usable_photo_comes_first(
    whole_portrait: SourcePortrait, caplog: pytest.LogCaptureFixture
) -> None:
    fitting = Fitting(whole_portrait, unusable=(0, 1))
    assert fitting.wardrobe.first() is fitting.avatars[2]
    assert "anna.png" in caplog.text
    assert "broken.png" in caplog.text


def test_without_any_usable_photo_the_first_ones_error_is_told(whole_portrait: SourcePortrait) -> None:
    with pytest.raises(PhotoError, match=r"anna.png"):
        Fitting(whole_portrait, unusable=(0, 1, 2, 3)).wardrobe.first()


def test_closing_waits_for_what_is_being_prepared_and_prepares_no_more(fitting: Fitting) -> None:
    """A process that ends while MediaPipe works in a thread is aborted."""
    fitting.wardrobe.first()
    wait_for(lambda: fitting.made == [0, 1, 2])
    fitting.may_go_on.clear()
    fitting.wardrobe.choose(3)
    wait_for(lambda: fitting.begun == [0, 1, 2, 3])
    threading.Timer(0.3, fitting.may_go_on.set).start()
    fitting.wardrobe.close()
    assert fitting.made == [0, 1, 2, 3]
    fitting.wardrobe.choose(1)
    fitting.wardrobe.close()
    assert fitting.made == [0, 1, 2, 3]


def test_a_number_without_a_photo_is_told(fitting: Fitting) -> None:
    fitting.wardrobe.first()
    fitting.wardrobe.choose(7)
    assert fitting.told == ["there is no photo 8, only 4"]
