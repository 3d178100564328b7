"""Asking rules: needs, gaps, rests and crashes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from doorward.engine.run import NOTHING, ask, resolve, select
from doorward.model.facts import Fact, Known, Missing, known
from doorward.model.findings import Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import ReleaseChange
from doorward.rules import LoadedRule, all_rules, rule_ids, rules_about


@dataclass(frozen=True)
class Side:
    hooks: Fact[tuple[str, ...]]
    plain: str = "text"


@dataclass(frozen=True)
class Step:
    new: Side
    old: Fact[Side | None]
    subject: str = "pkg:pypi/x@1"


FULL = Step(Side(Known(("a",))), Known(Side(Known(()))))
FIRST = Step(Side(Known(("a",))), Known(None))
NO_OLD = Step(Side(Known(("a",))), Missing("the index is down"))
UNREAD_OLD = Step(Side(Known(("a",))), Known(Side(Missing("x.whl: truncated"))))

RESOLVED = {
    "a fact of a plain attribute": (FULL, "new.hooks", Known(("a",))),
    "a fact below a fact": (FULL, "old.hooks", Known(())),
    "a plain value": (FULL, "new.plain", Known("text")),
    "the fact itself, though it is None": (FIRST, "old", Known(None)),
    "nothing to compare with": (FIRST, "old.hooks", NOTHING),
    "missing on the way": (NO_OLD, "old.hooks", Missing("the index is down")),
    "missing at the end": (UNREAD_OLD, "old.hooks", Missing("x.whl: truncated")),
}


@pytest.mark.parametrize("name", RESOLVED)
def test_resolve(name: str) -> None:
    subject, path, expected = RESOLVED[name]
    assert resolve(subject, path) == expected


def test_a_need_that_does_not_exist_is_our_mistake() -> None:
    with pytest.raises(AttributeError):
        resolve(FULL, "new.hoooks")


def rule(check: Callable[[Step], Iterable[Hit | Gap]], *needs: str, required: bool = False) -> LoadedRule:
    declared = Rule(Step, "DS0050", Family.CONTENT, Strength.STRONG, Severity.HIGH, needs, required, advice="stay")
    return LoadedRule("test/rule", declared, check, "page")


def answers(subject: Step, *loaded: LoadedRule):
    return ask(subject, loaded, lambda _, declared: declared.required)


def hit(_: Step) -> Iterable[Hit | Gap]:
    yield Hit("it happened", strength=Strength.WEAK)


def crash(_: Step) -> Iterable[Hit | Gap]:
    raise ZeroDivisionError("no")
    yield Hit("never")


def half(_: Step) -> Iterable[Hit | Gap]:
    yield Hit("first")
    yield Gap("one item is unreadable")
    yield Gap("one item is unreadable")


def asks_too_much(step: Step) -> Iterable[Hit | Gap]:
    old = known(step.old)
    yield Hit(str(old and known(old.hooks)))


def test_a_hit_becomes_a_finding_with_its_own_strength() -> None:
    (finding,) = answers(FULL, rule(hit, "new.hooks")).findings
    assert (finding.rule, finding.strength, finding.severity) == ("test/rule", Strength.WEAK, Severity.HIGH)
    assert (finding.subject, finding.advice) == ("pkg:pypi/x@1", "stay")


def test_an_unmet_need_is_a_gap_with_the_source_s_reason() -> None:
    answered = answers(NO_OLD, rule(hit, "old.hooks", required=True))
    assert answered.findings == ()
    assert [(gap.reason, gap.required) for gap in answered.gaps] == [("the index is down", True)]
    assert answered.evaluated == 0


def test_a_comparing_rule_rests_on_a_first_release() -> None:
    answered = answers(FIRST, rule(hit, "old.hooks"))
    assert (answered.findings, answered.gaps, answered.evaluated) == ((), (), 1)


def test_a_crash_is_a_gap_of_that_rule_alone() -> None:
    answered = answers(FULL, rule(crash), rule(hit))
    assert [gap.reason for gap in answered.gaps] == ["the rule failed: ZeroDivisionError: no"]
    assert (len(answered.findings), answered.evaluated) == (1, 1)


def test_a_gap_for_one_item_keeps_the_hits_for_others() -> None:
    answered = answers(FULL, rule(half))
    assert ([f.message for f in answered.findings], len(answered.gaps), answered.evaluated) == (["first"], 1, 0)


def insists(_: Step) -> Iterable[Hit | Gap]:
    yield Gap("the feed is stale", required=True)


def test_a_gap_may_insist_on_being_required() -> None:
    (gap,) = answers(FULL, rule(insists)).gaps
    assert (gap.reason, gap.required) == ("the feed is stale", True)


def test_known_inside_a_rule_is_a_gap_where_it_is_missing() -> None:
    answered = answers(UNREAD_OLD, rule(asks_too_much))
    assert [gap.reason for gap in answered.gaps] == ["x.whl: truncated"]


def test_rules_are_chosen_by_subject_and_globs() -> None:
    chosen = {loaded.id for loaded in select("registry/new-*", ReleaseChange)}
    assert chosen == {"registry/new-binary", "registry/new-dependency", "registry/new-install-hook"}
    assert {loaded.id for loaded in select("registry/size-jump, signing/*", ReleaseChange)} >= {
        "signing/provenance-lost"
    }
    assert select("nothing/*", ReleaseChange) == []
    assert select("repository/*", ReleaseChange) == []


def test_loading_by_subject_loses_no_rule() -> None:
    everything = all_rules()
    assert everything.keys() == rule_ids()
    for subject in {loaded.rule.subject for loaded in everything.values()}:
        about = [loaded.id for loaded in everything.values() if loaded.rule.subject is subject]
        assert [loaded.id for loaded in rules_about(subject)] == about
