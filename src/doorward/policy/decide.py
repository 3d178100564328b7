"""The decision: a pure function of judgements and policy.

The fold of a subject is its own findings and those of its linked subjects. Families are causes, so two findings of
one family are one witness; two that share an innocent cause (both name each other in ``same_cause``) are one as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations

from doorward.model.facts import Known
from doorward.model.findings import (
    RISK_FAMILIES,
    Allowance,
    Family,
    Finding,
    Judgement,
    Strength,
    SubjectVerdict,
    Unanswered,
    Verdict,
)
from doorward.policy.model import Policy
from doorward.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision about everything that was judged."""

    verdict: Verdict
    subjects: tuple[SubjectVerdict, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[Unanswered, ...]
    notices: tuple[str, ...]
    incomplete: bool
    until: datetime | None


def decide(policy: Policy, judgements: Sequence[Judgement], *, now: datetime, full: bool = False) -> Decided:
    """Decide about ``judgements`` at the moment ``now``.

    ``full`` says that everything was looked at, so that an allowance that met nothing can be called unused.
    """
    applied = [replace(item, findings=tuple(_apply(policy, item.findings, now))) for item in judgements]
    by_subject = {item.subject: item for item in applied}
    subjects = tuple(_subject(policy, item, by_subject, now) for item in applied)
    gaps = tuple(gap for item in applied for gap in item.gaps)
    findings = tuple(finding for item in applied for finding in item.findings)
    verdict = min((s.verdict for s in subjects), key=lambda v: v.rank, default=Verdict.CLEAN)
    holds = [s.until for s in subjects if s.verdict is Verdict.HOLD and s.until]
    return Decided(
        verdict,
        subjects,
        findings,
        gaps,
        tuple(_notices(policy, findings, now, full=full)),
        incomplete=any(gap.required for gap in gaps),
        until=max(holds) if verdict is Verdict.HOLD and holds else None,
    )


def _apply(policy: Policy, findings: Iterable[Finding], now: datetime) -> Iterable[Finding]:
    """Set the policy's strengths and mark what it allows."""
    for finding in findings:
        strength = policy.strengths.get(finding.rule, finding.strength)
        yield replace(finding, strength=strength, allowed=finding.allowed or _allowance(policy, finding, now))


def _allowance(policy: Policy, finding: Finding, now: datetime) -> Allowance | None:
    for allowance in policy.allowances:
        matches = allowance.rule == finding.rule and allowance.subject == finding.subject
        if matches and not allowance.advisory and not _has_expired(allowance, now):
            return allowance
    return None


def _has_expired(allowance: Allowance, now: datetime) -> bool:
    return allowance.until is not None and now.date() > allowance.until


def _subject(policy: Policy, item: Judgement, by_subject: dict[str, Judgement], now: datetime) -> SubjectVerdict:
    linked = [by_subject[other] for other in item.related if other in by_subject and other != item.subject]
    fold = [f for judged in (item, *linked) for f in judged.findings if f.allowed is None]
    verdict, until = _fold(policy, fold, _hold_until(policy, item), now)
    unanswered = any(gap.required for gap in item.gaps)
    if unanswered and verdict.rank > Verdict.NOT_EVALUATED.rank:
        verdict = Verdict.NOT_EVALUATED
    return SubjectVerdict(
        item.subject,
        verdict,
        until if verdict is Verdict.HOLD else None,
        item.via,
        (*(judged.subject for judged in linked if _speaks(judged)), *filter(is_run, item.related)),
        item.compared_with,
        item.linked_only,
        item.declared,
    )


def _speaks(judged: Judgement) -> bool:
    """Whether a linked subject has anything to say in the fold."""
    return any(finding.strength > Strength.CONTEXT for finding in judged.findings)


def is_run(subject: str) -> bool:
    """Whether a linked subject is a guarded run, whose findings about a release stand with the release itself."""
    return subject.startswith("run:")


def _hold_until(policy: Policy, item: Judgement) -> datetime | None:
    """Return when the release stops being young. An unknown upload time counts from the first sight."""
    since = item.published.value if isinstance(item.published, Known) else item.first_seen
    return since + policy.hold if since else None


def _fold(
    policy: Policy, findings: Sequence[Finding], until: datetime | None, now: datetime
) -> tuple[Verdict, datetime | None]:
    witnesses = [f for f in findings if f.family not in RISK_FAMILIES and f.strength >= Strength.WEAK]
    if _risk_blocks(policy, findings) or any(f.strength is Strength.CONCLUSIVE for f in witnesses):
        return Verdict.BLOCK, None
    # Thousands of hits of one rule are one witness: each kind is compared once.
    kinds = {(f.rule, f.family, f.strength, f.same_cause): f for f in witnesses}
    pairs = [pair for pair in combinations(kinds.values(), 2) if independent(*pair)]
    if any(Strength.STRONG in {one.strength, other.strength} for one, other in pairs):
        return Verdict.BLOCK, None
    if pairs or any(f.strength is Strength.STRONG for f in witnesses):
        return (Verdict.HOLD, until) if until and now < until else (Verdict.WARN, None)
    return Verdict.CLEAN, None


def independent(one: Finding, other: Finding) -> bool:
    """Whether two findings are two witnesses: other families, and no innocent cause that both name."""
    shared = other.rule in one.same_cause and one.rule in other.same_cause
    return one.family is not other.family and not shared


def _risk_blocks(policy: Policy, findings: Sequence[Finding]) -> bool:
    thresholds = {
        Family.VULNERABILITY: policy.block_vulnerability,
        Family.GUIDANCE: policy.block_guidance,
    }
    for finding in findings:
        threshold = thresholds.get(finding.family)
        if threshold is not None and finding.strength > Strength.CONTEXT and finding.severity >= threshold:
            return True
    return False


def _notices(policy: Policy, findings: Sequence[Finding], now: datetime, *, full: bool) -> Iterable[str]:
    met = {(f.rule, f.subject) for f in findings}
    for allowance in policy.allowances:
        of = f"{allowance.advisory} ({allowance.rule})" if allowance.advisory else allowance.rule
        what = f"the allowance of {of} for {allowance.subject}"
        if _has_expired(allowance, now):
            yield f"{what} expired on {allowance.until:%Y-%m-%d}"
        elif full and (allowance.rule, allowance.subject) not in met:
            yield f"{what} met nothing: remove it"
