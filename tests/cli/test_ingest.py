"""``doorward ingest`` from logs to the exit code."""

import gzip
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from doorward.sources.logs._tables import CAPACITY
from tests.conftest import Ran
from tests.logs import samples
from tests.world import World

Doorward = Callable[..., Ran]
SCHEMA = json.loads(files("doorward.outputs").joinpath("report.schema.json").read_text(encoding="utf-8"))
DIGEST = "82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0"


@pytest.fixture
def logs(world: World, project: Path) -> Path:
    """The logs of one build, whose pip fetched from the index that is configured here."""
    for sample in samples.SAMPLES.values():
        (project / f"{sample.member}-{sample.file}").write_bytes(sample.text)
    local = samples.PIP.replace(b"https://user:secret@registry.example/", f"{world.base}/".encode())
    local = local.replace(b"https://registry.example/", f"{world.base}/".encode())
    local = local.replace(
        b"HTTPS connection (1): registry.example:443", f"HTTP connection (1): {world.base[7:]}".encode()
    )
    (project / "pip.log").write_bytes(local.replace(b"https://files.example/p/", f"{world.base}/files/".encode()))
    (project / "conn.log").write_bytes(samples.ZEEK_CONN)
    (project / "dns.log").write_bytes(samples.ZEEK_DNS)
    return project


def report(ran: Ran) -> dict[str, Any]:
    Draft202012Validator(SCHEMA).validate(ran.json)
    return ran.json


def findings(ran: Ran) -> set[tuple[str, str, str]]:
    return {(item["rule"], item["subject"], item["strength"]) for item in report(ran)["findings"]}


def test_a_connection_that_only_the_network_saw_is_named_by_time(logs: Path, doorward: Doorward) -> None:
    ran = doorward("ingest", "pip.log", "conn.log", "dns.log", "--format", "json")
    assert ran.code == 1
    strong = {found for found in findings(ran) if found[2] == "strong"}
    assert strong == {("runtime/build-phase-connection", "pkg:pypi/inertlib@1.2.3", "strong")}
    (connection,) = [item for item in report(ran)["connections"] if item["host"] == "collector.invalid"]
    assert {key: connection[key] for key in ("phase", "package", "version", "address", "port", "protocol")} == {
        "phase": "build",
        "package": "inertlib",
        "version": "1.2.3",
        "address": "192.0.2.66",
        "port": 443,
        "protocol": "tcp",
    }
    assert (connection["attributed_by"], connection["decision"], connection["process"]) == ("by time", "observed", [])
    assert {item["purl"] for item in report(ran)["libraries"]} == {
        *("pkg:pypi/inertlib@1.2.3", "pkg:pypi/quietlib@2.0", "pkg:pypi/setuptools@80.0.0"),
    }


def test_programs_are_told_how_far_each_log_reaches(logs: Path, doorward: Doorward) -> None:
    told = report(doorward("ingest", "pip.log", "conn.log", "--format", "json"))["run"]["logs"]
    assert [(log["name"], log["format"], log["connections"], log["attributed"]) for log in told] == [
        ("pip.log", "pip", 1, {}),
        ("conn.log", "zeek", 1, {"by time": 1}),
    ]


def test_a_person_sees_how_far_each_log_reaches(logs: Path, doorward: Doorward) -> None:
    ran = doorward("ingest", "pip.log", "conn.log")
    lines = ran.out.splitlines() + doorward("ingest", "squid-access.log").out.splitlines()
    assert any(line.startswith("conn.log") and "zeek; 1 connection; to a package: 1 by time" in line for line in lines)
    assert any(
        line.startswith("squid-access.log") and "none to a package (it knows machines, not processes)" in line
        for line in lines
    )


def test_quiet_builds_are_clean(logs: Path, doorward: Doorward) -> None:
    ran = doorward("ingest", "pip.log", "--format", "json")
    assert (ran.code, report(ran)["verdict"]) == (0, "clean")
    assert (report(ran)["run"]["exit"], report(ran)["run"]["grade"]) == (None, "observed")
    ran = doorward("ingest", "pip.log", "conn.log", "--allow", "192.0.2.66", "--format", "json")
    assert (ran.code, [item["decision"] for item in report(ran)["connections"]]) == (0, ["allowed", "allowed"])


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("falco-a.log", {"runtime/build-phase-connection"}),
        ("auditd-audit.log", {"runtime/build-phase-connection", "runtime/persistence-write"}),
        ("package_analysis-result.json", {"runtime/build-phase-connection", "runtime/persistence-write"}),
    ],
)
def test_logs_of_processes_name_the_package_by_themselves(
    logs: Path, doorward: Doorward, name: str, rules: set[str]
) -> None:
    ran = doorward("ingest", name, "--format", "json")
    assert ran.code == 1
    assert {
        rule for rule, subject, strength in findings(ran) if strength == "strong" and subject.startswith("pkg:")
    } == rules


def test_what_was_fetched_is_held_against_the_lock(logs: Path, doorward: Doorward) -> None:
    (logs / "requirements.txt").write_text(f"quietlib==2.0 --hash=sha256:{DIGEST}\n")
    ran = doorward("ingest", "pip.log", "--lock", "requirements.txt", "--format", "json")
    assert ran.code == 1
    unlocked = {(subject, strength) for rule, subject, strength in findings(ran) if rule == "runtime/unlocked-download"}
    assert unlocked == {("pkg:pypi/inertlib@1.2.3", "strong"), ("pkg:pypi/setuptools@80.0.0", "weak")}


def test_without_a_lock_that_is_a_gap(logs: Path, doorward: Doorward) -> None:
    gaps = report(doorward("ingest", "pip.log", "--format", "json"))["gaps"]
    assert {gap["reason"] for gap in gaps if gap["rule"] == "runtime/unlocked-download"} == {
        "no lock file names packages of PyPI"
    }


def test_a_digest_that_differs_blocks(world: World, logs: Path, doorward: Doorward) -> None:
    (logs / "mismatch.log").write_text(
        f"Looking in indexes: {world.base}/simple/\n"
        "Collecting idna==3.7\n"
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"
        f"    idna==3.7 from {world.base}/files/idna-3.7-py3-none-any.whl (from -r req.txt (line 1)):\n"
        f"        Expected sha256 {'a' * 64}\n"
        f"             Got        {DIGEST}\n"
    )
    ran = doorward("ingest", "mismatch.log", "--format", "json")
    assert (ran.code, report(ran)["verdict"]) == (1, "block")
    assert ("runtime/digest-differs", "pkg:pypi/idna@3.7", "conclusive") in findings(ran)


def test_an_index_that_is_not_configured_is_told(logs: Path, doorward: Doorward) -> None:
    ran = doorward("ingest", "pip-a.log", "--format", "json")
    foreign = {subject for rule, subject, _ in findings(ran) if rule == "runtime/foreign-index"}
    assert foreign == {"pkg:pypi/inertlib@1.2.3", "pkg:pypi/quietlib@2.0", "pkg:pypi/setuptools@80.0.0"}


def test_files_may_lie_where_a_configured_index_keeps_them(world: World, logs: Path, doorward: Doorward) -> None:
    world.publish_wheel("pip", "24.0")
    text = (
        f"Collecting quietlib\n  Downloading {world.base}/files/pypi/quietlib/quietlib-2.0-py3-none-any.whl (66 kB)\n"
    )
    (logs / "short.log").write_text(text)
    assert doorward("ingest", "short.log").code == 0


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_judged(logs: Path, doorward: Doorward) -> None:
    (logs / "conn.log").write_bytes(samples.ZEEK_CONN + b"nonsense\n" * 30)
    ran = doorward("ingest", "pip.log", "conn.log", "--format", "json")
    assert ran.code == 1
    gaps = [gap for gap in report(ran)["gaps"] if gap["rule"] == "ingest/log"]
    reasons = {gap["reason"].partition(": ")[0] for gap in gaps}
    assert reasons == {"conn.log", *(f"conn.log:{line}" for line in range(4, 24))}
    assert "conn.log: 10 more lines could not be read" in {gap["reason"] for gap in gaps}
    assert not any(gap["required"] for gap in gaps)
    assert "30 lines not read, the first is line 4" in " ".join(doorward("ingest", "pip.log", "conn.log").out.split())


def test_a_log_of_which_nothing_can_be_read_leaves_the_rest_not_evaluated(logs: Path, doorward: Doorward) -> None:
    (logs / "conn.log").write_bytes(samples.ZEEK_CONN.splitlines(keepends=True)[0].replace(b'"192.0.2.66"', b"[]"))
    (logs / "notes.txt").write_text("hello\n")
    for name, reason in (("conn.log", "conn.log:1: "), ("notes.txt", "notes.txt: no log of a format")):
        ran = doorward("ingest", "pip.log", name, "--format", "json")
        assert (ran.code, report(ran)["verdict"], report(ran)["incomplete"]) == (3, "not-evaluated", True)
        (gap,) = [gap for gap in report(ran)["gaps"] if gap["rule"] == "ingest/log"]
        assert (gap["reason"].startswith(reason), gap["required"]) == (True, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("missing.log",), 2, "missing.log: no such file"),
        ((".",), 2, "not a file"),
        (("notes.txt",), 3, "no log of a format that doorward knows"),
        (("empty.log",), 3, "it is empty"),
        (("pip.log", "--lock", "missing.lock"), 2, "missing.lock: no such file"),
        (("pip.log", "--lock", "notes.txt"), 3, "not a lock file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    logs: Path, doorward: Doorward, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (logs / "notes.txt").write_text("hello\n")
    (logs / "empty.log").write_text("")
    ran = doorward("ingest", *arguments)
    assert (ran.code, ran.out, said in ran.err, ran.err.count("\n")) == (code, "", True, 1)


def test_a_log_is_needed(doorward: Doorward, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        doorward("ingest")
    assert stopped.value.code == 2
    assert "LOG" in capsys.readouterr().err


def test_a_broken_archive_keeps_what_came_before(logs: Path, doorward: Doorward) -> None:
    packed = gzip.compress(samples.ZEEK_CONN * 2000)
    (logs / "conn.log.gz").write_bytes(packed[:-20])
    ran = doorward("ingest", "pip.log", "conn.log.gz", "--format", "json")
    assert ran.code == 1
    assert any("cannot be read to its end" in gap["reason"] for gap in report(ran)["gaps"])
    assert report(ran)["incomplete"] is True


def test_one_machine_of_several_is_named(logs: Path, doorward: Doorward) -> None:
    other = samples.ZEEK_CONN.replace(b"10.0.0.5", b"10.0.0.9").replace(b"192.0.2.66", b"192.0.2.99")
    (logs / "conn.log").write_bytes(samples.ZEEK_CONN + other)
    both = report(doorward("ingest", "pip.log", "conn.log", "--format", "json"))
    assert {item["attributed_by"] for item in both["connections"]} == {"pip", "host"}
    ran = doorward("ingest", "pip.log", "conn.log", "--client", "10.0.0.5", "--format", "json")
    assert {item["address"] for item in report(ran)["connections"]} == {"127.0.0.1", "192.0.2.66"}
    assert any("1 of its records are of other machines" in notice for notice in report(ran)["notices"])


@pytest.mark.parametrize("client", ["10.9.9.9", "nobody"])
def test_logs_without_the_machine_that_is_named_are_not_clean(client: str, logs: Path, doorward: Doorward) -> None:
    ran = doorward("ingest", "conn.log", "--client", client, "--format", "json")
    assert (ran.code, report(ran)["verdict"]) == (3, "not-evaluated")
    (gap,) = [gap["reason"] for gap in report(ran)["gaps"] if gap["required"]]
    assert gap == "conn.log: none of its records is of the machine that was asked for"


def test_more_than_the_tables_hold_is_not_clean(logs: Path, doorward: Doorward) -> None:
    line = samples.ZEEK_CONN.splitlines()[0].decode()
    lines = [line.replace("192.0.2.66", f"198.51.{n // 250}.{n % 250}") for n in range(CAPACITY + 10)]
    assert lines[0] != line
    (logs / "conn.log").write_text("\n".join(lines))
    ran = doorward("ingest", "conn.log", "--format", "json", "--allow", "198.51.0.0/16")
    assert (ran.code, report(ran)["verdict"], report(ran)["incomplete"]) == (3, "not-evaluated", True)


def test_a_line_that_cannot_be_read_is_named_with_its_number(logs: Path, doorward: Doorward) -> None:
    (logs / "conn.log").write_bytes(samples.ZEEK_CONN + b"nonsense\n")
    number = len(samples.ZEEK_CONN.splitlines()) + 1
    ran = doorward("ingest", "conn.log", "-v")
    assert ran.code in {0, 1}
    assert f"conn.log:{number}: JSON is malformed" in ran.out


def test_a_name_server_of_the_network_is_no_finding(logs: Path, doorward: Doorward) -> None:
    text = samples.AUDITD.replace(b"0A000007", b"0A000001").replace(b"02000016", b"02000035")
    (logs / "audit.log").write_bytes(text)
    ran = doorward("ingest", "audit.log", "--format", "json")
    assert not [found for found in findings(ran) if found[1].startswith("run:")]


def test_the_same_logs_are_the_same_run(logs: Path, doorward: Doorward) -> None:
    one = report(doorward("ingest", "pip.log", "squid-access.log", "--format", "json"))
    two = report(doorward("ingest", "pip.log", "squid-access.log", "--format", "json"))
    assert one["run"]["id"] == two["run"]["id"]
    assert [item["fingerprint"] for item in one["findings"]] == [item["fingerprint"] for item in two["findings"]]


@pytest.mark.parametrize("name", sorted({f"{s.member}-{s.file}" for s in samples.SAMPLES.values()}))
@pytest.mark.parametrize("shape", ["human", "json", "markdown", "sarif"])
def test_every_format_of_log_is_shown_in_every_shape(logs: Path, doorward: Doorward, name: str, shape: str) -> None:
    ran = doorward("ingest", name, "--format", shape, "--exit-zero", "-v")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out
