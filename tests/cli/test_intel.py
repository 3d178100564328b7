"""``doorward intel`` from the command line: import, status, lookup, remove."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.feeds.build import EVIDENCE, GENUINE, malicious, osv, span, written, zipped
from tests.loopback import Loopback, Reply

Doorward = Callable[..., Ran]


@pytest.fixture
def feed(project: Path) -> Path:
    """A feed of a malicious and a vulnerable package."""
    records = {
        "MAL-2026-1.json": malicious(),
        "PYSEC-1.json": osv("PYSEC-1", "weak", ranges=span("introduced 0", "fixed 2")),
    }
    return zipped(project / "all.zip", records)


def test_without_a_feed_nothing_is_known_and_that_is_said(project: Path, doorward: Doorward) -> None:
    for arguments in (("status",), ("lookup", "pkg:pypi/x@1")):
        ran = doorward("intel", *arguments)
        assert (ran.code, ran.out) == (3, "")
        assert "no feed is imported" in ran.err


def test_import_status_and_remove(feed: Path, doorward: Doorward) -> None:
    ran = doorward("intel", "import", "all.zip", "--licence", "CC-BY-4.0")
    assert (ran.code, ran.err) == (0, "")
    assert "imported all.zip  OSV  2 records, 9 indicators" in ran.out
    status = doorward("intel", "status", "--format", "json")
    (state,) = status.json["feeds"]
    assert (state["name"], state["records"], state["indicators"], state["licence"]) == ("all.zip", 2, 9, "CC-BY-4.0")
    assert {"topic": "malicious", "of": "PyPI", "count": 1} in state["covers"]
    assert 0 <= state["age_seconds"] < 60
    assert status.json["bundle"]
    assert "1 feed, bundle" in doorward("intel", "status").out
    assert doorward("intel", "remove", "nonsense").code == 2
    assert doorward("intel", "remove", "all.zip").code == 0
    assert doorward("intel", "status").code == 3


def test_what_is_refused_is_told_with_its_place(project: Path, doorward: Doorward) -> None:
    zipped(project / "all.zip", {"good.json": osv("A-1"), "bad.json": '{"id": 3, "affected": []}'})
    ran = doorward("intel", "import", "all.zip")
    assert ran.code == 0
    assert "1 refused" in ran.out
    assert "bad.json" in ran.out
    (state,) = doorward("intel", "import", "all.zip", "--format", "json").json["feeds"]
    assert [item["place"] for item in state["refused_records"]] == ["bad.json"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("import", "missing.zip"), 2),
        (("import", "/dev/zero"), 2),
        (("import", "empty.json"), 3),
        (("import", "all.zip", "all.zip", "--name", "x"), 2),
        (("import", "all.zip", "--ecosystem", "pipy"), 2),
        (("import", "all.zip", "--covers", "nmp"), 2),
        (("lookup", "pkg:pypi/x"), 2),
    ],
)
def test_what_cannot_be_done_leaves_the_index(
    feed: Path, project: Path, doorward: Doorward, arguments: tuple[str, ...], code: int
) -> None:
    (project / "empty.json").write_text("")
    assert doorward("intel", "import", "all.zip").code == 0
    ran = doorward("intel", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert doorward("intel", "status").code == 0


@pytest.mark.parametrize(
    "arguments", [(), ("nonsense",), ("import",), ("lookup",), ("import", "x", "--as", "nonsense")]
)
def test_wrong_use(doorward: Doorward, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        doorward("intel", *arguments)
    assert left.value.code == 2


def test_lookup_of_packages(feed: Path, doorward: Doorward) -> None:
    doorward("intel", "import", "all.zip")
    bad = doorward("intel", "lookup", "pkg:pypi/examplelib@1.0.0")
    assert (bad.code, "malicious  MAL-2026-1" in bad.out) == (1, True)
    weak = doorward("intel", "lookup", "pkg:pypi/weak@1.0", "--format", "json")
    (answer,) = weak.json["answers"]
    assert (weak.code, answer["malicious"], answer["upgrade"]) == (0, False, "2")
    assert [a["id"] for a in answer["advisories"]] == ["PYSEC-1"]
    good = doorward("intel", "lookup", "pkg:pypi/good@1.0")
    assert (good.code, "nothing is known of it" in good.out) == (0, True)
    sibling = doorward("intel", "lookup", "pkg:pypi/examplelib@1.0.1")
    assert (sibling.code, "siblings   malicious: 1.0.0" in sibling.out) == (0, True)
    other = doorward("intel", "lookup", "pkg:npm/good@1.0.0")
    assert (other.code, "no imported feed lists malicious packages of npm" in other.out) == (3, True)


def test_lookup_tells_what_is_exploited_and_how_likely_that_is(project: Path, doorward: Doorward) -> None:
    written(project / "osv.json", osv("GHSA-1", "weak", "1.0", aliases=["CVE-2026-1000"]))
    kev = [{"cveID": "CVE-2026-1000", "dateAdded": "2026-05-01", "dueDate": "2026-05-22"}, {"cveID": "CVE-2026-1001"}]
    written(project / "kev.json", {"vulnerabilities": kev})
    written(project / "epss.csv", "cve,epss,percentile\nCVE-2026-1000,0.94321,0.999\nCVE-2026-1002,0.00043,0.08\n")
    assert doorward("intel", "import", "osv.json", "kev.json", "epss.csv").code == 0
    assert "exploited, EPSS 94%" in doorward("intel", "lookup", "pkg:pypi/weak@1.0").out
    for text in ("CVE-2026-1000", "cve-2026-1000", "GHSA-1"):
        ran = doorward("intel", "lookup", text)
        assert (ran.code, "GHSA-1" in ran.out) == (0, True)
        assert "exploited  CVE-2026-1000, known since 2026-05-01, to be mended by 2026-05-22" in ran.out
        assert "likelihood CVE-2026-1000 EPSS 94%" in ran.out
    (answer,) = doorward("intel", "lookup", "CVE-2026-1000", "--format", "json").json["answers"]
    assert answer["epss"] == [{"cve": "CVE-2026-1000", "probability": 0.94321, "percentile": 0.999}]
    assert [item["due"] for item in answer["exploited"]] == ["2026-05-22"]
    # That it is exploited says nothing of which packages it is in.
    ran = doorward("intel", "lookup", "CVE-2026-1001")
    assert (ran.code, "exploited  CVE-2026-1001" in ran.out, "no imported feed has a record" in ran.out) == (
        3,
        True,
        True,
    )
    assert "EPSS 0.04%" in doorward("intel", "lookup", "CVE-2026-1002").out


def test_lookup_of_a_tlsh_digest(project: Path, doorward: Doorward) -> None:
    """What is alike is a hint, and no malware by itself."""
    digest, near, far = f"T1{'0A' * 35}", f"{'0A' * 34}0B", "5F" * 35
    written(project / "hashes.txt", f"{EVIDENCE}\n")
    doorward("intel", "import", "hashes.txt")
    ran = doorward("intel", "lookup", digest)
    assert (ran.code, "no imported feed lists digests of similar files" in ran.out) == (3, True)
    written(project / "f.json", malicious())
    doorward("intel", "import", "f.json")
    for text, distance in ((digest, 0), (near, 1), (near.lower(), 1)):
        ran = doorward("intel", "lookup", text)
        assert (ran.code, f"alike at a distance of {distance}" in ran.out, "MAL-2026-1" in ran.out) == (3, True, True)
        assert ran.out.count("evidence") == 1
    ran = doorward("intel", "lookup", far)
    assert (ran.code, "nothing is known of it" in ran.out) == (0, True)


def test_lookup_of_indicators_and_records(feed: Path, doorward: Doorward) -> None:
    doorward("intel", "import", "all.zip")
    for text in (
        GENUINE["sha256"],
        f"md5:{GENUINE['md5']}",
        "evil[.]invalid",
        "api.evil.invalid",
        "hxxps://evil.invalid/stage2",
    ):
        ran = doorward("intel", "lookup", text, "--format", "json")
        (answer,) = ran.json["answers"]
        assert (ran.code, {i["record"] for i in answer["indicators"]}) == (1, {"MAL-2026-1"}), text
    for text in ("00" * 32, "good.invalid", "https://good.invalid/evil.invalid"):
        ran = doorward("intel", "lookup", text)
        assert (ran.code, "nothing is known" in ran.out) == (0, True)
    for text in ("http://user@evil.invalid:8443/other", "https://api.evil.invalid", f"md5-{'a2' * 16}"):
        assert doorward("intel", "lookup", text).code == 1, text
    for text in ("CVE-2026-9", "lib==1.0", "ftp:///x"):
        ran = doorward("intel", "lookup", text)
        assert (ran.code, "no imported feed has a record" in ran.out) == (3, True)
    assert doorward("intel", "lookup", "MAL-2026-1").code == 1
    assert doorward("intel", "lookup", "PYSEC-1").code == 0


@pytest.mark.parametrize("text", ["", "ab" * 31 + "a", "sha256:ab", f"md5:{'ab' * 32}", "ab" * 40, "sha512-AAAA"])
def test_what_is_no_digest_is_no_question(feed: Path, doorward: Doorward, text: str) -> None:
    doorward("intel", "import", "all.zip")
    ran = doorward("intel", "lookup", text)
    assert (ran.code, ran.out) == (2, "")


def test_integrity_as_npm_writes_it(project: Path, doorward: Doorward) -> None:
    (project / "bad.txt").write_text("ab" * 64 + "\n")
    doorward("intel", "import", "bad.txt")
    text = "sha512-" + b64encode(bytes.fromhex("ab" * 64)).decode()
    assert doorward("intel", "lookup", text).code == 1


def test_a_feed_that_lists_nothing_of_the_kind_leaves_it_open(project: Path, doorward: Doorward) -> None:
    written(project / "f.json", [osv("MAL-2")])
    doorward("intel", "import", "f.json")
    for text in ("ab" * 32, "some.invalid", "https://some.invalid/x"):
        ran = doorward("intel", "lookup", text)
        assert (ran.code, "no imported feed lists" in ran.out) == (3, True)


def test_a_feed_that_is_too_old_leaves_digests_and_addresses_open(feed: Path, doorward: Doorward) -> None:
    doorward("intel", "import", "all.zip")
    (feed.parent / "doorward.toml").write_text('[intel]\nmax-age = "0h"\n')
    for text in ("00" * 32, "good.invalid", "https://good.invalid/x"):
        ran = doorward("intel", "lookup", text)
        assert (ran.code, re.search(r"the feed all\.zip is \d+ seconds old", ran.out) is not None) == (3, True), text
    assert doorward("intel", "lookup", GENUINE["sha256"]).code == 1


def test_what_may_be_innocent_is_left_open(feed: Path, doorward: Doorward) -> None:
    report = f"The second stage ({'d1' * 32}) came with npm package example@1.2.3.\n"
    written(feed.parent / "report.md", report)
    doorward("intel", "import", "all.zip", "report.md")
    for text in (EVIDENCE, "d1" * 32):
        ran = doorward("intel", "lookup", text, "--format", "json")
        (answer,) = ran.json["answers"]
        assert (ran.code, answer["malicious"], len(answer["indicators"])) == (3, False, 1), text
        assert "may be innocent" in answer["open"][0]["reason"]
    assert doorward("intel", "lookup", "pkg:npm/example@1.2.3").code == 3


@pytest.mark.parametrize("name", ["", "sha256:", "SHA-256:"])
def test_the_names_of_algorithms(project: Path, doorward: Doorward, name: str) -> None:
    written(project / "f.txt", "ab" * 32 + "\n")
    doorward("intel", "import", "f.txt")
    assert doorward("intel", "lookup", name + "AB" * 32).code == 1


@pytest.mark.parametrize("name", ["", "blake2b_256:", "blake2b-256:", "blake2b:"])
def test_a_digest_without_a_name_can_be_either(feed: Path, doorward: Doorward, name: str) -> None:
    doorward("intel", "import", "all.zip")
    assert doorward("intel", "lookup", name + GENUINE["blake2b_256"]).code == 1


def test_a_withdrawn_record_is_told_and_not_bad(project: Path, doorward: Doorward) -> None:
    written(project / "f.json", [malicious(withdrawn="2026-05-02T00:00:00Z"), osv("MAL-2")])
    doorward("intel", "import", "f.json")
    ran = doorward("intel", "lookup", "MAL-2026-1")
    assert (ran.code, "withdrawn 2026-05-02" in ran.out) == (0, True)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("t.csv", "foo,bar\n1,2\n", "its header is foo, bar"),
        ("t.csv", "package_name,package_version\nx,1\n", "name it with --ecosystem"),
        ("p.json", '{"x": null}', "name it with --ecosystem"),
    ],
)
def test_a_feed_of_which_nothing_is_taken_says_why(
    project: Path, doorward: Doorward, name: str, content: str, reason: str
) -> None:
    (project / name).write_text(content)
    ran = doorward("intel", "import", name)
    assert (ran.code, reason in ran.err) == (3, True)


def test_roles_and_hints(project: Path, doorward: Doorward) -> None:
    (project / "innocent.txt").write_text("a1" * 32 + "\n")
    (project / "bad.txt").write_text("a1" * 32 + "\n" + "b1" * 32 + "\n")
    (project / "iocs.csv").write_text("package,version\nlib,1.0\n")
    doorward("intel", "import", "bad.txt")
    assert doorward("intel", "lookup", "a1" * 32).code == 1
    doorward("intel", "import", "innocent.txt", "--as", "benign")
    assert [doorward("intel", "lookup", text * 32).code for text in ("a1", "b1")] == [0, 1]
    assert doorward("intel", "import", "iocs.csv").code == 3
    assert doorward("intel", "import", "iocs.csv", "--ecosystem", "pypi").code == 0
    assert doorward("intel", "lookup", "pkg:pypi/lib@1.0").code == 1


def test_hostile_text_is_tamed(project: Path, doorward: Doorward) -> None:
    records = [osv("MAL-\x1b[31m1", "lib", "1", summary="::error::x\nsecond \x1b]0;title\x07"), {"id": "\x1b[2J"}]
    written(project / "f\x1b[1m.json", records)
    ran = doorward("intel", "import", "f\x1b[1m.json")
    ran_json = doorward("intel", "lookup", "pkg:pypi/lib@1", "--format", "json")
    looked = doorward("intel", "lookup", "pkg:pypi/lib@1")
    assert "\x1b" not in ran.out + looked.out + ran_json.out + ran.err
    assert not any(line.lstrip().startswith("::") for line in (ran.out + looked.out).splitlines())
    assert json.loads(ran_json.out)["answers"][0]["malicious"] is True


def test_output_goes_to_a_file(feed: Path, project: Path, doorward: Doorward) -> None:
    ran = doorward("intel", "import", "all.zip", "--format", "json", "--output", "out.json")
    assert (ran.code, ran.out) == (0, "")
    assert json.loads((project / "out.json").read_text())["feeds"]


def test_update_of_nothing_and_of_what_is_no_address(feed: Path, doorward: Doorward) -> None:
    doorward("intel", "import", "all.zip")
    for arguments in ((), ("all.zip",)):
        ran = doorward("intel", "update", *arguments)
        assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_update_from_an_address(project: Path, doorward: Doorward) -> None:
    with Loopback() as server:
        url = server.answer("/feeds/f.json", Reply(json.dumps(malicious()).encode()))
        ran = doorward("intel", "update", url)
        assert (ran.code, "updated    feeds/f.json  1 record, 9 indicators" in ran.out) == (0, True)
        again = doorward("intel", "update", "--format", "json")
        assert [(f["name"], f["result"]) for f in again.json["feeds"]] == [("feeds/f.json", "unchanged")]
        server.answer("/feeds/f.json", Reply(status=404))
        failed = doorward("intel", "update")
        assert (failed.code, "failed     feeds/f.json" in failed.out) == (3, True)
    assert doorward("intel", "lookup", "MAL-2026-1").code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--columns", "name=1"),
        ("--header", "Auth-Key", "https://feeds.example/a"),
        ("--header", "Host=KEY", "https://feeds.example/a"),
    ],
)
def test_what_cannot_be_said_of_an_address(project: Path, doorward: Doorward, arguments: tuple[str, ...]) -> None:
    ran = doorward("intel", "update", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_update_of_a_table_by_its_columns_and_a_key(
    project: Path, doorward: Doorward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sesame")
    with Loopback() as server:
        url = server.answer("/feeds/f.csv", Reply(b"what,which\nevil-lib,1.0\n"))
        told = ("--ecosystem", "npm", "--columns", "name=what,version=which", "--header", "Auth-Key=MY_KEY")
        ran = doorward("intel", "update", *told, url)
        assert (ran.code, "sesame" in ran.out + ran.err) == (0, False)
        assert {seen.headers["auth-key"] for seen in server.seen} == {"sesame"}
    assert doorward("intel", "lookup", "pkg:npm/evil-lib@1.0").code == 1


def test_a_hunt_by_an_old_feed_leaves_open_what_it_did_not_find(project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text("examplelib==1.0.1\n")
    doorward("scan", "--offline")
    zipped(project / "f.zip", {f"{n}.json": osv(f"MAL-2026-{n}", "examplelib", "1.0.0") for n in (1, 2)})
    doorward("intel", "import", "f.zip")
    assert doorward("intel", "hunt").code == 0
    (project / "doorward.toml").write_text('[intel]\nmax-age = "0h"\n')
    ran = doorward("intel", "hunt")
    assert (ran.code, "open the feed f.zip is " in ran.out) == (3, True)
    (reason,) = doorward("intel", "hunt", "--format", "json").json["open"]
    assert reason.startswith("the feed f.zip is ")


def test_hunt_after_a_scan(project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text("examplelib==1.0.0\n")
    doorward("scan", "--offline", "--format", "json")
    assert doorward("intel", "hunt").code == 3
    written(project / "f.json", malicious())
    doorward("intel", "import", "f.json")
    ran = doorward("intel", "hunt")
    assert (ran.code, "pkg:pypi/examplelib@1.0.0" in ran.out, "MAL-2026-1" in ran.out) == (1, True, True)
    # One record, as somebody passed it on, says nothing of other packages.
    ran = doorward("intel", "hunt")
    assert (ran.code, "open no imported feed lists malicious packages of PyPI" in ran.out) == (3, True)
    doorward("intel", "import", "f.json", "--covers", "PyPI")
    assert [doorward("intel", "hunt").code for _ in range(2)] == [1, 0]
    found = doorward("intel", "hunt", "--all", "--format", "json").json["found"]
    assert [(one["purl"], one["id"], one["paths"]) for one in found] == [
        ("pkg:pypi/examplelib@1.0.0", "MAL-2026-1", ["requirements.txt"])
    ]
