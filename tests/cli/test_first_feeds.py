"""A scan without any feed fetches what is known to be malicious by itself, where it may."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doorward.engine.gather.slices import of_harm
from doorward.engine.intel import feed_states
from doorward.sources.feeds import read_feed
from tests.conftest import Ran
from tests.feeds.build import advisories, bytes_of_zip, malicious, opened, osv, span
from tests.loopback import Loopback, Reply, closed_port
from tests.world import World

Doorward = Callable[..., Ran]
ARCHIVE = "/PyPI/all.zip"


def archive(*records: dict[str, object]) -> Reply:
    return Reply(bytes_of_zip({f"{record['id']}.json": json.dumps(record).encode() for record in records}))


RECORDS = (
    malicious("MAL-2026-7"),
    osv("PYSEC-2026-1", "alpha", ranges=span("introduced 0", "fixed 9")),
    osv("MAL-2026-9", "alpha", "1.1.0"),
)


@pytest.fixture
def bucket() -> Iterator[Loopback]:
    with Loopback() as server:
        server.answer(ARCHIVE, archive(*RECORDS))
        yield server


@pytest.fixture
def alpha(world: World) -> World:
    for version in ("1.0.0", "1.1.0"):
        world.publish_wheel("alpha", version)
    return world


def policy(project: Path, bucket: str, more: str = "") -> None:
    (project / "doorward.toml").write_text(f'[intel]\nbucket = "{bucket}"\n{more}')


def scan(doorward: Doorward, version: str = "1.1.0", *more: str) -> Ran:
    return doorward("scan", f"pkg:pypi/alpha@{version}", "--format", "json", *more)


def malware(ran: Ran) -> tuple[int, str]:
    (line,) = [line for line in ran.json["coverage"] if line["kind"] == "known-malware"]
    return line["answered"], line["cause"]


def test_the_first_scan_knows_malware_and_the_second_fetches_nothing(
    alpha: World, bucket: Loopback, project: Path, doorward: Doorward
) -> None:
    policy(project, bucket.url(""))
    ran = scan(doorward)
    assert (ran.code, ran.json["verdict"]) == (1, "block")
    assert "intelligence/known-malicious-release" in ran.rules
    assert "vulnerability/known-vulnerability" not in ran.rules, "only the malicious slice is taken over"
    assert scan(doorward, "1.0.0").json["verdict"] != "block"
    assert bucket.paths() == [ARCHIVE]
    (state,) = feed_states(project.parent / "home" / "doorward" / "intel")
    assert (state.name, state.records, {topic for topic, _, _ in state.covers} >= {"malicious"}) == (
        "PyPI/all.zip",
        2,
        True,
    )


def test_an_update_turns_the_slice_into_the_whole_archive(
    alpha: World, bucket: Loopback, project: Path, doorward: Doorward
) -> None:
    policy(project, bucket.url(""))
    scan(doorward)
    bucket.answer("/PyPI/modified_id.csv", Reply(b"2026-05-01T10:00:00Z,MAL-2026-9\n"))
    assert doorward("intel", "update", "--format", "json").json["feeds"][0]["result"] == "updated"
    ran = scan(doorward, "1.0.0")
    assert "vulnerability/known-vulnerability" in {finding["rule"] for finding in ran.json["findings"]}
    assert bucket.paths().count(ARCHIVE) == 2, "what the user updates is fetched by no scan"


OFF = {
    "by policy": ("fetch = false\n", ()),
    "offline": ("", ("--offline",)),
    "where other rules are asked": ("", ("--rules", "registry/*")),
}


@pytest.mark.parametrize("name", OFF)
def test_it_is_off(name: str, alpha: World, bucket: Loopback, project: Path, doorward: Doorward) -> None:
    more, options = OFF[name]
    policy(project, bucket.url(""), more)
    answered, cause = malware(scan(doorward, "1.1.0", *options))
    assert (answered, "OSV" in cause) == (0, False)
    assert bucket.paths() == []


#: What a user imported before -> whether that lists the malicious packages of PyPI.
OWN: dict[str, tuple[str, str, tuple[str, ...], bool]] = {
    "digests": ("list.txt", "a1" * 32, (), False),
    "the catalog of exploited vulnerabilities": (
        "kev.json", json.dumps({"vulnerabilities": [{"cveID": "CVE-2026-1000", "dateAdded": "2026-05-01"}]}), (), False,
    ),
    "a list of names that somebody made": ("names.txt", "pypi:alpha@0.1\npypi:other@2.0\n", (), False),
    "one record": ("MAL-2026-8.json", json.dumps(osv("MAL-2026-8", "other", "1.0")), (), False),
    "a database of another ecosystem": (
        "npm.json", json.dumps([osv(f"MAL-2026-{n}", f"x{n}", "1.0", ecosystem="npm") for n in range(3)]), (), False,
    ),
    "a list that its user says is whole": ("names.txt", "pypi:other@2.0\n", ("--covers", "pypi"), True),
    "a database": ("f.json", json.dumps([osv(f"MAL-2026-{n}", f"x{n}", "1.0") for n in range(3)]), (), True),
    "a list of malicious packages": ("pypi.json", json.dumps({"other": ["2.0"], "third": None}), (), True),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_own_feeds_stand_in_for_what_they_list_and_for_nothing_else(
    name: str, alpha: World, bucket: Loopback, project: Path, doorward: Doorward
) -> None:
    policy(project, bucket.url(""))
    file, text, options, whole = OWN[name]
    (project / file).write_text(text)
    assert doorward("intel", "import", file, *options).code == 0
    (state,) = doorward("intel", "status", "--format", "json").json["feeds"]
    assert (state["part"], state["declared"]) == ("", ["PyPI"] if options else [])
    assert ("as its user says" in doorward("intel", "status").out) == bool(options)
    ran = scan(doorward)
    assert (ran.json["verdict"] == "block", malware(ran)[0]) == (not whole, 1)
    assert bucket.paths() == ([] if whole else [ARCHIVE])
    names = {state.name for state in feed_states(project.parent / "home" / "doorward" / "intel")}
    assert names == ({file} if whole else {file, "PyPI/all.zip"})


def test_what_neither_a_feed_nor_the_bucket_tells_is_required_of_who_imported_a_feed_about_malware(
    alpha: World, bucket: Loopback, project: Path, doorward: Doorward
) -> None:
    bucket.answer(ARCHIVE, Reply(status=404))
    policy(project, bucket.url(""))
    (project / "list.txt").write_text("a1" * 32)
    doorward("intel", "import", "list.txt")
    ran = scan(doorward)
    assert (ran.code, ran.json["verdict"], malware(ran)[0]) == (3, "not-evaluated", 0)
    assert "no imported feed lists malicious packages of PyPI; OSV's PyPI could not be had" in malware(ran)[1]


def test_a_slice_takes_the_place_of_no_feed_of_the_same_name(
    alpha: World, bucket: Loopback, project: Path, doorward: Doorward
) -> None:
    policy(project, bucket.url(""))
    (project / "list.txt").write_text("a1" * 32)
    doorward("intel", "import", "list.txt", "--name", "PyPI/all.zip")
    assert scan(doorward).json["verdict"] == "block"
    names = {state.name for state in feed_states(project.parent / "home" / "doorward" / "intel")}
    assert names == {"PyPI/all.zip", bucket.url(ARCHIVE)}


def test_of_an_archive_that_is_too_large_the_newest_records_come(
    alpha: World, bucket: Loopback, project: Path, doorward: Doorward
) -> None:
    bucket.answer(ARCHIVE, Reply(b"x", length=64_000_001))
    changes = [
        "2026-05-01T10:00:00Z,PYSEC-2026-1",
        "2026-04-30T10:00:00Z,MAL-2026-9",
        "2026-04-29T10:00:00Z,MAL-2026-7",
    ]
    bucket.answer("/PyPI/modified_id.csv", Reply("\n".join(changes).encode()))
    bucket.answer("/PyPI/MAL-2026-7.json", Reply(status=500))
    bucket.answer("/PyPI/MAL-2026-9.json", Reply(json.dumps(osv("MAL-2026-9", "alpha", "1.1.0")).encode()))
    policy(project, bucket.url(""))
    ran = scan(doorward)
    assert (ran.code, ran.json["verdict"]) == (1, "block")
    assert "/PyPI/PYSEC-2026-1.json" not in bucket.paths()
    asked = len(bucket.paths())
    honest = scan(doorward, "1.0.0")
    assert (honest.code, honest.json["verdict"] != "block", malware(honest)[0]) == (0, True, 0)
    assert "the newest of what it calls malicious" in doorward("intel", "status").out
    told = "only the newest 1 malicious packages of PyPI are here: 'doorward intel update --osv PyPI' brings all"
    assert told in malware(honest)[1]
    assert len(bucket.paths()) == asked


FAILURES = {
    "gone": Reply(status=404),
    "broken": Reply(status=500),
    "truncated": Reply(b"PK", length=1000),
    "no archive": Reply(b"<html>sign in</html>"),
    "nothing malicious": archive(osv("PYSEC-2026-1", "alpha", "1.1.0")),
    "empty": Reply(b""),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_one_gap_with_its_reason_and_is_believed_for_a_while(
    name: str, alpha: World, bucket: Loopback, project: Path, doorward: Doorward
) -> None:
    bucket.answer(ARCHIVE, FAILURES[name])
    policy(project, bucket.url(""))
    for _ in range(2):
        ran = scan(doorward)
        assert (ran.code, ran.json["incomplete"]) == (0, False)
        answered, cause = malware(ran)
        assert answered == 0
        assert cause.startswith("no feed is imported; OSV's PyPI could not be ")
    assert bucket.paths() == [ARCHIVE]
    assert not list((project.parent / "home" / "doorward" / "intel").glob("fetch-*"))


def test_a_host_that_is_not_there_costs_nothing_but_itself(alpha: World, project: Path, doorward: Doorward) -> None:
    with closed_port() as url:
        policy(project, url)
        ran = scan(doorward)
    assert (ran.code, malware(ran)[0]) == (0, 0)
    assert "cannot be reached" in malware(ran)[1]


def test_a_feed_older_than_the_policy_allows_is_a_gap(
    alpha: World, bucket: Loopback, project: Path, doorward: Doorward
) -> None:
    (project / "records.json").write_text(json.dumps([osv(f"MAL-2026-{n}", "other", "1.1.0") for n in (8, 9)]))
    assert doorward("intel", "import", "records.json").code == 0
    assert malware(scan(doorward))[0] == 1
    policy(project, bucket.url(""), 'max-age = "0h"\n')
    ran = scan(doorward)
    assert (ran.code, ran.json["verdict"], malware(ran)[0]) == (3, "not-evaluated", 0)
    assert "seconds old" in malware(ran)[1]


def test_a_slice_that_is_too_old_is_fetched_again(
    alpha: World, bucket: Loopback, project: Path, doorward: Doorward
) -> None:
    policy(project, bucket.url(""), 'max-age = "0h"\n')
    scan(doorward, "1.0.0")
    scan(doorward, "1.0.0")
    assert bucket.paths() == [ARCHIVE, ARCHIVE]


def test_what_belongs_to_other_records_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(archive(*RECORDS).body)
    kept = advisories(opened(of_harm(read_feed(path))))
    assert sorted(item.id for item in kept) == ["MAL-2026-7", "MAL-2026-9"]


def test_addresses_in_the_policy_are_addresses(project: Path, doorward: Doorward) -> None:
    policy(project, "ftp://mirror.invalid")
    ran = doorward("scan", "pkg:pypi/alpha@1.0.0")
    assert (ran.code, "intel.bucket is no address" in ran.err) == (2, True)


def test_update_fetches_what_the_policy_lists(bucket: Loopback, project: Path, doorward: Doorward) -> None:
    listed = bucket.answer("/lists/bad.txt", Reply(b"a1" * 32))
    policy(project, bucket.url(""), f'feeds = ["{listed}"]\n')
    assert doorward("intel", "update", "--format", "json").json["feeds"][0]["result"] == "updated"
    assert doorward("intel", "lookup", "a1" * 32).code == 1
    bucket.answer("/npm/all.zip", archive(malicious()))
    assert doorward("intel", "update", "--osv", "npm").code == 0
    assert "/npm/all.zip" in bucket.paths()


def test_lookup_keeps_to_the_age_that_the_policy_allows(project: Path, doorward: Doorward) -> None:
    (project / "records.json").write_text(json.dumps([osv(f"MAL-2026-{n}", "other", "1.1.0") for n in (8, 9)]))
    doorward("intel", "import", "records.json")
    assert doorward("intel", "lookup", "pkg:pypi/alpha@1.0.0").code == 0
    (project / "doorward.toml").write_text('[intel]\nmax-age = "0h"\n')
    assert doorward("intel", "lookup", "pkg:pypi/alpha@1.0.0").code == 3
