"""Judging many subjects: quiet ones leave nothing behind, and one person's hits are one alert."""

from dataclasses import replace
from datetime import UTC, datetime

from doorward.engine.contributions import judge, rules_for
from doorward.model.facts import Known, Missing
from doorward.model.findings import Verdict
from doorward.model.history import DAY, Commit, MergeRequest, RefMove, Tag
from doorward.model.signature import SignatureState
from doorward.policy import Policy, decide
from tests.rules.repository.made import NOW, TIME, UNKNOWN, change, commit, newcomer, signature, tag

FIRST = {"first_integration": True, "circle": 1, "circle_names": ("Alice",)}


def at(day, *changes, hand, **more):
    moment = TIME + day * DAY
    more |= {"clock": moment, "commit_time": moment, "author_time": moment}
    return replace(commit(*changes, hand=hand, **more), id=f"{day:040}")


def run(*commits):
    return judge(commits, rules_for("repository/*", Commit), lambda *_: False)


def test_rules_for_what_two_kinds_have_in_common_are_asked_about_both():
    names = {kind: {loaded.id for loaded in rules_for(None, kind)} for kind in (Commit, Tag, RefMove, MergeRequest)}
    assert "repository/signature-invalid" in names[Commit] & names[Tag]
    assert "repository/direct-push" in names[Commit] - names[Tag]
    assert names[RefMove] == {"repository/ref-moved"}
    assert len(names[MergeRequest]) == 3
    assert [loaded.id for loaded in rules_for("repository/new-*", Tag)] == ["repository/new-tagger"]


def test_quiet_commits_leave_only_a_number():
    done = run(*(at(day, hand=commit().hand) for day in range(50)))
    assert done.judgements == []
    assert done.subjects == 50
    assert done.evaluated == 50 * len(rules_for("repository/*", Commit))


def test_a_gap_is_kept():
    done = run(commit(integrator=Missing("git does not tell")))
    (judgement,) = done.judgements
    assert [gap.rule for gap in judgement.gaps] == ["repository/new-integrator"]
    assert done.evaluated == len(rules_for("repository/*", Commit)) - 1


def verdicts(done, now=NOW):
    folded = done.folded
    decided = decide(Policy(), folded, now=now)
    linked = {item.subject for item in folded if item.linked_only}
    return [found.verdict for found in decided.subjects if found.subject not in linked]


def test_hits_of_one_person_within_ninety_days_are_one_alert():
    mallory = newcomer(new=False)
    hits = [at(day, hand=mallory, author=mallory, **FIRST) for day in (0, 80, 160)]
    done = run(*hits, at(251, hand=mallory, **FIRST))
    heads = [item for item in done.folded if not item.linked_only]
    assert [item.subject for item in heads] == [hits[0].subject, f"{hits[0].repository}@{251:040}"]
    assert heads[0].related == (hits[1].subject, hits[2].subject)
    assert heads[0].published.value == datetime.fromtimestamp(hits[2].clock, tz=UTC)


def test_the_strongest_hit_is_told_and_the_weaker_ones_explain_it():
    alice = commit().hand
    new_key = signature("B" * 40, UNKNOWN)
    weak = at(0, hand=alice, signatures=(new_key,), new_keys=frozenset({new_key.claim.key}))
    forged = at(5, hand=alice, signatures=(signature("C" * 40, Known(SignatureState.BAD)),))
    (head,) = [item for item in run(weak, forged).folded if not item.linked_only]
    assert head.subject == forged.subject
    assert head.related == (weak.subject,)


def test_two_people_are_two_alerts():
    done = run(at(0, hand=newcomer("Mallory X"), **FIRST), at(1, hand=newcomer("Trudy Y"), **FIRST))
    assert len(verdicts(done, NOW)) == 2


def test_an_arrival_and_what_follows_meet():
    """The arrival alone warns; with the replaced binary three weeks later, two witnesses block."""
    mallory = newcomer(new=False)
    arrival = at(0, hand=mallory, **FIRST)
    payload = at(21, change("tests/files/bad-3-corrupt.xz"), hand=mallory)
    late = datetime.fromtimestamp(payload.clock + 30 * DAY, tz=UTC)
    assert verdicts(run(arrival), late) == [Verdict.WARN]
    assert verdicts(run(arrival, payload), late) == [Verdict.BLOCK]


def test_a_young_arrival_holds_until_it_is_not_young():
    arrival = at(0, hand=newcomer(), **FIRST)
    soon = datetime.fromtimestamp(arrival.clock + DAY, tz=UTC)
    assert verdicts(run(arrival), soon) == [Verdict.HOLD]


def test_practices_do_not_fold():
    alice = commit().hand
    done = run(at(0, hand=alice, chain_by_merge=50), at(1, hand=alice, chain_by_merge=50))
    assert [item.linked_only for item in done.folded] == [False, False]


def test_tags_are_judged_too():
    done = judge(
        [tag(), tag("v3.0", signatures=(signature("B" * 40, UNKNOWN),), new_keys=frozenset({"B" * 16}))],
        rules_for("repository/*", Tag),
        lambda *_: False,
    )
    found = {finding.rule for item in done.judgements for finding in item.findings}
    assert found == {"repository/tag-key-changed"}
