"""What earlier looks found: it stands for as long as it stops, and what a person does later joins it."""

from datetime import timedelta

from doorward.engine.contributions import Judged
from doorward.engine.gather.standing import written
from doorward.engine.repository import RepositoryWish
from doorward.engine.standing import to_remember
from doorward.model.facts import Known
from doorward.model.findings import Allowance, Evidence, Family, Finding, Judgement, Severity, Strength, Verdict
from doorward.policy import Policy
from tests.repositories.test_look import MALLORY, NOW, Project, fired, judge_repository, judged, project

__all__ = ["project"]


def arrival(project: Project) -> None:
    """Somebody who never did so before puts a commit on the default branch of two."""
    project.look()
    project.commit(1, MALLORY, {**project.files, "a": b"harmless"})


def test_a_hold_stands_until_it_ends(project: Project) -> None:
    arrival(project)
    first = project.look()
    assert first.verdict is Verdict.HOLD
    again = project.look()
    assert (again.verdict, again.until, judged(again)) == (Verdict.HOLD, first.until, "0 commits, 0 tags")
    assert any("earlier look" in notice for notice in again.notices)
    assert first.until is not None
    project.now = first.until
    over = project.look()
    assert (over.verdict, over.findings, over.packages) == (Verdict.CLEAN, (), 0)


def test_weeks_later_the_odd_file_joins_the_arrival(project: Project) -> None:
    arrival(project)
    assert project.look().verdict is Verdict.HOLD
    project.now += timedelta(days=30)
    project.commit(-31, MALLORY, {**project.files, "tests/files/bad.xz": b"two"})
    report = project.look()
    assert report.verdict is Verdict.BLOCK
    assert {"new-integrator", "opaque-fixture-changed"} <= fired(report)
    assert project.look().verdict is Verdict.BLOCK, "two witnesses do not end by themselves"
    project.now += timedelta(days=91)
    assert project.look().verdict is Verdict.CLEAN


def test_what_came_longer_ago_than_the_window_joins_nothing(project: Project) -> None:
    arrival(project)
    project.look()
    project.now += timedelta(days=100)
    project.commit(-101, MALLORY, {**project.files, "tests/files/bad.xz": b"two"})
    report = project.look()
    assert (report.verdict, "new-integrator" in fired(report)) == (Verdict.HOLD, False)


def test_what_the_policy_allows_stands_no_longer(project: Project) -> None:
    arrival(project)
    held = project.look()
    allowances = tuple(
        Allowance(finding.rule, finding.subject, "known to the maintainers", None)
        for finding in held.findings
        if finding.strength > Strength.CONTEXT
    )
    context = project.context(policy=Policy(allowances=allowances))
    assert judge_repository(context, RepositoryWish(project.location)).verdict is Verdict.CLEAN


def test_a_narrower_look_tells_of_its_rules_alone(project: Project) -> None:
    arrival(project)
    project.look()
    assert project.look(rules="repository/ref-moved").findings == ()
    project.now -= timedelta(days=1)
    assert project.look().verdict is Verdict.HOLD


def test_judging_anew_forgets_what_is_found_no_more(project: Project) -> None:
    arrival(project)
    project.look()
    assert project.look(everything=True, rules="repository/ref-moved").verdict is Verdict.CLEAN
    assert project.look().verdict is Verdict.CLEAN


def test_the_past_neither_uses_nor_changes_it(project: Project) -> None:
    arrival(project)
    project.look()
    assert project.look(as_of=NOW - timedelta(days=5)).verdict is Verdict.CLEAN
    project.now -= timedelta(days=1)
    assert project.look().verdict is Verdict.HOLD


def finding(subject: str) -> Finding:
    return Finding(
        "repository/new-integrator", "DS0021", subject, Family.CONTRIBUTION, Strength.STRONG, Severity.HIGH,
        "message", (Evidence("label", "value", "where", "usual"),), "advice", ("repository/new-tagger",),
    )  # fmt: skip


def test_what_is_written_down_comes_back() -> None:
    item = Judgement("git+x@1", (finding("git+x@1"),), published=Known(NOW))
    assert written(item, "mallory", NOW).judgement == item


def test_a_persons_window_is_remembered_as_a_whole_and_no_longer() -> None:
    def seen(subject: str, person: str, days: int) -> Judged:
        item, came = Judgement(subject, (finding(subject),), published=Known(NOW)), NOW - timedelta(days=days)
        people = {subject: person} if person else {}
        return Judged([item], 1, 1, people, {subject: came})

    kinds = [seen("old", "mallory", 120), seen("new", "mallory", 60), seen("gone", "carol", 91), seen("tag", "", 91)]
    assert [one.subject for one in to_remember((), kinds, NOW)] == ["old", "new"]
    earlier = [written(Judgement("again", (finding("again"),)), "mallory", NOW)]
    assert to_remember(earlier, [Judged([Judgement("again")])], NOW) == []
    assert to_remember(earlier, (), NOW, NOW) == []
