"""What earlier looks at a repository found: it stands while it stops, and later hits of the same person join it.

So a repository that is looked at every day is judged as one that is looked at once: a hold does not end with the next
look, and an arrival and the odd file that follows weeks later meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from doorward.engine.contributions import WINDOW, Judged, fold
from doorward.engine.gather.standing import Standing, written
from doorward.engine.run import matches
from doorward.model.findings import Judgement, Verdict
from doorward.policy import Policy, decide
from doorward.records import replace

#: At most so many are written down, the latest.
_MOST = 2000


def recalled(earlier: Iterable[Standing], kinds: Sequence[Judged], rules: str | None, now: datetime) -> Judged:
    """Return what earlier looks found of late by ``rules``, without what this look (``kinds``) has judged anew."""
    anew = {item.subject for kind in kinds for item in kind.judgements}
    judged = Judged()
    for one in _recent(earlier, now):
        item = one.judgement
        findings = tuple(finding for finding in item.findings if matches(finding.rule, rules))
        if findings and one.subject not in anew:
            judged.judgements.append(replace(item, findings=findings))
            if one.person:
                judged.people[one.subject] = one.person
    return judged


def with_standing(earlier: Judged, commits: Judged, policy: Policy, now: datetime) -> list[Judgement]:
    """Return the judgements of a look's commits and of what still stops, each person's within the window folded."""
    new = {item.subject for item in commits.judgements}
    folded = list(fold([*earlier.judgements, *commits.judgements], earlier.people | commits.people))
    by_subject = {item.subject: item for item in folded}
    over: set[str] = set()
    for item in folded:
        members = (item.subject, *item.related)
        if item.linked_only or not new.isdisjoint(members):
            continue
        told = decide(policy, [by_subject[member] for member in members], now=now)
        if told.verdict not in {Verdict.BLOCK, Verdict.HOLD}:
            over.update(members)
    return [item for item in folded if item.subject not in over]


def to_remember(
    earlier: Iterable[Standing], kinds: Sequence[Judged], now: datetime, since: datetime | None = None
) -> list[Standing]:
    """Return what the next look is to know: what was found of those of whom anything was within the window.

    ``since`` is the time from which on this look has judged everything anew.
    """
    anew = {item.subject for kind in kinds for item in kind.judgements}
    kept = [one for one in earlier if one.subject not in anew and (since is None or one.came < since.timestamp())]
    kept += [
        written(item, kind.people.get(item.subject, ""), kind.times[item.subject])
        for kind in kinds
        for item in kind.judgements
        if item.subject in kind.times
    ]
    return _recent(kept, now)[-_MOST:]


def _recent(standing: Iterable[Standing], now: datetime) -> list[Standing]:
    """Return what was found of those of whom anything was within the window, oldest first."""
    ordered = sorted(standing, key=lambda one: one.came)
    latest = {one.person or one.subject: one.came for one in ordered}
    begin = (now - WINDOW).timestamp()
    return [one for one in ordered if latest[one.person or one.subject] >= begin]
