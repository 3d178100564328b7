"""People and keys over time, drawn while the history of a repository is read.

Memory grows with people and keys, not with commits: where someone does much, a mark stands for a longer while.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from doorward.engine.gather.repository import own_keys
from doorward.model.facts import Known
from doorward.model.history import DAY, Actor, Commit, Tag
from doorward.model.pictures import Lane, LaneKind, Mark, MarkKind
from doorward.model.signature import SignatureCheck
from doorward.records import dataclass, field

#: Lanes of a picture, half of them for whom is not trusted yet; marks of a lane.
LANES, MARKS = 24, 160
#: Tenure from which a person is no newcomer any more, in seconds.
TENURE = 365 * DAY
_HASH = 10
_KINDS = tuple(MarkKind)
_COMMIT, _TAG, _RELEASE = (_KINDS.index(kind) for kind in (MarkKind.COMMIT, MarkKind.TAG, MarkKind.RELEASE))


class _Done(NamedTuple):
    """What a subject shows: when (seconds), which of :data:`_KINDS`, and what it is called."""

    time: int
    kind: int
    label: str


@dataclass(slots=True)
class _Track:
    """The marks of one lane. Those of one kind within ``width`` days are one."""

    name: str
    width: int = 1
    #: (period, kind, trusted) -> [time of the first, label of the first, how many].
    marks: dict[tuple[int, int, bool], tuple[int, str, int]] = field(default_factory=dict)

    def add(self, done: _Done, *, trusted: bool) -> None:
        time, kind, label = done
        key = (time // (DAY * self.width), kind, trusted)
        seen = self.marks.get(key)
        self.marks[key] = (time, label, 1) if seen is None else _merged(seen, (time, label, 1))
        if len(self.marks) > MARKS:
            self._widen()

    def _widen(self) -> None:
        while len(self.marks) > MARKS:
            self.width *= 2
            marks, self.marks = self.marks, {}
            for (_, kind, trusted), mark in marks.items():
                key = (mark[0] // (DAY * self.width), kind, trusted)
                seen = self.marks.get(key)
                self.marks[key] = mark if seen is None else _merged(seen, mark)

    @property
    def trusted(self) -> bool:
        """Whether it is trusted by now."""
        return max((time, kind, trusted) for (_, kind, trusted), (time, _, _) in self.marks.items())[2]

    @property
    def weight(self) -> tuple[int, int]:
        """How much it did: tags and releases first, then commits."""
        commits = sum(count for (_, kind, _), (_, _, count) in self.marks.items() if kind == _COMMIT)
        return sum(count for _, _, count in self.marks.values()) - commits, commits

    def lane(self, kind: LaneKind) -> Lane:
        marks = sorted(
            (time, kind, trusted, label, count) for (_, kind, trusted), (time, label, count) in self.marks.items()
        )
        return Lane(
            kind,
            self.name,
            tuple(
                Mark(datetime.fromtimestamp(time, UTC), _KINDS[kind], label, trusted, count)
                for time, kind, trusted, label, count in marks
            ),
        )


def _merged(one: tuple[int, str, int], other: tuple[int, str, int]) -> tuple[int, str, int]:
    time, label, _ = one if one[0] <= other[0] else other
    return time, label, one[2] + other[2]


@dataclass(slots=True)
class Lanes:
    """The lanes of a repository, filled one subject after the other."""

    _people: dict[str, _Track] = field(default_factory=dict)
    _keys: dict[str, _Track] = field(default_factory=dict)

    def see(self, subject: Commit | Tag) -> None:
        """Mark a commit on the lanes of its hand and its keys, or a tag on those of its tagger and its keys."""
        if isinstance(subject, Commit):
            actor: Actor | None = subject.hand
            done = _Done(subject.clock, _COMMIT, subject.id[:_HASH])
        else:
            actor, told = subject.tagger, subject.base_time if subject.time is None else subject.time
            time = 0 if told is None else min(told, int(subject.observed_at.timestamp()))
            done = _Done(time, _RELEASE if subject.release else _TAG, subject.name)
        if done.time <= 0:
            return
        if actor is not None:
            track = self._people.get(actor.person)
            if track is None:
                name = f"{actor.name} <{actor.person}>" if actor.name else actor.person
                track = self._people[actor.person] = _Track(name)
            track.add(done, trusted=not actor.newer_than(TENURE))
        if subject.signatures:
            self._sign(subject.signatures, done)

    def _sign(self, checks: tuple[SignatureCheck, ...], done: _Done) -> None:
        good = {
            check.claim.key
            for check in checks
            if check.trusted and isinstance(check.state, Known) and check.state.value.good
        }
        for key in own_keys(checks):
            self._keys.setdefault(key, _Track(key)).add(done, trusted=key in good)

    def drawn(self) -> tuple[Lane, ...]:
        """Return the lanes of those who did most: people before keys, each in the order in which they came."""
        tracks = [(LaneKind.PERSON, track) for track in self._people.values()]
        tracks += [(LaneKind.KEY, track) for track in self._keys.values()]
        tracks.sort(key=lambda item: item[1].weight, reverse=True)
        lanes = [
            track.lane(kind)
            for wanted in (True, False)
            for kind, track in islice((item for item in tracks if item[1].trusted is wanted), LANES // 2)
        ]
        return tuple(sorted(lanes, key=lambda lane: (lane.kind is LaneKind.KEY, lane.marks[0].time, lane.name)))
