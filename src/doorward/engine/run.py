"""Ask every rule about every subject.

A rule that has no answer is a gap, whether a need is missing, the rule says so itself, or it crashes.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from doorward.model.facts import Fact, Known, Missing, NotKnown
from doorward.model.findings import Allowance, Finding, Gap, Hit, Rule, Unanswered
from doorward.records import dataclass
from doorward.rules import LoadedRule, rules_about


class Subject(Protocol):
    """What a rule looks at."""

    @property
    def subject(self) -> str:
        """Its id in reports."""


class _Nothing:
    """The answer to a need below ``Known(None)``: there is nothing to compare with."""


NOTHING = _Nothing()


def resolve(subject: object, path: str) -> Fact[Any] | _Nothing:
    """Follow an attribute path; every step may be a plain value or a fact.

    Returns ``Missing`` with its reason where a step is missing, :data:`NOTHING` where a step before the last is
    ``Known(None)``, else ``Known`` with the value at the end.
    """
    value: Any = subject
    for step in path.split("."):
        if value is None:
            return NOTHING
        value = getattr(value, step)
        if isinstance(value, Missing):
            return value
        if isinstance(value, Known):
            value = value.value
    return Known(value)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the rules said of one subject."""

    findings: tuple[Finding, ...]
    gaps: tuple[Unanswered, ...]
    evaluated: int


def matches(rule_id: str, globs: str | None) -> bool:
    """Whether a comma-separated list of globs names a rule; None names all."""
    return globs is None or any(fnmatch.fnmatchcase(rule_id, part.strip()) for part in globs.split(","))


def select(globs: str | None, subject_type: type) -> list[LoadedRule]:
    """Return the rules for subjects of a type, narrowed by globs."""
    return [loaded for loaded in rules_about(subject_type) if matches(loaded.id, globs)]


def ask(subject: Subject, rules: Sequence[LoadedRule], requires: Callable[[str, Rule], bool]) -> Answers:
    """Ask ``rules`` about one subject."""
    findings: list[Finding] = []
    gaps: list[Unanswered] = []
    evaluated = 0
    resolved: dict[str, Fact[Any] | _Nothing] = {}
    for loaded in rules:
        for need in loaded.rule.needs:
            if need not in resolved:
                resolved[need] = resolve(subject, need)
        found, unanswered = _answer(subject, loaded, resolved)
        findings += found
        # One rule may miss the same thing for several items: that is one gap.
        required = requires(loaded.id, loaded.rule)
        gaps += [
            Unanswered(loaded.id, subject.subject, gap.reason, required or bool(gap.required))
            for gap in dict.fromkeys(unanswered)
        ]
        evaluated += not unanswered
    return Answers(tuple(findings), tuple(gaps), evaluated)


def _answer(
    subject: Subject, loaded: LoadedRule, resolved: Mapping[str, Fact[Any] | _Nothing]
) -> tuple[list[Finding], list[Gap]]:
    needs = [resolved[need] for need in loaded.rule.needs]
    missing = [need.reason for need in needs if isinstance(need, Missing)]
    if missing:
        return [], [Gap(missing[0])]
    if any(need is NOTHING for need in needs):
        return [], []
    findings: list[Finding] = []
    gaps: list[Gap] = []
    try:
        for answer in loaded.check(subject):
            if isinstance(answer, Gap):
                gaps.append(answer)
            else:
                findings.append(_finding(subject.subject, loaded, answer))
    except NotKnown as gap:
        gaps.append(Gap(gap.reason))
    except Exception as error:  # noqa: BLE001 - the boundary: one broken rule is a gap of that rule, never of the scan
        gaps.append(Gap(f"the rule failed: {type(error).__name__}: {error}"))
    return findings, gaps


def _finding(subject: str, loaded: LoadedRule, hit: Hit) -> Finding:
    rule = loaded.rule
    return Finding(
        rule=loaded.id,
        detection=rule.detection,
        subject=subject,
        family=rule.family,
        strength=rule.strength if hit.strength is None else hit.strength,
        severity=rule.severity if hit.severity is None else hit.severity,
        message=hit.message,
        evidence=hit.evidence,
        advice=hit.advice or rule.advice,
        same_cause=rule.same_cause if hit.same_cause is None else hit.same_cause,
        allowed=Allowance(loaded.id, subject, hit.cleared, None) if hit.cleared else None,
    )
