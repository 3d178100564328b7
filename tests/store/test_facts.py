"""What goes into the store comes out of it, or counts as absent."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.errors import InternalError
from doorward.model.content import ArtifactContent, Hook, Member
from doorward.model.registry import ArtifactRecord, Identity, PackageRecord, VersionRecord
from doorward.store import HostProfile, Store, open_store

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SHA256 = "sha256:" + "a" * 64
SHA512 = "sha512:" + "b" * 128
INDEX = "https://registry.example/simple/"

RELAXED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
times = st.datetimes(timezones=st.just(UTC))
#: Text as MessagePack takes it: everything but surrogates.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
identities = st.builds(Identity, kind=texts, name=texts)
digests = {name: st.binary(min_size=size, max_size=size) for name, size in [("sha256", 32), ("sha1", 20), ("md5", 16)]}
members = st.builds(
    Member,
    path=texts,
    size=st.integers(0, 2**63),
    **digests,
    opaque=st.just(("off-screen",)),
    format=texts,
)
contents = st.builds(
    ArtifactContent,
    kind=st.sampled_from(["wheel", "sdist", "npm"]),
    name=texts,
    version=texts,
    members=st.lists(members, max_size=4).map(tuple),
    hooks=st.lists(
        st.builds(Hook, kind=texts, name=texts, path=texts, value=texts, digest=digests["sha256"]), max_size=2
    ).map(tuple),
    endpoints=st.lists(texts, max_size=3).map(tuple),
    digests=st.just((SHA256, SHA512)),
)
artifacts = st.builds(
    ArtifactRecord, filename=texts, url=texts, kind=texts, platform=texts, uploaded=st.none() | times, yanked=st.none()
)
versions = st.builds(
    VersionRecord,
    version=texts,
    files=st.lists(artifacts, max_size=3).map(tuple),
    published=st.none() | times,
    publisher=st.none() | identities,
    scripts=st.none() | st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
)
packages = st.builds(
    PackageRecord,
    type=texts,
    name=texts,
    index=texts,
    fetched=times,
    versions=st.lists(versions, max_size=3).map(tuple),
    carries=st.frozensets(st.sampled_from(["times", "sizes", "publisher"])),
    failed=st.just((("owners", "the index answered 500"),)),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.sqlite3", environ={}) as opened:
        yield opened


def content(*digests: str, name: str = "examplelib") -> ArtifactContent:
    member = Member("examplelib/__init__.py", 3, b"a" * 32, b"b" * 20, b"c" * 16, "text")
    return ArtifactContent("wheel", name, "1.0", (member,), digests=digests or (SHA256, SHA512))


def record(name: str = "examplelib", **fields: object) -> PackageRecord:
    made = PackageRecord("pypi", name, INDEX, NOW, (VersionRecord("1.0", published=NOW),), carries=frozenset({"times"}))
    return replace(made, **fields)


def spoil(store: Store, statement: str, *parameters: object) -> None:
    """Change the file behind the store's back."""
    other = sqlite3.connect(store.path)
    with other:
        assert other.execute(statement, parameters).rowcount > 0
    other.close()


@RELAXED
@given(contents)
def test_contents_come_back_under_every_strong_digest(store: Store, value: ArtifactContent) -> None:
    store.put_content(value, "1")
    assert store.contents([SHA256, SHA512], "1") == {SHA256: value, SHA512: value}


@RELAXED
@given(packages)
def test_package_documents_come_back(store: Store, value: PackageRecord) -> None:
    store.put_package(value)
    assert store.package(value.index, value.type, value.name) == value


def test_unknown_digests_and_other_analysers_are_absent(store: Store) -> None:
    store.put_content(content(), "1")
    assert store.contents([SHA256, "sha256:" + "0" * 64], "2") == {}
    assert store.contents([], "1") == {}


def test_a_new_analyser_replaces_what_the_old_one_wrote(store: Store) -> None:
    store.put_content(content(name="old"), "1")
    store.put_content(content(name="new"), "2")
    assert store.contents([SHA512], "1") == {}
    assert store.contents([SHA512], "2")[SHA512].name == "new"


def test_weak_digests_name_nothing(store: Store) -> None:
    weak = "sha1:" + "c" * 40
    store.put_content(content(SHA256, weak, "md5:" + "d" * 32), "1")
    assert store.contents([weak, "md5:" + "d" * 32], "1") == {}


def test_contents_without_a_sha256_break_a_promise(store: Store) -> None:
    with pytest.raises(InternalError):
        store.put_content(content(SHA512), "1")


def test_many_digests_are_one_question(store: Store) -> None:
    digests = [f"sha256:{number:064x}" for number in range(5_000)]
    for digest in digests[::1_000]:
        store.put_content(content(digest), "1")
    assert list(store.contents(digests, "1")) == digests[::1_000]


@pytest.mark.parametrize("damage", [b"", b"\x00", b"\xff" * 50, b"\x91" * 9_000, "text", 7])
def test_damaged_rows_are_absent_and_replaced(store: Store, damage: object) -> None:
    store.put_content(content(), "1")
    store.put_package(record())
    spoil(store, "UPDATE content SET data = ?", damage)
    spoil(store, "UPDATE package SET data = ?", damage)
    assert store.contents([SHA256], "1") == {}
    assert store.package(INDEX, "pypi", "examplelib") is None
    store.put_content(content(), "1")
    store.put_package(record())
    assert store.contents([SHA256], "1") == {SHA256: content()}
    assert store.package(INDEX, "pypi", "examplelib") == record()


@RELAXED
@given(st.data())
def test_no_damage_crashes_a_reader(store: Store, data: st.DataObject) -> None:
    store.put_content(content(), "1")
    ((blob,),) = store._database.rows("SELECT data FROM content")
    at, byte = data.draw(st.integers(0, len(blob) - 1)), data.draw(st.integers(0, 255))
    spoil(store, "UPDATE content SET data = ?", blob[:at] + bytes([byte]) + blob[at + 1 :])
    found = store.contents([SHA256], "1")
    assert all(SHA256 in value.digests for value in found.values())


def test_facts_of_another_artifact_or_package_are_not_believed(store: Store) -> None:
    other = "sha256:" + "e" * 64
    store.put_content(content(SHA256), "1")
    spoil(store, "UPDATE content SET sha256 = ?", other)
    store.put_package(record())
    spoil(store, "UPDATE package SET name = 'otherlib'")
    assert store.contents([other, SHA256], "1") == {}
    assert store.package(INDEX, "pypi", "otherlib") is None


@pytest.mark.parametrize("name", ["\ud800", "a" * 10])
def test_what_cannot_be_stored_is_left_out(store: Store, name: str) -> None:
    store.put_content(content(name=name), "1")
    assert bool(store.contents([SHA256], "1")) is name.isascii()
    store.put_package(record(repository=name))
    assert (store.package(INDEX, "pypi", "examplelib") is not None) is name.isascii()


def test_numbers_beyond_64_bits_are_left_out(store: Store) -> None:
    huge = ArtifactRecord("x.whl", "https://registry.example/x.whl", "wheel", "wheel:any::py3:none", size=10**30)
    store.put_package(record(versions=(VersionRecord("1.0", (huge,)),)))
    assert store.package(INDEX, "pypi", "examplelib") is None


def test_packages_are_told_apart_by_index_type_and_name(store: Store) -> None:
    mirror = "https://mirror.example/simple/"
    made = [record(), record(index=mirror), record(type="npm"), record("otherlib")]
    for one in made:
        store.put_package(one)
    assert [store.package(one.index, one.type, one.name) for one in made] == made


def test_a_later_document_replaces_the_earlier(store: Store) -> None:
    store.put_package(record())
    later = record(fetched=NOW + timedelta(hours=1), versions=())
    store.put_package(later)
    assert store.package(INDEX, "pypi", "examplelib") == later


def test_first_seen_keeps_the_first_moment(store: Store) -> None:
    later = NOW + timedelta(days=3)
    assert store.first_seen(["pkg:pypi/a@1", "pkg:pypi/b@1"], NOW) == {"pkg:pypi/a@1": NOW, "pkg:pypi/b@1": NOW}
    assert store.first_seen(["pkg:pypi/b@1", "pkg:pypi/c@1"], later) == {"pkg:pypi/b@1": NOW, "pkg:pypi/c@1": later}
    assert store.first_seen([], NOW) == {}


def test_first_seen_in_another_zone_is_the_same_moment(store: Store) -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    assert store.first_seen(["pkg:pypi/a@1"], there) == {"pkg:pypi/a@1": NOW}
    assert store.first_seen(["pkg:pypi/a@1"], NOW + timedelta(days=1)) == {"pkg:pypi/a@1": NOW}


def test_a_damaged_first_moment_starts_anew(store: Store) -> None:
    store.first_seen(["pkg:pypi/a@1"], NOW)
    spoil(store, "UPDATE seen SET first = 'yesterday'")
    later = NOW + timedelta(days=1)
    assert store.first_seen(["pkg:pypi/a@1"], later) == {"pkg:pypi/a@1": later}
    assert store.first_seen(["pkg:pypi/a@1"], later + timedelta(days=1)) == {"pkg:pypi/a@1": later}


@RELAXED
@given(st.lists(st.text(max_size=20), max_size=5))
def test_any_text_can_be_a_subject(store: Store, subjects: list[str]) -> None:
    assert set(store.first_seen(subjects, NOW)) == set(subjects)


def test_a_host_is_known_for_all_it_ever_told(store: Store) -> None:
    assert store.host_profile("registry.example") == HostProfile()
    store.put_host_profile("registry.example", HostProfile(frozenset({"times"}), seen=NOW))
    later = NOW + timedelta(days=1)
    store.put_host_profile("registry.example", HostProfile(frozenset({"publisher"}), rewrites_times=True, seen=later))
    store.put_host_profile("registry.example", HostProfile(seen=later))
    told = HostProfile(frozenset({"times", "publisher"}), rewrites_times=True, seen=later)
    assert store.host_profile("registry.example") == told
    assert store.host_profile("mirror.example") == HostProfile()


def test_a_host_is_dated_by_the_clock_where_nobody_dates_it(store: Store) -> None:
    store.put_host_profile("registry.example", HostProfile())
    seen = store.host_profile("registry.example").seen
    assert seen
    assert abs(datetime.now(UTC) - seen) < timedelta(minutes=1)


def test_small_values(store: Store) -> None:
    assert store.meta("feed") is None
    store.put_meta("feed", "2026-06-01")
    store.put_meta("feed", "\ud800")
    assert store.meta("feed") == "\\ud800"
    spoil(store, "UPDATE meta SET value = x'00'")
    assert store.meta("feed") is None
