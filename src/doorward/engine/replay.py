"""What would have been said when: each alert of a history on its day, with only what was known that day.

The rules are a fold over the history, so one walk tells what every day knew; only the decision is taken again, at the
moment of each finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from doorward.engine.contributions import WINDOW, Judged
from doorward.model.facts import Known
from doorward.model.findings import Alert, Finding, Judgement, Strength, Verdict
from doorward.policy import Policy, decide
from doorward.records import dataclass, field

_ALERTS = frozenset({Verdict.BLOCK, Verdict.HOLD, Verdict.WARN})


@dataclass(slots=True)
class _Fold:
    """What one person, or a tag or ref by itself, has said within the window."""

    subject: str
    last: datetime
    verdict: Verdict = Verdict.CLEAN
    #: Of thousands of equal hits one counts, as in the decision itself.
    findings: dict[tuple[str, Strength], Finding] = field(default_factory=dict)

    def decide(self, policy: Policy, item: Judgement, now: datetime) -> tuple[Verdict, tuple[Finding, ...]]:
        """Take in what is new, and return the verdict of that moment with the new findings."""
        self.last = now
        fresh = [finding for finding in item.findings if finding.strength > Strength.CONTEXT]
        self.findings |= {(finding.rule, finding.strength): finding for finding in fresh}
        published = Known(now) if item.published else None
        whole = Judgement(self.subject, tuple(self.findings.values()), published=published)
        told = decide(policy, [whole], now=now)
        names = {finding.fingerprint for finding in fresh}
        return told.verdict, tuple(finding for finding in told.findings if finding.fingerprint in names)


def replay(policy: Policy, kinds: Iterable[Judged]) -> Iterator[Alert]:
    """Yield the alerts of what was judged, oldest first.

    One is given for each person and window, again where it gets worse, and where another strong finding joins it.
    """
    folds: dict[str, _Fold] = {}
    occasions = [
        (judged.times[item.subject], item, judged)
        for judged in kinds
        for item in judged.judgements
        if item.subject in judged.times
    ]
    for now, item, judged in sorted(occasions, key=lambda occasion: (occasion[0], occasion[1].subject)):
        person = judged.people.get(item.subject, "")
        fold = folds.get(person) if person else None
        if fold is None or now - fold.last > WINDOW:
            fold = _Fold(item.subject, now)
            if person:
                folds[person] = fold
        verdict, findings = fold.decide(policy, item, now)
        strong = any(finding.strength > Strength.WEAK and not finding.allowed for finding in findings)
        if verdict in _ALERTS and (strong or verdict.rank < fold.verdict.rank):
            fold.verdict = verdict
            yield Alert(now, verdict, item.subject, findings, "" if fold.subject == item.subject else fold.subject)
