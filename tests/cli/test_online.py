"""The online look-up: what OSV's API says of a release of which no imported feed answers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.feeds.build import osv, span
from tests.loopback import Loopback, Reply
from tests.world import World

Doorward = Callable[..., Ran]
QUERY = "/v1/query"
ALPHA = "pkg:pypi/alpha@1.0.0"


def answer(*records: dict[str, object], **more: str) -> Reply:
    return Reply(json.dumps({"vulns": records} | more if records else more).encode())


MALWARE = osv("MAL-2026-9", "alpha", "1.0.0", aliases=["CVE-2026-1"])
FLAW = osv("PYSEC-2026-1", "alpha", ranges=span("introduced 0", "fixed 9"), aliases=["CVE-2026-2"])


@pytest.fixture
def api(project: Path, world: World) -> Iterator[Loopback]:
    world.publish_wheel("alpha", "1.0.0")
    world.publish_wheel("beta", "1.0.0")
    with Loopback() as server:
        (project / "doorward.toml").write_text(f'[intel]\napi = "{server.url("")}"\n')
        yield server


def fired(ran: Ran) -> set[str]:
    return {finding["rule"] for finding in ran.json["findings"]}


def answered(ran: Ran, kind: str) -> int:
    return next(line["answered"] for line in ran.json["coverage"] if line["kind"] == kind)


def test_it_tells_of_malware_and_of_flaws(api: Loopback, doorward: Doorward) -> None:
    api.answer(QUERY, answer(MALWARE, FLAW))
    ran = doorward("scan", ALPHA, "--online", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (1, "block")
    assert fired(ran) >= {"intelligence/known-malicious-release", "vulnerability/known-vulnerability"}
    (seen,) = api.seen
    assert json.loads(seen.body) == {"package": {"purl": ALPHA}}


def test_nothing_known_is_an_answer_and_pages_are_followed(api: Loopback, doorward: Doorward) -> None:
    api.answer(QUERY, answer(next_page_token="more"), answer())
    ran = doorward("scan", ALPHA, "--online", "--format", "json")
    assert (ran.code, answered(ran, "vulnerabilities"), answered(ran, "known-malware")) == (0, 1, 1)
    assert [json.loads(seen.body).get("page_token") for seen in api.seen] == [None, "more"]


def test_nothing_is_asked_unless_it_is_wanted(api: Loopback, doorward: Doorward) -> None:
    doorward("scan", ALPHA, "--format", "json")
    assert api.seen == []


def test_the_policy_can_want_it(api: Loopback, project: Path, doorward: Doorward) -> None:
    api.answer(QUERY, answer(MALWARE))
    with (project / "doorward.toml").open("a") as policy:
        policy.write("online = true\n")
    assert doorward("scan", ALPHA).code == 1


def test_only_what_the_index_leaves_open_is_asked(api: Loopback, project: Path, doorward: Doorward) -> None:
    api.answer(QUERY, answer(FLAW))
    (project / "record.json").write_text(json.dumps([MALWARE, MALWARE]))
    doorward("intel", "import", "record.json")
    ran = doorward("scan", ALPHA, "--online", "--format", "json")
    assert fired(ran) >= {"intelligence/known-malicious-release", "vulnerability/known-vulnerability"}
    (project / "flaw.json").write_text(json.dumps([FLAW, FLAW]))
    doorward("intel", "import", "flaw.json")
    doorward("scan", ALPHA, "--online", "--format", "json")
    assert len(api.seen) == 1


FAILURES = {
    "broken": Reply(status=503),
    "refused": Reply(status=403),
    "no JSON": Reply(b"<html>sign in</html>"),
    "no answer": Reply(b"[]"),
    "no list": Reply(b'{"vulns": {}}'),
    "no answer of the API": Reply(b'{"message": "sign in"}'),
    "no record": Reply(b'{"vulns": [7]}'),
    "one record without an id": Reply(json.dumps({"vulns": [FLAW, FLAW | {"id": None}]}).encode()),
    "endless": answer(next_page_token="again"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_a_gap(name: str, api: Loopback, doorward: Doorward) -> None:
    api.answer(QUERY, FAILURES[name])
    ran = doorward("scan", ALPHA, "--online", "--format", "json", "--rules", "vulnerability/known-*,intelligence/*")
    assert answered(ran, "vulnerabilities") == 0
    assert any(gap["reason"].startswith("the online look-up failed: ") for gap in ran.json["gaps"])


def test_one_package_can_be_looked_up_without_a_scan(api: Loopback, doorward: Doorward) -> None:
    api.answer(QUERY, answer(MALWARE))
    ran = doorward("intel", "lookup", ALPHA, "--online", "--format", "json")
    assert (ran.code, ran.json["answers"][0]["malicious"]) == (1, True)
    api.answer(QUERY, answer())
    assert doorward("intel", "lookup", ALPHA, "--online").code == 0
    assert doorward("intel", "lookup", "evil.example", "--online").code == 2
    api.answer(QUERY, Reply(status=403))
    assert doorward("intel", "lookup", ALPHA, "--online").code == 3
