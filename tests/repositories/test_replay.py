"""A history replayed: what would have been said when."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorward.engine.contributions import Judged
from doorward.engine.replay import replay
from doorward.engine.repository import RepositoryWish
from doorward.model.facts import Known
from doorward.model.findings import Family, Finding, Judgement, Severity, Strength, Verdict
from doorward.policy import Policy
from tests.repositories.test_look import MALLORY, NOW, Project, judge_repository, judged

ALICE = "Alice Example <alice@example.org>"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def tagged(project: Project, name: str, tagger: str, days: float) -> None:
    head = f"object {project.head}\ntype commit\ntag {name}\ntagger {tagger} {project.when(days)}\n\nx\n"
    project.box.tag(name, project.head, head.encode())


def told(report):
    return [(alert.verdict, alert.subject.rpartition("@")[2], bool(alert.joins)) for alert in report.alerts]


def test_each_alert_stands_on_its_day_with_the_verdict_of_that_day(project: Project) -> None:
    arrival = project.commit(15, MALLORY, {**project.files, "b": b"1"})
    swapped = project.commit(10, MALLORY, {**project.files, "b": b"1", "tests/files/bad.xz": b"two"})
    again = project.commit(5, MALLORY, {**project.files, "b": b"1", "tests/files/bad.xz": b"three"})
    report = project.look(replay=True)
    assert told(report) == [
        (Verdict.HOLD, arrival, False),
        (Verdict.BLOCK, swapped, True),
        (Verdict.BLOCK, again, True),
    ]
    assert [(NOW - alert.time).days for alert in report.alerts] == [15, 10, 5]
    assert [{finding.rule for finding in alert.findings} for alert in report.alerts][1:] == [
        {"repository/opaque-fixture-changed"}
    ] * 2
    assert report.verdict is Verdict.BLOCK


def test_a_day_of_the_replay_says_what_looking_on_that_day_says(project: Project) -> None:
    project.commit(15, MALLORY, {**project.files, "b": b"1"})
    project.commit(10, MALLORY, {**project.files, "b": b"1", "tests/files/bad.xz": b"two"})
    for alert in project.look(replay=True).alerts:
        then = project.look(as_of=alert.time + timedelta(hours=1))
        head = alert.joins or alert.subject
        assert {item.subject: item.verdict for item in then.subjects}[head] is alert.verdict
        before = project.look(as_of=alert.time - timedelta(hours=1))
        assert all(item.subject != alert.subject for item in before.subjects)


def test_a_tag_is_judged_by_what_its_own_day_knew(project: Project) -> None:
    for number, days in enumerate((700, 600, 500)):
        tagged(project, f"v0.{number}", ALICE, days)
    project.commit(15, MALLORY, {**project.files, "b": b"1"})
    tagged(project, "v1.0", MALLORY, 14)
    project.commit(1, MALLORY, {**project.files, "b": b"2"})
    report = project.look(replay=True)
    (newcomer,) = (finding for finding in report.findings if finding.rule == "repository/newcomer-release")
    assert "committing here for 1 day" in " ".join(item.baseline for item in newcomer.evidence)


def test_a_replay_can_begin_and_end_on_a_day(project: Project) -> None:
    arrival = project.commit(15, MALLORY, {**project.files, "b": b"1"})
    project.commit(10, MALLORY, {**project.files, "b": b"1", "tests/files/bad.xz": b"two"})
    assert told(project.look(replay=True, as_of=NOW - timedelta(days=12))) == [(Verdict.HOLD, arrival, False)]
    assert len(project.look(replay=True, since=NOW - timedelta(days=12)).alerts) == 1
    assert project.look(replay=True, since=NOW).alerts == ()
    assert project.look().alerts is None


def test_a_wrong_date_brings_nothing_forward(project: Project) -> None:
    for number, days in enumerate((700, 600, 500)):
        tagged(project, f"v0.{number}", ALICE, days)
    project.commit(-3_000, ALICE, {"a": b"far ahead"})
    arrival = project.commit(5, MALLORY, {**project.files, "b": b"1"})
    tagged(project, "v1.0", MALLORY, 3)
    report = project.look(replay=True)
    assert (Verdict.HOLD, arrival, False) in told(report)
    (newcomer,) = (finding for finding in report.findings if finding.rule == "repository/newcomer-release")
    assert "committing here for" in " ".join(item.baseline for item in newcomer.evidence)


def test_tags_of_an_earlier_day_lead_where_the_ledger_saw_them_lead(project: Project) -> None:
    good = project.head
    project.box.tag("v1.0", good)
    project.look()
    evil = project.commit(1, MALLORY, {"a": b"evil"}, branch=None)
    project.box.tag("v1.0", evil)
    project.box.tag("v1.1", evil)
    project.look()
    on = {days: project.look(as_of=NOW + timedelta(days=days)) for days in (0, 1)}
    seen = {days: {item.subject.rpartition("/")[2] for item in report.subjects} for days, report in on.items()}
    assert "v1.1" not in seen[0]
    assert "v1.1" in seen[1]
    assert [judged(on[days]).rpartition(", ")[2] for days in (0, 1)] == ["1 tags", "2 tags"]


def test_thousands_of_equal_hits_are_decided_quickly() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    many = Judged()
    for number in range(5_000):
        subject, time = f"git+x@{number:040}", start + timedelta(hours=number)
        finding = Finding("repository/x", "DS0021", subject, Family.CONTENT, Strength.WEAK, Severity.LOW, "x")
        many.judgements.append(Judgement(subject, (finding,), published=Known(time)))
        many.people[subject], many.times[subject] = "mallory", time
    assert list(replay(Policy(), [many])) == []


def test_a_replay_remembers_like_any_look(project: Project) -> None:
    project.look(replay=True)
    report = judge_repository(project.context(), RepositoryWish(project.location))
    assert dict(report.header)["judged"] == "0 commits, 0 tags"
