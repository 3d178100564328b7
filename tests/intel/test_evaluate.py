"""Packages against a bundle: matches, gaps, groups of aliases, and what outranks what."""

from datetime import UTC, datetime
from typing import Any

import pytest

from doorward.engine.advisories import Answer, evaluate
from doorward.model.advisories import Kind, Package
from doorward.model.purl import CRATES
from tests.feeds.build import osv, span
from tests.intel.build import Intel


def ask(intel: Intel, *packages: Package, **more: Any) -> list[Answer]:
    with intel.opened() as bundle:
        return evaluate(bundle, packages, **more)


def pypi(name: str, version: str) -> Package:
    return Package("PyPI", name, version)


def ids(answer: Answer) -> dict[str, Kind]:
    return {match.advisory.id: match.advisory.kind for match in answer.matches}


def test_answers_come_in_the_order_of_the_questions(intel: Intel) -> None:
    intel.add("f.json", [osv("MAL-1", "one", "1.0"), osv("PYSEC-1", "two", ranges=span("introduced 0", "fixed 2"))])
    answers = ask(intel, pypi("two", "1"), pypi("three", "1"), pypi("One", "1.0"), pypi("one", "1.1"), pypi("two", "2"))
    assert [ids(answer) for answer in answers] == [
        {"PYSEC-1": Kind.VULNERABILITY}, {}, {"MAL-1": Kind.MALICIOUS}, {}, {},
    ]  # fmt: skip
    assert answers[0].matches[0].fixed == "2"
    assert answers[2].matches[0].by == "listed"
    assert [(s.version, s.record) for s in answers[3].siblings] == [("1.0", "MAL-1")]


def test_names_are_compared_as_registries_do(intel: Intel) -> None:
    pairs = [
        ("PyPI", "Zope.Interface", "zope-interface"),
        ("npm", "@Scope/Name", "@Scope/Name"),
        (CRATES, "serde_json", "serde-json"),
        ("NuGet", "Newtonsoft.Json", "newtonsoft.json"),
        ("Packagist", "Vendor/Name", "vendor/name"),
        ("Maven", "org.example:lib", "org.example:lib"),
        ("Go", "example.invalid/Mod", "example.invalid/Mod"),
        ("VSCode", "Publisher.Extension", "publisher/extension"),
    ]
    intel.add("f.json", [osv(f"MAL-{n}", theirs, ecosystem=eco) for n, (eco, theirs, _) in enumerate(pairs)])
    answers = ask(intel, *(Package(eco, ours, "1.0.0") for eco, _, ours in pairs))
    assert [list(ids(answer)) for answer in answers] == [[f"MAL-{n}"] for n in range(len(pairs))]
    others = ask(intel, Package("npm", "@scope/name", "1.0.0"), Package("Go", "example.invalid/mod", "v1.0.0"))
    assert [ids(answer) for answer in others] == [{}, {}]


def test_an_unclear_range_is_open_and_not_a_pass(intel: Intel) -> None:
    intel.add(
        "f.json",
        [
            osv("PYSEC-1", "lib", ranges=span("introduced 1.0", "fixed 2.0")),
            osv("MAL-1", "lib", ranges=span("introduced 0", type_="GIT", repo="https://git.invalid/x")),
        ],
    )
    (answer,) = ask(intel, pypi("lib", "2004d-beta"))
    assert answer.matches == ()
    assert {(item.topic, item.required) for item in answer.open} == {("vulnerability", True), ("malicious", True)}
    assert any("PYSEC-1" in item.reason and "2004d-beta" in item.reason for item in answer.open)


def test_withdrawn_records_are_skipped(intel: Intel) -> None:
    intel.add("f.json", [osv("MAL-1", "lib", "1.0", withdrawn="2026-05-02T00:00:00Z"), osv("MAL-2", "other")])
    assert ids(ask(intel, pypi("lib", "1.0"))[0]) == {}


def test_aliases_are_one_group_through_records_that_do_not_match(intel: Intel) -> None:
    intel.add(
        "f.json",
        [
            osv("GHSA-1", "lib", "1.0", aliases=["CVE-1"]),
            osv("BRIDGE-1", "elsewhere", "9", ecosystem="npm", aliases=["CVE-1", "X-1"]),
            osv("PYSEC-1", "lib", "1.0", aliases=["X-1"]),
            osv("PYSEC-2", "lib", "1.0", upstream=["CVE-1"]),
        ],
    )
    (answer,) = ask(intel, pypi("lib", "1.0"))
    groups = {match.advisory.id: match.group for match in answer.matches}
    assert groups["GHSA-1"] == groups["PYSEC-1"] == ("BRIDGE-1", "CVE-1", "GHSA-1", "PYSEC-1", "X-1")
    assert groups["PYSEC-2"] == ("PYSEC-2",)


def test_a_malicious_record_makes_its_whole_group_malicious(intel: Intel) -> None:
    intel.add(
        "f.json",
        [
            osv("GHSA-1", "lib", ranges=span("introduced 0"), aliases=["CVE-1"]),
            osv("MAL-1", "lib", "1.0", aliases=["CVE-1"]),
            osv("GHSA-2", "lib", ranges=span("introduced 0")),
        ],
    )
    one, other = ask(intel, pypi("lib", "1.0"), pypi("lib", "2.0"))
    assert ids(one) == {"GHSA-1": Kind.MALICIOUS, "MAL-1": Kind.MALICIOUS, "GHSA-2": Kind.VULNERABILITY}
    assert ids(other) == {"GHSA-1": Kind.MALICIOUS, "GHSA-2": Kind.VULNERABILITY}


def test_the_smallest_upgrade_that_clears_all(intel: Intel) -> None:
    intel.add(
        "f.json",
        [
            osv("PYSEC-1", "lib", ranges=span("introduced 0", "fixed 1.2")),
            osv("PYSEC-2", "lib", ranges=span("introduced 1.0", "fixed 1.4")),
            osv("MAL-1", "lib", "1.4"),
            osv("PYSEC-3", "lib", ranges=span("introduced 1.3", "fixed 1.5")),
        ],
    )
    one, other, newest = ask(intel, pypi("lib", "1.1"), pypi("lib", "1.3"), pypi("lib", "1.5"))
    assert (one.upgrade, other.upgrade, newest.upgrade) == ("1.5", "1.5", "")


def test_no_upgrade_where_none_is_known(intel: Intel) -> None:
    intel.add("f.json", osv("PYSEC-1", "lib", ranges=span("introduced 0")))
    assert ask(intel, pypi("lib", "1.1"))[0].upgrade == ""


@pytest.mark.parametrize(
    "repository",
    [
        "https://git.invalid/org/lib",
        "https://git.invalid/Org/Lib",
        "https://git.invalid:443/org/lib/",
        "git+ssh://git@GIT.invalid/org/lib.git",
        "ssh://git@git.invalid:22/org/lib",
        "git@git.invalid:org/lib.git",
        "git.invalid:org/lib",
        "git://git.invalid/org/lib.git",
    ],
)
def test_a_git_dependency_is_looked_up_by_its_repository(intel: Intel, repository: str) -> None:
    ranges = span("introduced " + "a" * 40, "fixed " + "b" * 40, type_="GIT", repo="https://git.invalid/org/lib.git")
    intel.add("f.json", [osv("OSV-1", "lib", ranges=ranges), osv("MAL-1", "lib", "1.0")])
    asked = [Package("PyPI", "lib", "1.0", repository, commit * 40) for commit in "abc"]
    first, fixed, between = ask(intel, *asked)
    assert list(ids(first)) == ["OSV-1"]
    assert [match.fixed for match in first.matches] == ["commit bbbbbbbbbbbb"]
    assert (ids(fixed), fixed.open) == ({}, ())
    assert [item.reason for item in between.open] == [
        "OSV-1: whether a commit is in an advisory's range takes the repository's history"
    ]


def test_a_record_of_commits_needs_no_package(intel: Intel) -> None:
    """As records of fuzzers and of many repositories have it: no ecosystem has a name for what they are about."""
    record = osv("OSV-1", "lib", ranges=span("introduced " + "a" * 40, type_="GIT", repo="https://git.invalid/org/lib"))
    del record["affected"][0]["package"]
    done = intel.add("f.json", [record, osv("OSV-2", "lib", "1.0")])
    assert (done.state.defects, done.state.records) == (0, 2)
    (answer,) = ask(intel, Package("PyPI", "lib", "1.0", "https://git.invalid/org/lib.git", "a" * 40))
    assert list(ids(answer)) == ["OSV-1"]


def test_distributions_by_release(intel: Intel) -> None:
    ranges = span("introduced 0", "fixed 2.0-1")
    intel.add("f.json", [osv(f"DSA-{r}", "lib", ecosystem=f"Debian:{r}", ranges=ranges) for r in (11, 12)])
    of_12, unknown, fixed = ask(
        intel,
        Package("Debian:12", "lib", "1.0-1"),
        Package("Debian", "lib", "1.0-1"),
        Package("Debian", "lib", "3.0-1"),
    )
    assert list(ids(of_12)) == ["DSA-12"]
    assert len(unknown.open) == 2
    assert (fixed.matches, fixed.open) == ((), ())


def test_what_came_later_is_hidden(intel: Intel) -> None:
    intel.add("f.json", osv("MAL-1", "lib", "1.0", published="2026-05-01T00:00:00Z"))
    then, now = (datetime(2026, month, 1, tzinfo=UTC) for month in (4, 6))
    assert ids(ask(intel, pypi("lib", "1.0"), as_of=then)[0]) == {}
    assert ids(ask(intel, pypi("lib", "1.0"), as_of=now)[0]) == {"MAL-1": Kind.MALICIOUS}


def test_the_same_record_in_two_feeds_is_one_group(intel: Intel) -> None:
    for name in ("a.json", "b.json"):
        intel.add(name, osv("MAL-1", "lib", "1.0"))
    (answer,) = ask(intel, pypi("lib", "1.0"))
    assert {match.provenance.feed for match in answer.matches} == {"a.json", "b.json"}
    assert {match.group for match in answer.matches} == {("MAL-1",)}


def test_odd_names_do_no_harm(intel: Intel) -> None:
    intel.add("f.json", osv("MAL-1", "lib", "1.0"))
    odd = [pypi(name, "1.0") for name in ("", "\udcff", "a\x00b", "x" * 10_000, "'; DROP TABLE record; --")]
    assert all(answer.matches == () for answer in ask(intel, *odd))
