"""Ask the rules about the commits, tags, refs and merge requests of a repository, and fold what belongs to one person.

Histories are long and nearly every commit is quiet: those cost one pass over the rules and leave nothing behind but a
number.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Protocol

from doorward.engine.run import Answers, ask, matches, resolve
from doorward.model.facts import Known, Missing
from doorward.model.findings import RISK_FAMILIES, Gap, Hit, Judgement, Rule, Strength
from doorward.model.happenings import MemberAdded
from doorward.model.history import Commit, MergeRequest, RefMove, Tag
from doorward.records import dataclass, field, replace
from doorward.rules import LoadedRule, all_rules

#: Hits of one person within this time of each other are one alert; each renews the time.
WINDOW = timedelta(days=90)
#: Allocations between two looks of the garbage collector.
_COLLECT_AFTER = 100_000

Requires = Callable[[str, Rule], bool]


class Subject(Protocol):
    """What a rule looks at."""

    @property
    def subject(self) -> str:
        """Its id in reports."""


def rules_for(globs: str | None, subject: type) -> list[LoadedRule]:
    """Return the rules for a kind of subject, those for what it has in common with another kind included."""
    return [r for r in all_rules().values() if issubclass(subject, r.rule.subject) and matches(r.id, globs)]


@dataclass(slots=True)
class Judged:
    """What came of judging many subjects of one kind."""

    #: Of those with a finding or a gap, in the order of the subjects.
    judgements: list[Judgement] = field(default_factory=list)
    subjects: int = 0
    #: Answers of rules.
    evaluated: int = 0
    #: Subject -> the person who wrote it, of those with a finding that is weak or stronger and speaks of tampering.
    people: dict[str, str] = field(default_factory=dict)
    #: Subject -> when it came, of those with a finding that is weak or stronger.
    times: dict[str, datetime] = field(default_factory=dict)

    @property
    def folded(self) -> list[Judgement]:
        """The judgements with each person's hits within the window folded into the first of them."""
        return list(fold(self.judgements, self.people))


def judge(subjects: Iterable[Any], rules: Sequence[LoadedRule], requires: Requires) -> Judged:
    """Ask ``rules``, which are those for this kind of subject, about every subject."""
    judged = Judged()
    asked = [(loaded, loaded.check, _lack(loaded.rule.needs)) for loaded in rules]
    with _rarely_collecting():
        for subject in subjects:
            judged.subjects += 1
            speaking = _speaking(subject, asked)
            judged.evaluated += len(rules) - len(speaking)
            if speaking:
                answers = ask(subject, speaking, requires)
                judged.evaluated += answers.evaluated
                judged.judgements.append(_judgement(subject, answers, judged))
    return judged


@contextmanager
def _rarely_collecting() -> Iterator[None]:
    """Let the garbage collector look less often: a history makes millions of short-lived values without cycles."""
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECT_AFTER, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _judgement(subject: Any, answers: Answers, judged: Judged) -> Judgement:
    # What is young is held, as a release is: a commit, a tag, a ref that moved.
    judgement = Judgement(
        subject.subject, answers.findings, answers.gaps, answers.evaluated, published=Known(moment_of(subject))
    )
    if any(finding.strength >= Strength.WEAK for finding in answers.findings):
        judged.times[subject.subject] = moment_of(subject)
    if not isinstance(subject, Commit):
        return judgement
    if any(f.strength >= Strength.WEAK and f.family not in RISK_FAMILIES for f in answers.findings):
        judged.people[subject.subject] = subject.author.person
    return judgement


def moment_of(subject: Commit | Tag | RefMove | MergeRequest | MemberAdded) -> datetime:
    """Return when a subject came: by the ledger where it saw it come, else by what brought it or its own clock."""
    if isinstance(subject, RefMove):
        return subject.observed_at
    if isinstance(subject, MergeRequest):
        return subject.merged
    if isinstance(subject, MemberAdded):
        return subject.time
    if isinstance(subject, Commit):
        return datetime.fromtimestamp(subject.clock if subject.arrived is None else subject.arrived, tz=UTC)
    # A tag is not older than its commit, whatever its tagger claims.
    claimed = max(subject.time or 0, subject.base_time or 0)
    came = claimed if subject.arrived is None else subject.arrived
    return min(datetime.fromtimestamp(came, tz=UTC), subject.observed_at)


def _lack(needs: tuple[str, ...]) -> Callable[[Any], bool] | None:
    """Return what tells whether a subject lacks a need; None where there are none. One attribute is the usual case."""
    if not needs:
        return None
    if len(needs) == 1 and "." not in needs[0]:
        get = attrgetter(needs[0])
        return lambda subject: isinstance(get(subject), Missing)
    return lambda subject: any(isinstance(resolve(subject, need), Missing) for need in needs)


def _speaking(
    subject: Subject,
    asked: Sequence[tuple[LoadedRule, Callable[[Any], Iterable[Hit | Gap]], Callable[[Any], bool] | None]],
) -> list[LoadedRule]:
    """Return the rules that have something to say: a hit, a gap, a need that is missing, or a failure.

    :func:`~doorward.engine.run.ask` then asks these alone, and names what failed.
    """
    speaking = []
    for loaded, check, lacks in asked:
        try:
            for _ in check(subject):
                speaking.append(loaded)
                break
            else:
                if lacks is not None and lacks(subject):
                    speaking.append(loaded)
        except Exception:  # noqa: BLE001 - the boundary is that of ask, which repeats it
            speaking.append(loaded)
    return speaking


def fold(judgements: Sequence[Judgement], people: dict[str, str]) -> Iterator[Judgement]:
    """Make the hits of a person's window one alert: the strongest, or the first of equals, and the rest explain it."""
    last: dict[str, datetime] = {}
    windows: dict[str, list[int]] = {}
    every: list[list[int]] = []
    for place, item in enumerate(judgements):
        person = people.get(item.subject)
        if person is None:
            continue
        if person not in last or _time(item) - last[person] > WINDOW:
            windows[person] = []
            every.append(windows[person])
            last[person] = _time(item)
        windows[person].append(place)
        # Each hit renews the window, and a hold counts from the latest.
        last[person] = max(last[person], _time(item))
    folded = list(judgements)
    for places in every:
        head = max(places, key=lambda place: (_strongest(judgements[place]), -place))
        rest = [place for place in places if place != head]
        latest = max((judgements[place] for place in places), key=_time).published
        related = (*folded[head].related, *(judgements[place].subject for place in rest))
        folded[head] = replace(folded[head], related=related, published=latest)
        for place in rest:
            folded[place] = replace(folded[place], linked_only=True)
    yield from folded


def _strongest(item: Judgement) -> Strength:
    return max(finding.strength for finding in item.findings)


def _time(item: Judgement) -> datetime:
    assert isinstance(item.published, Known)
    return item.published.value
