"""Imports: what comes in, what takes it back, and what a failed one leaves behind."""

import multiprocessing
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from doorward.engine.intel import Import, feed_states, import_feeds
from doorward.errors import FeedError, StoreError
from doorward.model.advisories import Symbols
from doorward.model.intelligence import FeedState, Role
from doorward.store.intel import open_bundle, rewrite, schema
from tests.feeds.build import EVIDENCE, GENUINE, REPORT, malicious, osv, span, zipped
from tests.feeds.test_formats import bundle, indicator
from tests.intel.build import NOW, Intel

SHA256 = f"sha256:{GENUINE['sha256']}"


def test_what_is_imported_is_found(intel: Intel) -> None:
    done = intel.add("feed.json", [malicious(), osv("PYSEC-1", "Example.Lib", ranges=span("introduced 0", "fixed 2"))])
    assert (done.state.records, done.state.indicators, done.state.format) == (2, 9, "OSV")
    assert done.state.covers == (
        ("hashes", "blake2b_256", 1),
        ("hashes", "md5", 1),
        ("hashes", "sha256", 2),
        ("hosts", "domain", 1),
        ("hosts", "ip", 2),
        ("hosts", "url", 1),
        ("malicious", "PyPI", 1),
        ("similar", "tlsh", 1),
        ("vulnerability", "PyPI", 1),
    )
    assert intel.ids("PyPI", "examplelib") == ["MAL-2026-1"]
    assert intel.ids("PyPI", "example-lib") == ["PYSEC-1"]
    (found,) = intel.digest(SHA256)
    assert (found.role, found.record, found.note) == (Role.PACKAGE, "MAL-2026-1", "examplelib-1.0.0.tar.gz")
    assert [i.record for i in intel.address("domain", "evil.invalid")] == ["MAL-2026-1"]
    assert [i.port for i in intel.address("ip", "8.8.4.4")] == [8080]


def test_everything_about_a_record_survives_the_index(intel: Intel) -> None:
    content = osv(
        "GO-1",
        "git.invalid/mod",
        "1.0.0",
        ecosystem="Go",
        ranges=[
            *span("introduced 0", "fixed 1.2.0", type_="SEMVER"),
            *span("introduced 0", type_="GIT", repo="https://Git.invalid/Mod.git"),
        ],
        ecosystem_specific={"imports": [{"path": "git.invalid/mod/sub", "symbols": ["F"]}]},
        aliases=["CVE-1"],
        upstream=["CVE-2"],
        severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}],
        references=[{"type": "FIX", "url": "https://git.invalid/fix"}],
    )
    intel.add("feed.json", content)
    with intel.opened() as bundle:
        (candidate,) = bundle.candidates([("Go", "git.invalid/mod")])["Go", "git.invalid/mod"]
        (by_commit,) = bundle.candidates([("GIT", "git.invalid/mod")])["GIT", "git.invalid/mod"]
        (record,) = bundle.records(["CVE-1"])
    assert candidate == by_commit
    assert candidate.affected == record.affected[0]
    assert candidate.advisory == record.advisory
    assert (candidate.affected.versions, candidate.affected.symbols) == (
        ("1.0.0",),
        (Symbols("git.invalid/mod/sub", ("F",)),),
    )
    assert [r.type for r in candidate.affected.ranges] == ["SEMVER", "GIT"]
    assert (record.advisory.aliases, record.advisory.upstream) == (("CVE-1",), ("CVE-2",))
    assert record.advisory.scores[0].vector == "CVSS:3.1/AV:N"
    assert record.provenance.feed == "feed.json"


def test_trap_a_a_report_file_s_digest_is_never_matched_whoever_names_it(intel: Intel) -> None:
    intel.add("stix.json", osv("X-1", inside={"indicators": {"package_integrity": [{"hashes": {"sha256": REPORT}}]}}))
    assert intel.digest(f"sha256:{REPORT}")
    intel.add("mal.json", malicious())
    assert intel.digest(f"sha256:{REPORT}") == []
    intel.add("later.json", osv("X-2", inside={"indicators": {"package_integrity": [{"hashes": {"sha256": REPORT}}]}}))
    assert intel.digest(f"sha256:{REPORT}") == []


def test_trap_b_a_withdrawn_record_is_not_imported(intel: Intel) -> None:
    done = intel.add("feed.json", [malicious(withdrawn="2026-05-02T00:00:00Z"), osv("MAL-2")])
    assert done.state.withdrawn == 1
    assert intel.digest(SHA256) == []
    assert intel.address("domain", "evil.invalid") == []
    assert intel.ids("PyPI", "examplelib") == ["MAL-2"]
    with intel.opened() as bundle:
        assert bundle.records(["MAL-2026-1"])[0].advisory.withdrawn == "2026-05-02T00:00:00Z"


@pytest.mark.parametrize("adds", [False, True])
def test_trap_b_a_withdrawal_retracts_what_an_earlier_import_brought(intel: Intel, adds: bool) -> None:
    intel.add("feed.json", [malicious(), osv("MAL-2")])
    assert intel.digest(SHA256)
    taken_back = malicious(withdrawn="2026-05-02T00:00:00Z", modified="2026-05-02T00:00:00Z")
    intel.add("feed.json", [taken_back, osv("MAL-2")], adds=adds)
    assert intel.digest(SHA256) == []
    assert intel.ids("PyPI", "examplelib") == ["MAL-2"]


@pytest.mark.parametrize("first", ["alive", "withdrawn"])
def test_trap_b_one_feed_s_withdrawal_retracts_another_feed_s_copy(intel: Intel, first: str) -> None:
    taken_back = malicious(withdrawn="2026-05-02T00:00:00Z", modified="2026-05-02T00:00:00Z")
    feeds = {"alive": malicious(), "withdrawn": taken_back}
    for name in (first, *(feeds.keys() - {first})):
        intel.add(f"{name}.json", feeds[name])
    assert intel.digest(SHA256) == []
    assert intel.ids("PyPI", "examplelib") == []


def test_a_record_that_came_back_after_its_withdrawal_stands(intel: Intel) -> None:
    intel.add("feed.json", [malicious(withdrawn="2026-05-02T00:00:00Z"), osv("MAL-2")])
    intel.add("feed.json", [malicious(modified="2026-05-03T00:00:00Z"), osv("MAL-2")])
    assert intel.digest(SHA256)
    assert intel.ids("PyPI", "examplelib") == ["MAL-2", "MAL-2026-1"]


def test_a_withdrawal_is_remembered_when_its_feed_is_gone(intel: Intel) -> None:
    intel.add("a.json", [malicious(withdrawn="2026-05-02T00:00:00Z"), osv("MAL-2")])
    intel.add("a.json", osv("MAL-3"))
    intel.add("b.json", malicious())
    assert intel.digest(SHA256) == []


def test_a_digest_of_two_records_stands_while_one_does(intel: Intel) -> None:
    intel.add("feed.json", [malicious(), malicious("MAL-2")])
    intel.add("feed.json", [malicious(withdrawn="2026-05-02T00:00:00Z"), malicious("MAL-2")])
    assert [found.record for found in intel.digest(SHA256)] == ["MAL-2"]


def test_a_feed_takes_the_place_of_its_older_self_and_of_no_other(intel: Intel) -> None:
    intel.add("one.json", [malicious("MAL-1"), osv("MAL-9", "other")])
    intel.add("two.json", osv("MAL-2"))
    intel.add("one.json", osv("MAL-3"))
    assert intel.ids("PyPI", "examplelib") == ["MAL-2", "MAL-3"]
    assert intel.ids("PyPI", "other") == []
    assert intel.digest(SHA256) == []
    assert [state.name for state in feed_states(intel.folder)] == ["one.json", "two.json"]
    with intel.opened() as bundle:
        assert bundle.records(["MAL-1", "MAL-9"]) == []


def test_what_is_added_leaves_the_rest(intel: Intel) -> None:
    intel.add("feed.json", [malicious("MAL-1"), osv("MAL-2", "other", "1")])
    done = intel.add("feed.json", [osv("MAL-2", "other", "1", "2"), osv("MAL-3")], adds=True)
    assert (done.state.records, done.state.indicators) == (3, 9)
    assert intel.ids("PyPI", "examplelib") == ["MAL-1", "MAL-3"]
    assert intel.digest(SHA256)
    with intel.opened() as bundle:
        assert [r.affected[0].versions for r in bundle.records(["MAL-2"])] == [("1", "2")]


def test_the_bundle_is_named_by_what_it_was_made_of(tmp_path: Path) -> None:
    def bundle_id(root: str, *contents: object) -> str:
        made = Intel(tmp_path / root)
        for number, content in enumerate(contents):
            made.add(f"{number}.json", content)
        with made.opened() as bundle:
            return bundle.id

    assert bundle_id("a", osv("A-1"), osv("A-2")) == bundle_id("b", osv("A-2"), osv("A-1"))
    assert bundle_id("c", osv("A-1")) != bundle_id("d", osv("A-3"))


BAD = {
    "truncated archive": lambda whole: whole[:-40],
    "empty": lambda _: b"",
    "nothing usable in it": lambda _: b'{"id": 3, "affected": []}',
    "no feed": lambda _: b"words\n",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_feed_leaves_the_old_index(intel: Intel, name: str) -> None:
    path = zipped(intel.root / "all.zip", {"a.json": malicious(), "b.json": osv("MAL-2")})
    import_feeds(intel.folder, [Import(path)], NOW)
    before = intel.files, feed_states(intel.folder)
    path.write_bytes(BAD[name](path.read_bytes()))
    good = intel.write("good.json", osv("MAL-3"))
    with pytest.raises(FeedError):
        import_feeds(intel.folder, [Import(good), Import(path)], NOW)
    assert (intel.files, feed_states(intel.folder)) == before
    assert intel.digest(SHA256)
    assert intel.ids("PyPI", "examplelib") == ["MAL-2", "MAL-2026-1"]


CRASH = """
import os, sys
from datetime import datetime, UTC
from pathlib import Path
from doorward.engine.intel import Import, import_feeds
from doorward.store.intel import Rewrite
finish = Rewrite.finish
def crash(self, now):
    finish(self, now)
    os._exit(9)
Rewrite.finish = crash
import_feeds(Path(sys.argv[1]), [Import(Path(sys.argv[2]))], datetime.now(UTC))
"""


def test_a_crash_leaves_the_old_index_and_the_next_import_cleans_up(intel: Intel) -> None:
    intel.add("feed.json", malicious())
    before = intel.files
    path = intel.write("other.json", malicious("MAL-2"))
    ran = subprocess.run([sys.executable, "-c", CRASH, str(intel.folder), str(path)], check=False)
    assert ran.returncode == 9
    assert intel.files > before
    assert [found.record for found in intel.digest(SHA256)] == ["MAL-2026-1"]
    intel.add("third.json", osv("MAL-3"))
    assert len(intel.files) == len(before)
    assert intel.ids("PyPI", "examplelib") == ["MAL-2026-1", "MAL-3"]


def test_who_reads_sees_one_state_while_another_is_written(intel: Intel) -> None:
    intel.add("feed.json", malicious())
    with intel.opened() as old:
        intel.add("feed.json", osv("MAL-2"))
        assert old.digests({"sha256": {bytes.fromhex(GENUINE["sha256"])}}, NOW)
        assert [c.advisory.id for c in old.candidates([("PyPI", "examplelib")])["PyPI", "examplelib"]] == ["MAL-2026-1"]
    assert intel.digest(SHA256) == []


def _import(root: str, number: int) -> None:
    Intel(Path(root)).add(f"{number}.json", osv(f"MAL-{number}"))


def test_imports_at_the_same_time_wait_for_each_other(intel: Intel) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_import, args=(str(intel.root), number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert intel.ids("PyPI", "examplelib") == [f"MAL-{number}" for number in range(4)]


def test_an_indicator_ends(intel: Intel) -> None:
    intel.add("feed.json", malicious())
    connection = sqlite3.connect(intel.folder / schema.FILENAME)
    with connection:
        connection.execute("UPDATE indicator SET valid_until = '2026-06-01T00:00:00Z'")
    connection.close()
    assert intel.digest(SHA256, NOW) == []
    assert intel.address("domain", "evil.invalid", NOW) == []
    assert intel.digest(SHA256, NOW - timedelta(days=2))


def test_every_ecosystem_s_archive_has_a_name_of_its_own(intel: Intel) -> None:
    paths = [intel.root / "bucket" / ecosystem / "all.zip" for ecosystem in ("PyPI", "npm")]
    for path in paths:
        path.parent.mkdir(parents=True)
        zipped(path, {"a.json": osv(f"A-{path.parent.name}", ecosystem=path.parent.name)})
    import_feeds(intel.folder, [Import(path) for path in paths], NOW)
    import_feeds(intel.folder, [Import(paths[1])], NOW)
    assert [state.name for state in feed_states(intel.folder)] == ["all.zip", "npm/all.zip"]
    assert intel.ids("npm", "examplelib") == ["A-npm"]


def test_an_evidence_file_is_found_in_its_role(intel: Intel) -> None:
    intel.add("feed.json", malicious())
    assert [found.role for found in intel.digest(f"sha256:{EVIDENCE}")] == [Role.EVIDENCE]


def test_odd_questions_have_no_answer(intel: Intel) -> None:
    intel.add("feed.json", malicious())
    for text in ("sha256:00", "crc32:00000000", ":", "sha256:" + "00" * 32, "md5:" + "a1" * 32):
        assert intel.digest(text) == []


def test_without_an_import_there_is_no_bundle(intel: Intel) -> None:
    assert open_bundle(intel.folder) is None
    assert feed_states(intel.folder) == ()


@pytest.mark.parametrize("content", [b"", b"words", b"SQLite format 3\x00" + b"\x00" * 4000])
def test_what_is_no_bundle_is_an_error(intel: Intel, content: bytes) -> None:
    intel.folder.mkdir()
    (intel.folder / schema.FILENAME).write_bytes(content)
    with pytest.raises(StoreError):
        open_bundle(intel.folder)
    with pytest.raises(StoreError):
        intel.add("feed.json", malicious())
    assert (intel.folder / schema.FILENAME).read_bytes() == content


def test_a_bundle_of_another_version_is_written_anew(intel: Intel) -> None:
    intel.add("feed.json", malicious())
    with closing(sqlite3.connect(intel.folder / schema.FILENAME)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION - 1}")
    with pytest.raises(StoreError, match="import its sources again"):
        open_bundle(intel.folder)
    intel.add("other.json", osv("PYSEC-2", "other", "1.0"))
    assert (intel.ids("PyPI", "other"), intel.ids("PyPI", "examplelib")) == (["PYSEC-2"], [])


def test_a_missing_hash_file_is_an_error_and_not_an_absence(intel: Intel) -> None:
    intel.add("feed.json", malicious())
    next(path for path in (intel.folder / "hashes").iterdir() if path.suffix == ".sha256").unlink()
    with pytest.raises(StoreError, match="cannot be opened"):
        open_bundle(intel.folder)


def test_the_folder_is_for_its_owner_alone(intel: Intel) -> None:
    intel.add("feed.json", malicious())
    assert (intel.folder / "hashes").stat().st_mode & 0o077 == 0


def test_a_feed_can_be_forgotten(intel: Intel) -> None:
    intel.add("one.json", malicious())
    intel.add("two.json", osv("MAL-2"))
    with rewrite(intel.folder, NOW) as made:
        assert made.remove("one.json")
        assert not made.remove("one.json")
    assert intel.digest(SHA256) == []
    assert intel.ids("PyPI", "examplelib") == ["MAL-2"]


def test_what_had_ended_before_the_import_is_told_and_answers_nothing(intel: Intel) -> None:
    ended = indicator("[domain-name:value = 'evil.invalid']", 1, valid_until="2026-05-02T00:00:00Z")
    stands = indicator("[ipv4-addr:value = '9.9.9.9']", 2, valid_until="2027-01-01T00:00:00Z")
    done = intel.add("bundle.json", bundle(ended, stands))
    assert (done.state.indicators, done.state.withdrawn, done.state.covers) == (2, 1, (("hosts", "ip", 1),))
    assert [(defect.place, defect.reason) for defect in done.defects] == [
        ("indicator--1", "evil.invalid: it ended on 2026-05-02")
    ]
    assert (intel.address("domain", "evil.invalid"), len(intel.address("ip", "9.9.9.9"))) == ([], 1)


def test_a_record_that_can_no_longer_be_read_stays_as_it_was(intel: Intel) -> None:
    both = {"1.json": malicious(), "2.json": osv("MAL-2", "other", "1.0"), "3.json": osv("MAL-3", "third", "1.0")}
    zipped(intel.root / "feed.zip", both)

    def again(members: dict[str, Any]) -> FeedState:
        (done,) = import_feeds(intel.folder, [Import(zipped(intel.root / "feed.zip", members))], NOW)
        return done.state

    again(both)
    damaged = again({"1.json": b'{"id": "MAL-2026-1", "affe', "2.json": osv("MAL-2", "other", "2.0")})
    assert (damaged.records, damaged.refused) == (3, 1)
    assert (intel.ids("PyPI", "examplelib"), intel.ids("PyPI", "other")) == (["MAL-2026-1"], ["MAL-2"])
    assert [found.record for found in intel.digest(SHA256)] == ["MAL-2026-1"]
    with intel.opened() as bundle:
        (other,) = bundle.candidates([("PyPI", "other")])["PyPI", "other"]
        assert other.affected.versions == ("2.0",)
    whole = again({"2.json": osv("MAL-2", "other", "2.0")})
    assert (whole.records, whole.refused) == (1, 0)
    assert (intel.ids("PyPI", "examplelib"), intel.ids("PyPI", "third"), intel.digest(SHA256)) == ([], [], [])


def test_an_indicator_that_is_added_anew_says_only_what_it_says_now(intel: Intel) -> None:
    first, second = (
        indicator("[domain-name:value = 'one.invalid']", 1),
        indicator("[domain-name:value = 'other.invalid']", 2),
    )
    intel.add("feed.json", bundle(first, second))
    intel.add("feed.json", bundle(indicator("[domain-name:value = 'two.invalid']", 1)), adds=True)
    assert [bool(intel.address("domain", name)) for name in ("one.invalid", "two.invalid")] == [False, True]
    assert intel.address("domain", "other.invalid")


def test_what_one_indicator_takes_back_another_may_still_say(intel: Intel) -> None:
    pattern = "[domain-name:value = 'one.invalid']"
    intel.add("feed.json", bundle(indicator(pattern, 1), indicator(pattern, 2)))
    intel.add("feed.json", bundle(indicator(pattern, 2) | {"revoked": True}), adds=True)
    assert len(intel.address("domain", "one.invalid")) == 1
    intel.add("feed.json", bundle(indicator(pattern, 1) | {"revoked": True}), adds=True)
    assert intel.address("domain", "one.invalid") == []


def test_what_is_added_in_part_only_forgets_nothing(intel: Intel) -> None:
    told = "[domain-name:value = 'one.invalid' OR domain-name:value = 'two.invalid']"
    intel.add("feed.json", bundle(indicator(told, 1)))
    done = intel.add(
        "feed.json", bundle(indicator("[domain-name:value = 'three.invalid']", 1), indicator("[", 2)), adds=True
    )
    assert done.state.refused == 1
    assert all(intel.address("domain", f"{name}.invalid") for name in ("one", "two", "three"))
