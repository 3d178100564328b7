"""The hunt: what stored inventories had before the index knew it to be bad."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import pytest

from doorward.engine.intel import forget
from doorward.engine.intel_hunt import Quarry, hunt, left_open
from doorward.errors import NothingToScan
from doorward.model.content import ArtifactContent, Member
from doorward.model.dependency import Dependency, Inventory
from doorward.model.release import LockedDigest
from doorward.sources.content import ANALYSER
from doorward.store import Store
from tests.feeds.build import osv, span
from tests.intel.build import NOW, Intel


@pytest.fixture
def store(intel: Intel) -> Iterator[Store]:
    with Store(intel.root / "doorward.sqlite3") as opened:
        yield opened


def scanned(store: Store, project: str, *packages: str, days: int = 0) -> None:
    found = tuple(
        Dependency(*package.split("/", 1)[0:1], *package.split("/", 1)[1].split("@"), path="uv.lock")
        for package in packages
    )
    store.save_inventory(project, NOW - timedelta(days=days), Inventory(found), ())


def told(found: list[Quarry]) -> list[tuple[str, str, str]]:
    return [(one.project, one.purl, one.advisory.id) for one in found]


def test_what_was_there_before_it_was_known(intel: Intel, store: Store) -> None:
    scanned(store, "/one", "pypi/examplelib@1.0.0", "pypi/other@1.0", days=9)
    scanned(store, "/one", "pypi/examplelib@1.0.0", "pypi/other@1.0", days=5)
    scanned(store, "/one", "pypi/examplelib@1.0.1", days=1)
    scanned(store, "/two", "npm/examplelib@1.0.0")
    intel.add("f.json", [osv("MAL-1", "examplelib", "1.0.0"), osv("GHSA-1", "other", "1.0")])
    (found,) = hunt(store, intel.folder)
    assert told([found]) == [("/one", "pkg:pypi/examplelib@1.0.0", "MAL-1")]
    assert (found.first, found.last) == (NOW - timedelta(days=9), NOW - timedelta(days=5))
    assert found.paths == ("uv.lock",)


def test_only_what_is_new_is_hunted_for(intel: Intel, store: Store) -> None:
    scanned(store, "/one", "pypi/examplelib@1.0.0", "pypi/other@1.0")
    intel.add("a.json", osv("MAL-1", "examplelib", "1.0.0"))
    assert len(hunt(store, intel.folder)) == 1
    assert hunt(store, intel.folder) == []
    intel.add("b.json", osv("MAL-2", "other", ranges=span("introduced 0")))
    assert told(hunt(store, intel.folder)) == [("/one", "pkg:pypi/other@1.0", "MAL-2")]
    assert len(hunt(store, intel.folder, everything=True)) == 2


def test_withdrawn_records_and_other_versions_are_no_quarry(intel: Intel, store: Store) -> None:
    scanned(store, "/one", "pypi/examplelib@1.0.0", "pypi/other@")
    intel.add("a.json", [osv("MAL-1", "examplelib", "2.0"), osv("MAL-2", "other", "1.0")])
    intel.add("b.json", [osv("MAL-3", "examplelib", "1.0.0", withdrawn="2026-05-02T00:00:00Z"), osv("MAL-4", "third")])
    assert hunt(store, intel.folder) == []


@pytest.mark.parametrize("larger", [False, True])
def test_an_index_that_was_made_anew_is_hunted_from_its_beginning(intel: Intel, store: Store, larger: bool) -> None:
    scanned(store, "/one", "pypi/examplelib@1.0.0")
    intel.add("a.json", [osv(f"MAL-{n}", f"x{n}") for n in range(20)])
    assert hunt(store, intel.folder) == []
    for path in intel.folder.rglob("*"):
        if path.is_file():
            path.unlink()
    others = [osv(f"MAL-{n}", f"y{n}") for n in range(2, 30)] if larger else []
    intel.add("b.json", [osv("MAL-1", "examplelib", "1.0.0"), *others])
    assert len(hunt(store, intel.folder)) == 1


def test_names_in_another_spelling(intel: Intel, store: Store) -> None:
    scanned(store, "/one", "pypi/example-lib@1.0.0")
    intel.add("a.json", osv("MAL-1", "Example.Lib", "1.0.0"))
    assert len(hunt(store, intel.folder)) == 1


def test_without_a_feed_there_is_nothing_to_hunt_for(intel: Intel, store: Store) -> None:
    with pytest.raises(NothingToScan):
        hunt(store, intel.folder)


def test_without_an_inventory_there_is_nothing_to_hunt_in(intel: Intel, store: Store) -> None:
    intel.add("a.json", osv("MAL-1", "examplelib", "1.0.0"))
    with pytest.raises(NothingToScan):
        hunt(store, intel.folder)


def test_records_are_hunted_for_though_a_feed_before_them_was_removed(intel: Intel, store: Store) -> None:
    scanned(store, "/one", "pypi/examplelib@1.0.0")
    intel.add("a.json", [osv(f"MAL-{n}", f"x{n}") for n in range(20)])
    assert hunt(store, intel.folder) == []
    forget(intel.folder, ["a.json"], NOW)
    records = [osv(f"MAL-1{n}", "examplelib" if n == 3 else f"y{n}", "1.0.0") for n in range(30)]
    intel.add("b.json", records)
    assert len(hunt(store, intel.folder)) == 1


def test_digests_that_a_lock_declared(intel: Intel, store: Store) -> None:
    digest = LockedDigest("sha256", "ab" * 32)
    held = Dependency("pypi", "examplelib", "1.0.0", digests=(digest,), path="uv.lock")
    store.save_inventory("/one", NOW, Inventory((held, Dependency("pypi", "other", "1.0", path="uv.lock"))), ())
    intel.add("a.txt", "cd" * 32 + "\n")
    assert hunt(store, intel.folder) == []
    intel.add("b.txt", "ab" * 32 + "\n")
    assert told(hunt(store, intel.folder)) == [("/one", "pkg:pypi/examplelib@1.0.0", "b.txt")]
    assert hunt(store, intel.folder) == []
    assert len(hunt(store, intel.folder, everything=True)) == 1


def test_what_a_record_leaves_open_is_told(intel: Intel, store: Store) -> None:
    scanned(store, "/one", "pypi/examplelib@nonsense")
    intel.add("a.json", osv("MAL-1", "examplelib", ranges=span("introduced 1.0", "fixed 2.0")))
    (found,) = hunt(store, intel.folder)
    assert found.open


@pytest.mark.parametrize("source", ["evilsrc", "evilsrc@1.0"])
def test_the_source_of_a_package_of_a_distribution(intel: Intel, store: Store, source: str) -> None:
    qualifiers = (("distro", "debian-12"), ("upstream", source))
    held = Dependency("deb", "debian/libevil1", "1.0", path="status", qualifiers=qualifiers)
    store.save_inventory("/one", NOW, Inventory((held,)), ())
    intel.add("a.json", osv("MAL-1", "evilsrc", "1.0", ecosystem="Debian:12"))
    assert len(hunt(store, intel.folder)) == 1


INSIDE, BESIDE, NAMED = "ab" * 32, "cd" * 32, ("evil.invalid", "9.9.9.9")


@pytest.fixture
def read(store: Store) -> Store:
    """A store with a project whose one package was read: two files, and code that names two hosts."""
    digest = LockedDigest("sha512", "12" * 64)
    held = Dependency("npm", "examplelib", "1.0.0", digests=(digest,), path="package-lock.json")
    store.save_inventory("/one", NOW, Inventory((held,)), ())
    files = [
        Member(f"package/{name}.js", 9, bytes.fromhex(sha256), b"", b"", "text")
        for name, sha256 in (("a", INSIDE), ("b", BESIDE))
    ]
    names = (f"{digest.algorithm}:{digest.value}", "sha256:" + "34" * 32)
    store.put_content(
        ArtifactContent("npm", "examplelib", "1.0.0", tuple(files), digests=names, endpoints=NAMED), ANALYSER
    )
    return store


@pytest.mark.parametrize(
    ("listed", "told_by", "weak"),
    [
        (INSIDE, f"package/a.js in it is sha256:{INSIDE}", False),
        ("34" * 32, f"it is sha256:{'34' * 32}", False),
        (NAMED[0], f"its code names {NAMED[0]}", False),
        (NAMED[1], f"its code names {NAMED[1]}", True),
    ],
)
def test_what_artifacts_contained_when_they_were_read(
    intel: Intel, read: Store, listed: str, told_by: str, weak: bool
) -> None:
    intel.add("old.txt", "ee" * 32)
    assert hunt(read, intel.folder) == []
    intel.add("new.txt", listed)
    (found,) = hunt(read, intel.folder)
    assert (found.purl, found.project, found.advisory.id) == ("pkg:npm/examplelib@1.0.0", "/one", "new.txt")
    assert (found.advisory.summary, bool(found.open)) == (told_by, weak)
    assert hunt(read, intel.folder) == []
    assert len(hunt(read, intel.folder, everything=True)) == 1


def unread_in(store: Store, intel: Intel) -> list[str]:
    """What a hunt leaves open of artifacts."""
    reasons = left_open(store, intel.folder, NOW, timedelta(days=7))
    return [reason for reason in reasons if not reason.startswith("no imported feed lists malicious")]


def stored(store: Store, project: str, name: str, analyser: str) -> None:
    """Scan a project that has one package, whose artifact an analyser has read."""
    digest = LockedDigest("sha256", sha256(name.encode()).hexdigest())
    held = Dependency("npm", name, "1.0.0", digests=(digest,), path="package-lock.json")
    store.save_inventory(project, NOW, Inventory((held,)), ())
    file = Member("package/a.js", 9, bytes.fromhex(INSIDE), b"", b"", "text")
    content = ArtifactContent("npm", name, "1.0.0", (file,), digests=(f"{digest.algorithm}:{digest.value}",))
    store.put_content(content, analyser)


@pytest.mark.parametrize("analyser", [ANALYSER, f"{ANALYSER}+weak", f"{ANALYSER}+tlsh+weak"])
def test_what_was_looked_at_beside_does_not_keep_from_hunting(intel: Intel, store: Store, analyser: str) -> None:
    stored(store, "/one", "examplelib", analyser)
    intel.add("new.txt", INSIDE)
    assert told(hunt(store, intel.folder)) == [("/one", "pkg:npm/examplelib@1.0.0", "new.txt")]
    assert unread_in(store, intel) == []


def test_what_another_version_of_the_reader_said_is_left_open(intel: Intel, store: Store) -> None:
    stored(store, "/one", "examplelib", "0")
    stored(store, "/two", "examplelib", "0")
    stored(store, "/two", "examplelib", "0")
    stored(store, "/two", "other", f"{ANALYSER[:1]}+weak")
    stored(store, "/three", "third", ANALYSER)
    intel.add("new.txt", "ee" * 32)
    intel.add("new.txt", INSIDE)
    assert told(hunt(store, intel.folder)) == [("/three", "pkg:npm/third@1.0.0", "new.txt")]
    rest = "were read by another version of doorward, and not hunted in: scan it again, and by package URL what it no"
    assert unread_in(store, intel) == [
        f"/one: artifacts of pkg:npm/examplelib@1.0.0 {rest} longer has",
        f"/two: artifacts of 2 releases (pkg:npm/examplelib@1.0.0 ...) {rest} longer has",
    ]


@pytest.mark.parametrize(("listed", "is_open"), [("ab" * 16, True), ("ab" * 20, True), ("ab" * 32, False)])
def test_what_was_read_without_a_kind_of_digest_is_left_open(
    intel: Intel, store: Store, listed: str, is_open: bool
) -> None:
    stored(store, "/one", "examplelib", ANALYSER)
    stored(store, "/two", "other", f"{ANALYSER}+weak")
    intel.add("new.txt", listed)
    reasons = unread_in(store, intel)
    assert [reason.partition(":")[0] for reason in reasons] == ["/one"] * is_open
    assert all("without the MD5 and SHA-1" in reason for reason in reasons)


def test_nothing_is_left_open_where_no_feed_lists_what_artifacts_contain(intel: Intel, store: Store) -> None:
    stored(store, "/one", "examplelib", "0")
    intel.add("a.json", osv("MAL-1", "other", "1.0", ecosystem="npm"))
    assert unread_in(store, intel) == []


def test_an_ecosystem_of_which_no_feed_tells_is_left_open(intel: Intel, store: Store) -> None:
    scanned(store, "/one", "pypi/examplelib@1.0.0", "npm/examplelib@1.0.0")
    held = Dependency("deb", "ubuntu/libevil1", "1.0", path="status", qualifiers=(("distro", "ubuntu-24.04"),))
    store.save_inventory("/two", NOW, Inventory((held,)), ())
    intel.add("a.json", osv("MAL-1", "other", "1.0"), covers=("PyPI",))
    reasons = left_open(store, intel.folder, NOW, timedelta(days=7))
    assert reasons == [f"no imported feed lists malicious packages of {name}" for name in ("Ubuntu", "npm")]
