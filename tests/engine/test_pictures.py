"""Which release sizes a report carries, and of which releases."""

from dataclasses import replace
from datetime import timedelta

from doorward.engine.pictures import PICTURES, RELEASES, release_sizes, shown_sizes
from doorward.model.facts import Known, Missing
from doorward.model.findings import Family, Finding, Severity, Strength, SubjectVerdict, Verdict
from doorward.model.pictures import SizePoint
from doorward.model.release import PastRelease, ReleaseChange
from tests.rules.build import PUBLISHED, change, growth, past, release


def sized(version: str, days: float, size: int, **more) -> PastRelease:
    return past(version, days, sizes=(("sdist", size), ("wheel:any::py3:none", 7)), **more)


def grown(name: str = "lib", history=(), **more) -> ReleaseChange:
    step = replace(growth(2.0, 9.0, new=900), old_bytes=300, kind="sdist")
    new, old = release("1.3", name=name), release("1.2", name=name)
    return change(new, old, history, **{"size": step} | more)


def test_the_last_releases_oldest_first_and_the_new_one_last() -> None:
    made = release_sizes(grown(history=(sized("1.2", 30, 300), sized("1.1", 60, 200), sized("1.0", 90, 100))))
    assert made
    assert made.subject == "pkg:pypi/lib@1.3"
    assert made.kind == "sdist"
    assert made.points == (
        SizePoint("1.0", PUBLISHED - timedelta(days=90), 100),
        SizePoint("1.1", PUBLISHED - timedelta(days=60), 200),
        SizePoint("1.2", PUBLISHED - timedelta(days=30), 300),
        SizePoint("1.3", PUBLISHED, 900),
    )


def test_time_orders_releases_where_it_is_known() -> None:
    history = (sized("2.0", 80, 300), sized("1.2", 30, 300), sized("1.0", 90, 100))
    assert [point.version for point in release_sizes(grown(history=history)).points] == ["1.0", "2.0", "1.2", "1.3"]
    stripped = tuple(replace(one, published=None) for one in history)
    made = release_sizes(grown(history=stripped))
    assert [point.version for point in made.points] == ["1.0", "1.2", "2.0", "1.3"]
    assert made.points[0].published is None


def test_releases_without_that_kind_are_left_out_and_the_old_one_is_measured() -> None:
    made = release_sizes(grown(history=(past("1.2"), past("1.1", 60, sizes=(("npm", 5),)), sized("1.0", 90, 100))))
    assert [(point.version, point.size) for point in made.points] == [("1.0", 100), ("1.2", 300), ("1.3", 900)]


def test_a_long_history_ends_in_the_last_releases() -> None:
    made = release_sizes(grown(history=[sized(f"0.{n}", 100 - n, n) for n in range(99, -1, -1)]))
    assert len(made.points) == RELEASES
    assert [point.version for point in made.points[-3:]] == ["0.99", "1.2", "1.3"]


def test_nothing_where_nothing_can_be_compared() -> None:
    missing = Missing("the index removes it")
    assert release_sizes(grown(size=Known(None))) is None
    assert release_sizes(grown(size=missing)) is None
    assert release_sizes(grown(history=missing)) is None
    assert release_sizes(change(release("1.0"), missing, size=growth(0.1, None))) is None


def finding(subject: str, strength: Strength) -> Finding:
    return Finding("registry/new-binary", "DS0050", subject, Family.CONTENT, strength, Severity.HIGH, "It is new.")


def test_a_report_carries_what_it_shows_the_worst_first() -> None:
    names = ("clean", "noted", "warned", "held", "stopped", "explains", "worse")
    verdicts = (Verdict.CLEAN, Verdict.CLEAN, Verdict.WARN, Verdict.HOLD, Verdict.BLOCK, Verdict.CLEAN, Verdict.BLOCK)
    changes = [grown(name) for name in names]
    decided = [
        SubjectVerdict(one.subject, verdict, linked_only=name == "explains")
        for one, verdict, name in zip(changes, verdicts, names, strict=True)
    ]
    findings = [
        finding("pkg:pypi/noted@1.3", Strength.CONTEXT),
        finding("pkg:pypi/stopped@1.3", Strength.STRONG),
        finding("pkg:pypi/worse@1.3", Strength.CONCLUSIVE),
    ]

    def shown(*, every: bool) -> list[str]:
        return [made.subject[9:-4] for made in shown_sizes(changes, decided, findings, every=every)]

    assert shown(every=False) == ["worse", "stopped", "held", "warned", "noted"]
    assert shown(every=True) == ["worse", "stopped", "held", "warned", "noted", "clean"]


def test_a_report_carries_only_so_many() -> None:
    changes = [grown(f"lib-{n}") for n in range(30)]
    decided = [SubjectVerdict(one.subject, Verdict.WARN) for one in changes]
    assert len(shown_sizes(changes, decided, (), every=False)) == PICTURES
    unread = [SubjectVerdict("pkg:pypi/ghost@1.0", Verdict.NOT_EVALUATED)]
    assert shown_sizes(changes, unread, (), every=True) == ()
