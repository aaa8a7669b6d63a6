"""Which people are for training and which for validation."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pechead.data.clip import Clip

SplitName = Literal["train", "validation"]

NOTICEABLE_TURN = 12.0
"""Degrees between two frames of a person from which on a validation on them says something."""


@dataclass(frozen=True)
class PeopleSplit:
    """Who is held out. No person is in both parts.

    Attributes:
        held_out: people by name.
        share: of all other people, chosen by a hash of the name, so that it is the same on every machine and
            however many shards are read; for data whose people are not known in advance.
    """

    held_out: frozenset[str] = frozenset()
    share: float = 0.0

    def is_held_out(self, person: str) -> bool:
        """Whether a person is for validation."""
        return person in self.held_out or _place(person) < self.share

    def of(self, clips: Sequence[Clip], name: SplitName) -> list[Clip]:
        """The clips of one part; those for validation are moving ones only."""
        if name == "validation":
            return [c for c in clips if self.is_held_out(c.info.person) and c.info.kind == "clip"]
        return [c for c in clips if not self.is_held_out(c.info.person)]


def choose_held_out(clips: Sequence[Clip], count: int = 8) -> PeopleSplit:
    """Hold some people out, the same ones whenever the people are the same.

    Only people in moving clips are asked; those who turn their heads noticeably come first.

    Args:
        clips: all.
        count: how many people; never more than a fifth of those in moving clips.
    """
    turns: dict[str, float] = defaultdict(float)
    for clip in clips:
        if clip.info.kind == "clip":
            turns[clip.info.person] = max(turns[clip.info.person], float(clip.track.turns.max()))
    order = sorted(turns, key=lambda person: (turns[person] < NOTICEABLE_TURN, _place(person)))
    return PeopleSplit(frozenset(order[: min(count, len(order) // 5)]))


def _place(person: str) -> float:
    """A number in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(person.encode()).digest()[:6], "big") / 2**48
