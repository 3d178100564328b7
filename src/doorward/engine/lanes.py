"""People and keys over time, drawn while the history of a repository is read.

Memory grows with people and keys, not with commits: where someone does much, a mark stands for a longer while.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from doorward.engine.gather.repository import own_keys
from doorward.model.facts import Known
from doorward.model.history import DAY, Actor, Commit, Tag
from doorward.model.pictures import Lane, LaneKind, Mark, MarkKind
from doorward.model.signature import SignatureCheck

#: Lanes of a picture, half of them for whom is not trusted yet; marks of a lane.
LANES, MARKS = 24, 160
#: Tenure from which a person is no newcomer any more, in seconds.
TENURE = 365 * DAY
_HASH = 10


@dataclass(slots=True)
class _Track:
    """The marks of one lane. Those of one kind within ``width`` days are one."""

    name: str
    width: int = 1
    marks: dict[tuple[int, MarkKind, bool], Mark] = field(default_factory=dict)

    def add(self, mark: Mark) -> None:
        key = (int(mark.time.timestamp()) // (DAY * self.width), mark.kind, mark.trusted)
        seen = self.marks.get(key)
        self.marks[key] = _merged(seen, mark) if seen else mark
        if len(self.marks) > MARKS:
            self.width *= 2
            marks, self.marks = self.marks, {}
            for old in marks.values():
                self.add(old)

    @property
    def weight(self) -> tuple[int, int]:
        """How much it did: tags and releases first, then commits."""
        commits = sum(mark.count for mark in self.marks.values() if mark.kind is MarkKind.COMMIT)
        return sum(mark.count for mark in self.marks.values()) - commits, commits

    def lane(self, kind: LaneKind) -> Lane:
        return Lane(kind, self.name, tuple(sorted(self.marks.values(), key=lambda mark: (mark.time, mark.kind.value))))


def _merged(one: Mark, other: Mark) -> Mark:
    first = min(one, other, key=lambda mark: mark.time)
    return Mark(first.time, first.kind, first.label, first.trusted, one.count + other.count)


@dataclass(slots=True)
class Lanes:
    """The lanes of a repository, filled one subject after the other."""

    _tracks: dict[tuple[LaneKind, str], _Track] = field(default_factory=dict)

    def see(self, subject: Commit | Tag) -> None:
        """Mark a commit on the lanes of its hand and its keys, or a tag on those of its tagger and its keys."""
        if isinstance(subject, Commit):
            actor: Actor | None = subject.hand
            time, kind, label = subject.clock, MarkKind.COMMIT, subject.id[:_HASH]
        else:
            told = subject.base_time if subject.time is None else subject.time
            actor, kind, label = subject.tagger, MarkKind.RELEASE if subject.release else MarkKind.TAG, subject.name
            time = 0 if told is None else min(told, int(subject.observed_at.timestamp()))
        if time <= 0:
            return
        when = datetime.fromtimestamp(time, UTC)
        for lane, id_, name, trusted in _whose(actor, subject.signatures):
            track = self._tracks.setdefault((lane, id_), _Track(name))
            track.add(Mark(when, kind, label, trusted))

    def drawn(self) -> tuple[Lane, ...]:
        """Return the lanes of those who did most: people before keys, each in the order in which they came."""
        busiest = sorted(self._tracks.items(), key=lambda item: item[1].weight, reverse=True)
        lanes = [track.lane(kind) for (kind, _), track in busiest]
        kept = [lane for trusted in (True, False) for lane in _of(lanes, trusted=trusted)[: LANES // 2]]
        return tuple(sorted(kept, key=lambda lane: (lane.kind is LaneKind.KEY, lane.marks[0].time, lane.name)))


def _of(lanes: list[Lane], *, trusted: bool) -> list[Lane]:
    return [lane for lane in lanes if lane.trusted is trusted]


def _whose(actor: Actor | None, checks: tuple[SignatureCheck, ...]) -> Iterator[tuple[LaneKind, str, str, bool]]:
    """Yield each lane's kind, id and name, and whether it is trusted at this moment."""
    if actor is not None:
        name = f"{actor.name} <{actor.person}>" if actor.name else actor.person
        yield LaneKind.PERSON, actor.person, name, not actor.newer_than(TENURE)
    if not checks:
        return
    good = {
        check.claim.key
        for check in checks
        if check.trusted and isinstance(check.state, Known) and check.state.value.good
    }
    for key in own_keys(checks):
        yield LaneKind.KEY, key, key, key in good
