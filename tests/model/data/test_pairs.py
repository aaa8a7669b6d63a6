"""Which frames are paired, and how often."""

from dataclasses import replace

import numpy as np
import pytest

from pechead.data.clip import Clip, FaceTrack
from pechead.data.pairs import ClipPool, choose_pair, run_starts
from pechead.face.blendshapes import index
from pechead.face.pose import rotation_from_angles


def turning(track: FaceTrack, yaws: list[float], step: float = 0.04) -> FaceTrack:
    """A track whose poses are given; the rest is of no matter here."""
    count = len(yaws)
    return replace(
        track,
        times=(step * np.arange(count)).astype(np.float64),
        rotation=np.stack([rotation_from_angles(yaw, 0, 0) for yaw in yaws]),
        landmarks=np.zeros((count, 478, 3), np.float32),
        scores=np.zeros((count, 52), np.float32),
    )


def test_far_turned_pairs_are_likelier_in_proportion(clips: dict[str, Clip]) -> None:
    track = turning(clips["anna_1"].track, [0, 0, 30])
    generator = np.random.default_rng(0)
    pairs = [choose_pair(track, 1, generator) for _ in range(6000)]
    near = sum({pair.source, int(pair.driving[0])} == {0, 1} for pair in pairs)
    far = sum({pair.source, int(pair.driving[0])} == {0, 2} for pair in pairs)
    assert all(pair.source != pair.driving[0] for pair in pairs)
    # (1 + 30 / 10)² against 1, and as many such pairs with the other still frame.
    assert far / near == pytest.approx(16, rel=0.2)


def test_pairs_with_another_expression_are_likelier(clips: dict[str, Clip]) -> None:
    track = turning(clips["anna_1"].track, [0, 0, 0])
    scores = track.scores.copy()
    scores[2, index("eyeBlinkLeft")] = 0.8
    scores[1, index("browInnerUp")] = 0.9
    track = replace(track, scores=scores)
    np.testing.assert_allclose(track.expression_changes[2], [0.8, 0.8, 0], atol=1e-6)
    generator = np.random.default_rng(0)
    pairs = [choose_pair(track, 1, generator) for _ in range(6000)]
    alike = sum({pair.source, int(pair.driving[0])} == {0, 1} for pair in pairs)
    blinks = sum({pair.source, int(pair.driving[0])} == {0, 2} for pair in pairs)
    # (1 + 0.8 / 0.4)² against 1; brows don't count.
    assert blinks / alike == pytest.approx(9, rel=0.2)


def test_turns_are_the_angles_between_poses(clips: dict[str, Clip]) -> None:
    track = turning(clips["anna_1"].track, [-20, 5, 40])
    np.testing.assert_allclose(track.turns, [[0, 25, 60], [25, 0, 35], [60, 35, 0]], atol=0.1)


def test_driving_frames_are_neighbours(clips: dict[str, Clip]) -> None:
    track = turning(clips["anna_1"].track, [0.0] * 12)
    track = replace(track, times=np.concatenate([0.08 * np.arange(5), 10 + 0.08 * np.arange(7)]))
    generator = np.random.default_rng(0)
    for _ in range(100):
        driving = choose_pair(track, 5, generator).driving
        assert len(driving) == 5
        assert (np.diff(track.times[driving]) < 0.1).all()


@pytest.mark.parametrize(
    ("times", "frames", "starts"),
    [
        ([0, 0.1, 0.2, 5, 5.1, 5.2], 3, [0, 3]),
        ([0, 0.1, 0.2, 5, 5.1, 5.2], 1, [0, 1, 2, 3, 4, 5]),
        ([0, 1, 2, 3], 3, [0, 1]),
        ([0, 0.1], 5, [0]),
    ],
)
def test_runs_without_gaps_are_preferred(times: list[float], frames: int, starts: list[int]) -> None:
    assert run_starts(np.array(times), frames).tolist() == starts


def test_short_clip_ends_with_its_last_frame_repeated(clips: dict[str, Clip]) -> None:
    track = turning(clips["anna_1"].track, [0, 10])
    pair = choose_pair(track, 4, np.random.default_rng(0))
    assert (pair.source, pair.driving.tolist()) == (1, [0, 1, 1, 1])


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def named(clip: Clip, person: str, number: int) -> Clip:
    return replace(clip, info=replace(clip.info, person=person, key=f"{person}{number}"))


def test_people_who_turn_far_are_drawn_more_often(clips: dict[str, Clip]) -> None:
    anna = clips["anna_1"]
    still, far = (replace(anna, track=turning(anna.track, [0.0, yaw])) for yaw in (0.0, 30.0))
    pool, generator = ClipPool([named(still, "still", 0), named(far, "far", 0)], 0), np.random.default_rng(0)
    people = [pool.draw(generator).info.person for _ in range(4000)]
    # 1 + 30 / 10 against 1.
    assert people.count("far") / people.count("still") == pytest.approx(4, rel=0.12)


def test_nobody_counts_more_for_having_been_filmed_longer(clips: dict[str, Clip]) -> None:
    moving = [named(clips["anna_1"], "much", n) for n in range(9)] + [named(clips["anna_1"], "little", 0)]
    stills = [named(clips["cleo"], f"still{n}", 0) for n in range(50)]
    pool, generator = ClipPool(moving + stills, still_share=0.25), np.random.default_rng(0)
    drawn = [pool.draw(generator) for _ in range(4000)]
    people = [clip.info.person for clip in drawn]
    assert people.count("much") / people.count("little") == pytest.approx(1, rel=0.15)
    assert sum(len(clip) == 1 for clip in drawn) / 4000 == pytest.approx(0.25, abs=0.03)


def test_albums_have_a_share_of_their_own(clips: dict[str, Clip]) -> None:
    anna, cleo = clips["anna_1"], clips["cleo"]
    album = named(replace(anna, info=replace(anna.info, kind="still")), "album", 0)
    pool, generator = ClipPool([named(anna, "anna", 0), named(cleo, "still", 0), album], 0.1, 0.3), rng()
    drawn = [pool.draw(generator).info.person for _ in range(4000)]
    assert [drawn.count(name) / 4000 for name in ("still", "album", "anna")] == pytest.approx(
        [0.1, 0.3, 0.6], abs=0.03
    )
    assert {pool.draw_moving(generator).info.person for _ in range(50)} == {"anna"}


def test_without_albums_their_share_goes_to_clips(clips: dict[str, Clip]) -> None:
    pool, generator = ClipPool([clips["anna_1"], clips["cleo"]], 0.2, 0.5), rng()
    stills = sum(len(pool.draw(generator)) == 1 for _ in range(2000))
    assert stills / 2000 == pytest.approx(0.2, abs=0.03)
