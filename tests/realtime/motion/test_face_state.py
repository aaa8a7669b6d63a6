"""What happens when the face is lost and found, on a clock that the tests move."""

from itertools import pairwise

import pytest

from pechead_live.motion.face_state import FaceState, FaceTiming, Phase, step_face_state

TIMING = FaceTiming(hold=0.5, ease_out=1.0, ease_in=0.3)
FRAME = 1 / 30


def play(state: FaceState, start: float, seconds: float, seen: bool) -> list[FaceState]:
    """The states of every frame over some seconds in which the face is seen or not."""
    states = []
    for i in range(round(seconds / FRAME)):
        state = step_face_state(state, seen, start + i * FRAME, TIMING)
        states.append(state)
    return states


@pytest.fixture
def lost() -> list[FaceState]:
    """Seen until 0 s, then lost for three seconds."""
    return play(step_face_state(FaceState(), True, 0.0, TIMING), FRAME, 3.0, seen=False)


def test_before_the_first_face_the_avatar_rests() -> None:
    assert {s.phase for s in play(FaceState(), 0, 3, seen=False)} == {Phase.REST}


def test_the_first_face_is_followed_at_once() -> None:
    state = step_face_state(FaceState(), True, 12.0, TIMING)
    assert (state.phase, state.presence) == (Phase.TRACKING, 1.0)


def test_a_lost_face_is_held_then_let_go_then_the_avatar_rests(lost: list[FaceState]) -> None:
    phases = [s.phase for s in lost]
    assert [p for i, p in enumerate(phases) if i == 0 or phases[i - 1] is not p] == [
        Phase.HOLD, Phase.EASE_OUT, Phase.REST
    ]  # fmt: skip
    assert phases.count(Phase.HOLD) * FRAME == pytest.approx(0.5, abs=2 * FRAME)
    assert phases.count(Phase.EASE_OUT) * FRAME == pytest.approx(1.0, abs=2 * FRAME)
    assert all(s.presence == 1 for s in lost if s.phase is Phase.HOLD)
    assert lost[-1].presence == 0


def test_presence_never_jumps_while_the_avatar_comes_to_rest(lost: list[FaceState]) -> None:
    presence = [1.0, *(s.presence for s in lost)]
    steps = [a - b for a, b in pairwise(presence)]
    assert all(0 <= step < 0.06 for step in steps)


def test_a_face_that_is_missing_for_a_few_frames_leaves_no_trace() -> None:
    missing = play(step_face_state(FaceState(), True, 0.0, TIMING), FRAME, 0.4, seen=False)
    assert {s.presence for s in missing} == {1}
    assert step_face_state(missing[-1], True, 0.45, TIMING).phase is Phase.TRACKING


def test_a_face_that_is_back_is_eased_in(lost: list[FaceState]) -> None:
    back = play(lost[-1], 3.1, 1.0, seen=True)
    assert back[0].phase is Phase.EASE_IN
    assert back[0].presence == 0
    presence = [s.presence for s in back]
    assert all(0 <= b - a < 0.2 for a, b in pairwise(presence))
    assert [s.phase for s in back].count(Phase.EASE_IN) * FRAME == pytest.approx(0.3, abs=2 * FRAME)
    assert back[-1].phase is Phase.TRACKING


def test_a_face_that_is_back_half_way_is_eased_in_from_there() -> None:
    state = step_face_state(FaceState(), True, 0.0, TIMING)
    half_way = play(state, FRAME, 1.0, seen=False)[-1]
    assert 0.3 < half_way.presence < 0.7
    back = step_face_state(half_way, True, 1.05, TIMING)
    assert back.presence == half_way.presence


def test_a_face_lost_again_while_it_is_eased_in_is_held_where_it_was(lost: list[FaceState]) -> None:
    half_way = play(lost[-1], 3.1, 0.15, seen=True)[-1]
    assert half_way.phase is Phase.EASE_IN
    held = play(half_way, 3.1 + 0.15, 0.4, seen=False)
    assert {s.presence for s in held} == {half_way.presence}
    released = play(held[-1], 3.1 + 0.55, 0.5, seen=False)
    assert released[0].presence <= half_way.presence
    assert released[-1].presence < half_way.presence


def test_a_slow_loop_comes_to_rest_no_later_than_a_fast_one() -> None:
    state = step_face_state(FaceState(), True, 0.0, TIMING)
    assert step_face_state(state, False, 1.6, TIMING).phase is Phase.REST


def test_times_of_zero_mean_at_once() -> None:
    at_once = FaceTiming(0, 0, 0)
    state = step_face_state(step_face_state(FaceState(), True, 0.0, at_once), False, 0.1, at_once)
    assert state.phase is Phase.REST
    assert (
        step_face_state(step_face_state(state, True, 0.2, at_once), True, 0.3, at_once).phase
        is Phase.TRACKING
    )
