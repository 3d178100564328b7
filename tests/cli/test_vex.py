"""What VEX statements and allowances of one advisory clear, and what they never clear."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tests.feeds.build import osv, span
from tests.vex.documents import ALL, openvex
from tests.world import World

Doorward = Callable[..., Ran]
ALPHA = "pkg:pypi/alpha@1.0.0"
BLOCK = '[block]\nvulnerability = "low"\n'
FLAW = osv("PYSEC-2026-1", "alpha", ranges=span("introduced 0", "fixed 9"), aliases=["CVE-2026-2"])


@pytest.fixture
def scan(world: World, project: Path, doorward: Doorward) -> Callable[..., Ran]:
    world.publish_wheel("alpha", "1.0.0")
    (project / "doorward.toml").write_text(BLOCK)

    def run(*options: str, records: tuple[dict[str, Any], ...] = (FLAW,)) -> Ran:
        (project / "records.jsonl").write_text("\n".join(map(json.dumps, records)))
        assert doorward("intel", "import", "records.jsonl").code == 0
        return doorward("scan", ALPHA, "--format", "json", *options)

    return run


def write(project: Path, document: dict[str, Any], name: str = "vex.json") -> str:
    (project / name).write_text(json.dumps(document))
    return name


def finding(ran: Ran, rule: str = "vulnerability/known-vulnerability") -> dict[str, Any]:
    (found,) = [item for item in ran.json["findings"] if item["rule"] == rule]
    return found


@pytest.mark.parametrize("name", ALL)
def test_a_statement_clears_a_vulnerability_and_it_stays_visible(
    name: str, scan: Callable[..., Ran], project: Path
) -> None:
    assert scan().code == 1
    ran = scan("--vex", write(project, ALL[name]()))
    assert (ran.code, ran.json["verdict"]) == (0, "clean")
    allowed = finding(ran)["allowed"]
    assert (allowed["until"], "vex.json: " in allowed["reason"]) == (None, True)
    for shown in ("human", "markdown", "sarif", "github"):
        assert scan("--vex", "vex.json", "--format", shown).code == 0


NOT_CLEARED = {
    "another vulnerability": openvex("CVE-2026-3"),
    "another version": openvex(products=["pkg:pypi/alpha@2.0.0"]),
    "another package": openvex(products=["pkg:pypi/beta@1.0.0"]),
    "under investigation": openvex(status="under_investigation"),
    "affected": openvex(status="affected"),
    "without a reason": openvex(justification=""),
}


@pytest.mark.parametrize("name", NOT_CLEARED)
def test_what_does_not_clear(name: str, scan: Callable[..., Ran], project: Path) -> None:
    ran = scan("--vex", write(project, NOT_CLEARED[name]))
    assert (ran.code, finding(ran)["allowed"]) == (1, None)
    assert any("clears nothing" in notice for notice in ran.json["notices"]) == (name == "without a reason")


def test_every_version_and_the_newest_statement(scan: Callable[..., Ran], project: Path) -> None:
    document = openvex(products=["pkg:pypi/Alpha"])
    assert scan("--vex", write(project, document)).code == 0
    later = openvex(status="affected", timestamp="2026-05-02T00:00:00Z")
    assert scan("--vex", "vex.json", "--vex", write(project, later, "later.json")).code == 1


def test_malware_is_never_cleared_not_by_its_alias_either(scan: Callable[..., Ran], project: Path) -> None:
    malware = osv("MAL-2026-9", "alpha", "1.0.0", aliases=["CVE-2026-2"])
    for document in (openvex(), openvex("MAL-2026-9")):
        ran = scan("--vex", write(project, document), records=(FLAW, malware))
        assert (ran.code, ran.json["verdict"]) == (1, "block")
        assert finding(ran, "intelligence/known-malicious-release")["allowed"] is None


def allowance(advisory: str, until: str = "2099-01-31", rule: str = "vulnerability/known-vulnerability") -> str:
    return (
        f'{BLOCK}[[allow]]\nrule = "{rule}"\nsubject = "{ALPHA}"\nadvisory = "{advisory}"\n'
        f'reason = "not reachable"\nuntil = {until}\n'
    )


def test_the_policy_allows_one_advisory_by_any_of_its_names(scan: Callable[..., Ran], project: Path) -> None:
    other = osv("PYSEC-2026-2", "alpha", "1.0.0")
    for name in ("CVE-2026-2", "PYSEC-2026-1"):
        (project / "doorward.toml").write_text(allowance(name))
        ran = scan()
        assert (ran.code, "until 2099-01-31: not reachable" in finding(ran)["allowed"]["reason"]) == (0, True)
        assert scan(records=(FLAW, other)).code == 1


def test_an_allowance_that_expired_or_names_another_clears_nothing(scan: Callable[..., Ran], project: Path) -> None:
    (project / "doorward.toml").write_text(allowance("CVE-2026-2", "2020-01-31"))
    ran = scan()
    assert (ran.code, finding(ran)["allowed"]) == (1, None)
    assert "the allowance of CVE-2026-2 (vulnerability/known-vulnerability)" in ran.json["notices"][-1]
    (project / "doorward.toml").write_text(allowance("CVE-2026-3"))
    assert scan().code == 1
    (project / "doorward.toml").write_text(allowance("MAL-1", rule="intelligence/known-malicious-release"))
    assert scan().code == 2


def test_a_change_may_not_clear_itself(scan: Callable[..., Ran], project: Path, doorward: Doorward) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.invalid", *arguments],
            check=True,
            capture_output=True,
        )

    git("init", "-q")
    (project / "doorward.toml").write_text('[intel]\nvex = ["vex.json"]\n' + BLOCK)
    write(project, openvex("CVE-1-1"))
    (project / "requirements.txt").write_text("")
    git("add", "doorward.toml", "vex.json", "requirements.txt")
    git("commit", "-q", "-m", "start")
    (project / "requirements.txt").write_text("alpha==1.0.0\n")
    write(project, openvex())
    assert scan().code == 0
    assert doorward("scan", "--since", "HEAD").code == 1
    git("commit", "-q", "-a", "-m", "merged")
    (project / "requirements.txt").write_text("alpha==1.0.0 # locked\n")
    assert doorward("scan").code == 0


@pytest.mark.parametrize("content", ["{}", "", "[]"])
def test_a_file_that_is_no_vex_document_stops_the_scan(content: str, scan: Callable[..., Ran], project: Path) -> None:
    (project / "vex.json").write_text(content)
    assert scan("--vex", "vex.json").code == 2
    assert scan("--vex", "missing.json").code == 2


def test_an_upgrade_is_judged_with_the_statements_of_the_policy(
    scan: Callable[..., Ran], world: World, project: Path, doorward: Doorward
) -> None:
    world.publish_wheel("alpha", "1.1.0")
    scan()
    (project / "doorward.toml").write_text('[intel]\nvex = ["vex.json"]\n' + BLOCK)
    write(project, openvex())
    assert doorward("diff", ALPHA, "pkg:pypi/alpha@1.1.0").code == 1
    write(project, openvex(products=["pkg:pypi/alpha"]))
    assert doorward("diff", ALPHA, "pkg:pypi/alpha@1.1.0").code == 0
