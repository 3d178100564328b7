"""Which versions an advisory names: the OSV evaluation, its edges, and what cannot be told."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from doorward.model.advisories import Affected, Range
from doorward.model.purl import CRATES
from doorward.model.ranges import Named, Unclear, fixes, names, names_commit, public_version, same_release


def affected(
    *events: str, versions: tuple[str, ...] = (), ecosystem: str = "PyPI", type_: str = "ECOSYSTEM"
) -> Affected:
    pairs = tuple((kind, value) for kind, _, value in (event.partition(" ") for event in events))
    return Affected(ecosystem, "lib", (Range(type_, pairs),) if pairs else (), versions)


def named(entry: Affected, version: str, *, harm: bool = False) -> str | None:
    """How it is named, "?" where that is unclear."""
    answer = names(entry, version, empty_names_all=harm)
    return "?" if isinstance(answer, Unclear) else answer.by if answer else None


SPANS = affected("introduced 1.0", "fixed 1.2", "introduced 2.0", "last_affected 2.3")
CASES = {
    "before": (SPANS, "0.9", None),
    "its first": (SPANS, "1.0", "in range"),
    "within": (SPANS, "1.1.9", "in range"),
    "the fixed one": (SPANS, "1.2", None),
    "between": (SPANS, "1.9", None),
    "the last one": (SPANS, "2.3", "in range"),
    "behind the last": (SPANS, "2.3.post1", None),
    "a pre-release of the fixed one": (SPANS, "1.2rc1", "in range"),
    "a pre-release of the first": (SPANS, "1.0rc1", None),
    "zero is before every version": (affected("introduced 0", "fixed 1.0"), "0.0.0.dev0", "in range"),
    "events in any order": (affected("fixed 1.2", "introduced 1.0"), "1.1", "in range"),
    "introduced and fixed in one": (affected("introduced 1.0", "fixed 1.0"), "1.0", None),
    "fixed, then introduced anew": (affected("introduced 0", "fixed 1.0", "introduced 1.0"), "1.0", None),
    "below a limit": (affected("introduced 0", "limit 2.0"), "1.9", "in range"),
    "at a limit": (affected("introduced 0", "limit 2.0"), "2.0", None),
    "below one of two limits": (affected("introduced 0", "limit 1.0", "limit 3.0"), "2.0", "in range"),
    "a limit without end": (affected("introduced 0", "limit 1.0", "limit *"), "9.0", "in range"),
    "listed though outside of the range": (affected("introduced 2.0", versions=("1.0",)), "1.0", "listed"),
    "in the range though not listed": (affected("introduced 1.0", versions=("1.0",)), "1.5", "in range"),
    "listed in another spelling": (affected(versions=("1.0.0", "v2")), "1.0", "listed"),
    "listed behind a name": (affected(versions=("lib==1.2",)), "1.2.0", "listed"),
    "listed though no version of PyPI": (affected(versions=("2004d-beta",)), "2004d-beta", "listed"),
    "no version of PyPI, with a range": (affected("introduced 1.0", "fixed 2.0"), "2004d-beta", "?"),
    "no version of PyPI, but every version": (affected("introduced 0"), "2004d-beta", "every version"),
    "nonsense beside what is listed": (affected(versions=("!!", "1.0")), "1.0.0", "listed"),
    "nonsense in a range": (affected("introduced !!", "fixed 2.0"), "1.0", "?"),
    "a local version": (affected("introduced 1.0", "fixed 1.1", versions=()), "1.0+cu118", "in range"),
    "a local version that is listed": (affected(versions=("1.0",)), "1.0+cu118", "listed"),
    "a local version of the fixed one": (affected("introduced 0", "fixed 1.0"), "1.0+cu118", None),
    "nothing at all": (affected(), "1.0", "?"),
    "commits alone": (affected("introduced 0", type_="GIT"), "1.0", "?"),
    "commits beside versions": (Affected("PyPI", "lib", (Range("GIT", (("introduced", "0"),)),), ("1.0",)), "1.1", None),
    "a range that was lost": (Affected("PyPI", "lib", (Range("UNREADABLE"),), ("1.0",)), "1.1", "?"),
    "a range that was lost, but listed": (Affected("PyPI", "lib", (Range("UNREADABLE"),), ("1.0",)), "1.0", "listed"),
    "npm": (affected("introduced 1.0.0", "fixed 1.0.10", ecosystem="npm", type_="SEMVER"), "1.0.9", "in range"),
    "build metadata has no order": (affected("introduced 1.0.0", "fixed 1.0.1", ecosystem="npm", type_="SEMVER"), "1.0.0+x", "in range"),
    "Go, written without its v": (affected("introduced 0", "fixed 2.8.6+incompatible", ecosystem="Go", type_="SEMVER"), "v2.8.5+incompatible", "in range"),
    "Go, a pseudo-version": (affected("introduced 0", "fixed 0.1.0", ecosystem="Go", type_="SEMVER"), "v0.0.0-20200101000000-abcdefabcdef", "in range"),
    "Debian, an epoch": (affected("introduced 0", "fixed 1:1.0-1", ecosystem="Debian:12"), "2.0-1", "in range"),
    "Debian, a tilde": (affected("introduced 0", "fixed 1.0-1", ecosystem="Debian:12"), "1.0~rc1-1", "in range"),
    "Maven, a qualifier": (affected("introduced 0", "fixed 1.0", ecosystem="Maven"), "1.0-beta-1", "in range"),
    "RubyGems, a platform": (affected("introduced 1.0.0", "fixed 1.0.2", ecosystem="RubyGems"), "1.0.1-x86_64-linux", "in range"),
    "an ecosystem without order": (affected("introduced 1.0", "fixed 2.0", ecosystem="Nowhere"), "1.5", "?"),
    "an ecosystem without order, by SemVer": (affected("introduced 1.0.0", "fixed 2.0.0", ecosystem="Nowhere", type_="SEMVER"), "1.5.0", "in range"),
    "Rust": (affected("introduced 0.0.0-0", "fixed 0.3.1", ecosystem=CRATES, type_="SEMVER"), "0.3.1-alpha", "in range"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_how_a_version_is_named(name: str) -> None:
    entry, version, expected = CASES[name]
    assert named(entry, version) == expected


def test_a_malicious_record_without_versions_names_them_all() -> None:
    assert named(affected(), "1.0", harm=True) == "every version"
    assert named(affected("introduced 0"), "anything", harm=True) == "every version"
    assert named(affected("introduced 0", type_="GIT"), "1.0", harm=True) == "?"
    assert named(affected(versions=("1.0",)), "1.1", harm=True) is None


COMMIT = "a" * 40


def commits(*events: str, repo: str = "https://git.invalid/x.git") -> Affected:
    """A range of commits, each written by its digit: ``commits("introduced b", "fixed c")``."""
    pairs = [event.split(" ") for event in events]
    return Affected("", "", (Range("GIT", tuple((kind, it if it == "0" else it * 40) for kind, it in pairs), repo),))


HISTORY = Affected("", "", (Range("GIT", (("introduced", "b" * 40), ("fixed", "c" * 40)), "https://git.invalid/x"),))


@pytest.mark.parametrize(
    ("entry", "commit", "expected"),
    [
        (Affected("", "", versions=(COMMIT,)), COMMIT, Named("commit")),
        (Affected("", "", versions=(COMMIT,)), "d" * 40, None),
        (Affected("", "", versions=(COMMIT.upper(),)), COMMIT, Named("commit")),
        (HISTORY, "b" * 40, Named("commit")),
        (HISTORY, "B" * 40, Named("commit")),
        (HISTORY, "c" * 40, None),
        (commits("introduced 0"), "d" * 40, Named("every version")),
        (commits("introduced b", "fixed c", "fixed d"), "d" * 40, None),
        (commits("introduced b", "last_affected c"), "c" * 40, Named("commit")),
        (commits("introduced b", "fixed b"), "b" * 40, None),
        (commits("introduced b", "limit c"), "c" * 40, None),
        (commits("introduced b", "limit c"), "b" * 40, Named("commit")),
        # An abbreviated hash names, and clears nothing.
        (HISTORY, "b" * 7, Named("commit")),
        # A range of another repository says nothing of this one; one of versions nothing of commits.
        (commits("introduced 0", repo="https://git.invalid/fork"), "d" * 40, None),
        (affected("introduced 0"), "d" * 40, None),
        # Two ranges, and the one of them in which it is named.
        (
            replace(HISTORY, ranges=(*commits("introduced d", "fixed e").ranges, *HISTORY.ranges)),
            "b" * 40,
            Named("commit"),
        ),
    ],
)
def test_commits_that_are_named_outright(entry: Affected, commit: str, expected: Named | None) -> None:
    assert names_commit(entry, commit, "git.invalid/x") == expected


@pytest.mark.parametrize(
    ("entry", "commit"),
    [
        (HISTORY, "d" * 40),
        (HISTORY, "main"),
        (HISTORY, ""),
        (HISTORY, "bbb"),
        (HISTORY, "c" * 7),
        (commits("introduced 0", "fixed c"), "d" * 40),
        (commits("introduced 0", "limit c", "limit d"), "c" * 40),
        # The fix in one range may be in another.
        (replace(HISTORY, ranges=(*HISTORY.ranges, *commits("introduced d", "fixed e").ranges)), "c" * 40),
        (Affected("", "", (Range("UNREADABLE"), *HISTORY.ranges)), "c" * 40),
    ],
)
def test_a_commit_between_others_takes_their_history(entry: Affected, commit: str) -> None:
    assert isinstance(names_commit(entry, commit, "git.invalid/x"), Unclear)


def test_fixed_versions_above_ours() -> None:
    entries = [SPANS, affected("introduced 0", "fixed 3.0"), affected("introduced !!", "fixed 1.5")]
    assert fixes(entries, "1.1") == ["1.2", "1.5", "3.0"]
    assert fixes(entries, "2.1") == ["3.0"]
    assert fixes(entries, "no version") == []


@pytest.mark.parametrize(
    ("ecosystem", "ours", "listed"),
    [
        ("Rocky Linux:9", "1.0-1", "0:1.0-1"),
        ("Debian:12", "0:1.0-1", "1.0-1"),
        ("PyPI", "1.0", "0!1.0.0"),
        ("VSCode", "v1.0.0", "1.0.0"),
    ],
)
def test_listed_with_the_epoch_that_every_version_has(ecosystem: str, ours: str, listed: str) -> None:
    entry = Affected(ecosystem, "lib", versions=(listed,))
    assert isinstance(names(entry, ours, empty_names_all=False), Named)


def test_versions_that_advisories_speak_of() -> None:
    assert public_version("PyPI", "1.0+cu118") == "1.0"
    assert public_version("npm", "1.0.0+build") == "1.0.0+build"
    assert public_version("RubyGems", "1.0.0-java") == "1.0.0"
    assert public_version("RubyGems", "1.0.0-beta1") == "1.0.0-beta1"


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("Debian:12", "Debian:12", True),
        ("Debian:12", "Debian:11", False),
        ("Debian:12", "Debian", True),
        ("Debian", "Debian:12", None),
        ("Ubuntu:22.04:LTS", "Ubuntu:22.04", True),
        ("Ubuntu:22.04", "Ubuntu:Pro:22.04:LTS", True),
        ("Ubuntu:22.04", "Ubuntu:Pro:20.04:LTS", False),
        ("Debian:bookworm", "Debian:12", None),
        ("Alpine:edge", "Alpine:v3.20", None),
        ("Alpine:v3.19", "Alpine:v3.20", False),
        ("openSUSE:15", "openSUSE:Leap 15.5", None),
        ("Red Hat:9", "Red Hat:enterprise_linux:9::appstream", True),
        ("Red Hat:9", "Red Hat:rhel_eus:9.2::baseos", True),
        ("Red Hat:9", "Red Hat:enterprise_linux:8::appstream", False),
        ("Red Hat:9", "Red Hat:openshift:4.12::el9", None),
        ("PyPI", "PyPI", True),
    ],
)
def test_releases_of_distributions(ours: str, theirs: str, expected: bool | None) -> None:
    assert same_release(ours, theirs) is expected


VERSIONS = [f"{major}.{minor}{suffix}" for major in range(3) for minor in range(3) for suffix in ("", "rc1", ".post1")]
EVENTS = st.lists(
    st.tuples(st.sampled_from(["introduced", "fixed", "last_affected"]), st.sampled_from(["0", *VERSIONS])), max_size=6
)


@settings(deadline=None, max_examples=300)
@given(events=EVENTS, version=st.sampled_from(VERSIONS))
def test_the_walk_is_that_of_the_specification(events: list[tuple[str, str]], version: str) -> None:
    order = ["introduced", "fixed", "last_affected"]
    walk = sorted(
        events, key=lambda e: (Version("0.dev0") if e == ("introduced", "0") else Version(e[1]), order.index(e[0]))
    )
    inside = False
    for kind, value in walk:
        if kind == "introduced" and (value == "0" or Version(version) >= Version(value)):
            inside = True
        elif (kind == "fixed" and Version(version) >= Version(value)) or (
            kind == "last_affected" and Version(version) > Version(value)
        ):
            inside = False
    entry = Affected("PyPI", "lib", (Range("ECOSYSTEM", tuple(events)),), ("999",))
    answer = names(entry, version, empty_names_all=False)
    assert (answer is not None) == (inside if events else False)


@settings(deadline=None)
@given(
    ecosystem=st.sampled_from(["PyPI", "npm", "Go", "Maven", "Debian:12", "Packagist", "Nowhere", "Alpine:v3.20"]),
    events=st.lists(st.tuples(st.sampled_from(["introduced", "fixed", "last_affected", "limit"]), st.text(max_size=8)), max_size=4),
    versions=st.lists(st.text(max_size=8), max_size=3),
    version=st.text(max_size=8),
)  # fmt: skip
def test_nonsense_is_unclear_and_does_no_harm(
    ecosystem: str, events: list[tuple[str, str]], versions: list[str], version: str
) -> None:
    entry = Affected(ecosystem, "lib", (Range("ECOSYSTEM", tuple(events)),), tuple(versions))
    names(entry, version, empty_names_all=True)
    fixes([entry], version)
    names_commit(entry, version)
