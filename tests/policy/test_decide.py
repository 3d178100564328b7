"""The verdict: which findings block, hold, warn, and what cannot be silenced."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from doorward.model.facts import Known, Missing
from doorward.model.findings import Allowance, Family, Finding, Judgement, Severity, Strength, Unanswered, Verdict
from doorward.policy import Policy, decide

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SUBJECT = "pkg:pypi/examplelib@4.1.1"


def finding(
    family: Family = Family.CONTENT,
    strength: Strength = Strength.STRONG,
    rule: str = "",
    subject: str = SUBJECT,
    same_cause: tuple[str, ...] = (),
    severity: Severity = Severity.HIGH,
) -> Finding:
    return Finding(
        rule or f"test/{family.word}", "DS0050", subject, family, strength, severity, "m", same_cause=same_cause
    )


def judgement(*findings: Finding, age_hours: float | None = 1.0, required_gap: bool = False, **fields) -> Judgement:
    published = Missing("not told") if age_hours is None else Known(NOW - timedelta(hours=age_hours))
    gaps = (Unanswered("test/needed", SUBJECT, "not told", required=True),) if required_gap else ()
    return Judgement(SUBJECT, findings, gaps, 3, published=published, first_seen=NOW - timedelta(hours=2), **fields)


STRONG, WEAK, CONTEXT, CONCLUSIVE = Strength.STRONG, Strength.WEAK, Strength.CONTEXT, Strength.CONCLUSIVE
OLD = 24.0 * 30

CASES = {
    "nothing": (judgement(), Verdict.CLEAN),
    "context alone never alarms": (judgement(finding(strength=CONTEXT), finding(Family.SIZE, CONTEXT)), Verdict.CLEAN),
    "one weak is a note": (judgement(finding(strength=WEAK)), Verdict.CLEAN),
    "conclusive blocks alone": (judgement(finding(strength=CONCLUSIVE), age_hours=OLD), Verdict.BLOCK),
    "strong and weak of two families block": (
        judgement(finding(), finding(Family.EXECUTION, WEAK), age_hours=OLD),
        Verdict.BLOCK,
    ),
    "two of one family are one witness": (judgement(finding(rule="test/a"), finding(rule="test/b")), Verdict.HOLD),
    "strong and context are one witness": (judgement(finding(), finding(Family.SIZE, CONTEXT)), Verdict.HOLD),
    "a young strong one is held": (judgement(finding()), Verdict.HOLD),
    "an old strong one warns": (judgement(finding(), age_hours=OLD), Verdict.WARN),
    "two weak of two families are held while young": (
        judgement(finding(strength=WEAK), finding(Family.DEPENDENCY, WEAK)),
        Verdict.HOLD,
    ),
    "two weak of one family are a note": (
        judgement(finding(strength=WEAK, rule="test/a"), finding(strength=WEAK, rule="test/b")),
        Verdict.CLEAN,
    ),
    "unknown age counts from first sight": (judgement(finding(), age_hours=None), Verdict.HOLD),
    "a required gap is not evaluated": (judgement(required_gap=True), Verdict.NOT_EVALUATED),
    "a required gap outranks a warning": (
        judgement(finding(), age_hours=OLD, required_gap=True),
        Verdict.NOT_EVALUATED,
    ),
    "a hold outranks a required gap": (judgement(finding(), required_gap=True), Verdict.HOLD),
    "risk corroborates nothing": (judgement(finding(), finding(Family.VULNERABILITY), age_hours=OLD), Verdict.WARN),
    "risk alone is clean of tampering": (judgement(finding(Family.VULNERABILITY, STRONG)), Verdict.CLEAN),
    "a cause shared by both is one witness": (
        judgement(
            finding(Family.CONTENT, rule="test/binary", same_cause=("test/hook",)),
            finding(Family.EXECUTION, rule="test/hook", same_cause=("test/binary",)),
            age_hours=OLD,
        ),
        Verdict.WARN,
    ),
    "a cause named by one only is no excuse": (
        judgement(
            finding(Family.CONTENT, rule="test/binary", same_cause=("test/hook",)),
            finding(Family.EXECUTION, rule="test/hook"),
            age_hours=OLD,
        ),
        Verdict.BLOCK,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str) -> None:
    judged, expected = CASES[name]
    assert decide(Policy(), [judged], now=NOW).verdict is expected


def test_a_hold_ends_by_itself() -> None:
    held = decide(Policy(), [judgement(finding(), age_hours=1)], now=NOW)
    assert held.until == NOW + timedelta(hours=71)
    later = decide(Policy(), [judgement(finding(), age_hours=1)], now=NOW + timedelta(hours=71))
    assert later.verdict is Verdict.WARN
    assert later.until is None


def test_findings_of_linked_subjects_join_the_fold() -> None:
    tag = replace(judgement(finding(Family.CONTRIBUTION, subject="tag")), subject="tag", linked_only=True)
    release = judgement(finding(), related=("tag",), age_hours=OLD)
    decided = decide(Policy(), [release, tag], now=NOW)
    assert decided.subjects[0].verdict is Verdict.BLOCK
    assert decided.subjects[0].related == ("tag",)


def test_the_worst_subject_gives_the_verdict() -> None:
    fine = replace(judgement(), subject="pkg:pypi/fine@1")
    decided = decide(Policy(), [fine, judgement(finding(strength=CONCLUSIVE)), replace(fine, subject="other")], now=NOW)
    assert decided.verdict is Verdict.BLOCK


def allowance(until: date = date(2026, 6, 1), subject: str = SUBJECT) -> Allowance:
    return Allowance("test/content", subject, "reviewed", until)


def test_what_is_allowed_stays_visible_and_does_not_count() -> None:
    decided = decide(Policy(allowances=(allowance(),)), [judgement(finding())], now=NOW)
    assert decided.verdict is Verdict.CLEAN
    assert [f.allowed for f in decided.findings] == [allowance()]


def test_an_allowance_ends_after_its_day_and_says_so() -> None:
    decided = decide(Policy(allowances=(allowance(date(2026, 5, 31)),)), [judgement(finding())], now=NOW)
    assert decided.verdict is Verdict.HOLD
    assert decided.notices == (f"the allowance of test/content for {SUBJECT} expired on 2026-05-31",)


def test_an_allowance_never_covers_another_version() -> None:
    other = "pkg:pypi/examplelib@4.1.0"
    decided = decide(Policy(allowances=(allowance(subject=other),)), [judgement(finding())], now=NOW, full=True)
    assert decided.verdict is Verdict.HOLD
    assert decided.notices == (f"the allowance of test/content for {other} met nothing: remove it",)


def test_the_policy_sets_a_rule_s_strength() -> None:
    decided = decide(Policy(strengths={"test/content": WEAK}), [judgement(finding())], now=NOW)
    assert (decided.verdict, decided.findings[0].strength) == (Verdict.CLEAN, WEAK)


def test_vulnerabilities_stop_only_at_the_policy_s_threshold() -> None:
    vulnerable = judgement(finding(Family.VULNERABILITY, severity=Severity.HIGH))
    assert decide(Policy(block_vulnerability=Severity.CRITICAL), [vulnerable], now=NOW).verdict is Verdict.CLEAN
    assert decide(Policy(block_vulnerability=Severity.HIGH), [vulnerable], now=NOW).verdict is Verdict.BLOCK
    malware = judgement(finding(Family.INTELLIGENCE, CONCLUSIVE, severity=Severity.LOW))
    assert decide(Policy(block_vulnerability=Severity.CRITICAL), [malware], now=NOW).verdict is Verdict.BLOCK


def test_incomplete_is_told_whatever_the_verdict() -> None:
    assert decide(Policy(), [judgement(finding(strength=CONCLUSIVE), required_gap=True)], now=NOW).incomplete
    assert not decide(Policy(), [judgement()], now=NOW).incomplete
