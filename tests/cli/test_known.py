"""Known malware: from an imported record to a verdict, also where the index has taken the release down."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.world import World

Doorward = Callable[..., Ran]


def record(name: str, *versions: str, withdrawn: bool = False) -> str:
    """Return a malicious-package record in OSV's form."""
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "versions": list(versions)}
    document = {"id": f"MAL-2026-{len(name)}", "modified": "2026-06-01T00:00:00Z", "affected": [affected]}
    if withdrawn:
        document["withdrawn"] = "2026-06-02T00:00:00Z"
    return json.dumps(document)


@pytest.fixture
def alpha(world: World) -> World:
    for version in ("1.0.0", "1.1.0"):
        world.publish_wheel("alpha", version)
    return world


def test_a_release_that_a_feed_calls_malicious_blocks(alpha: World, project: Path, doorward: Doorward) -> None:
    before = doorward("scan", "pkg:pypi/alpha@1.1.0", "--format", "json")
    assert (before.code, before.json["coverage"][0]["answered"]) == (0, 0)
    (project / "MAL-2026-5.json").write_text(record("alpha", "1.1.0"))
    assert doorward("intel", "import", "MAL-2026-5.json").code == 0
    ran = doorward("scan", "pkg:pypi/alpha@1.1.0", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (1, "block")
    assert "intelligence/known-malicious-release" in ran.rules
    (finding,) = [f for f in ran.json["findings"] if f["rule"] == "intelligence/known-malicious-release"]
    assert ("advisory", "MAL-2026-5") in {(item["label"], item["value"]) for item in finding["evidence"]}
    assert doorward("scan", "pkg:pypi/alpha@1.0.0", "--format", "json").json["verdict"] != "block"


def test_malware_that_was_taken_down_still_blocks(alpha: World, project: Path, doorward: Doorward) -> None:
    (project / "record.json").write_text(record("ghost", "6.6.6"))
    assert doorward("intel", "import", "record.json").code == 0
    ran = doorward("scan", "pkg:pypi/ghost@6.6.6", "pkg:pypi/alpha@1.1.0", "--format", "json")
    verdicts = {subject["subject"]: subject["verdict"] for subject in ran.json["subjects"]}
    assert (ran.code, verdicts["pkg:pypi/ghost@6.6.6"]) == (1, "block")
    assert ran.json["incomplete"] is True


def test_a_git_dependency_is_judged_by_its_commit_and_never_clean(project: Path, doorward: Doorward) -> None:
    """By repository and commit, whatever the record calls the package; never by the name, which anybody may take."""
    events = [{"introduced": "0"}, {"last_affected": "b" * 40}]
    affected = {
        "package": {"ecosystem": "PyPI", "name": "other"},
        "ranges": [{"type": "GIT", "repo": "https://git.invalid/org/lib", "events": events}],
    }
    records = [
        {"id": "MAL-2026-7", "modified": "2026-06-01T00:00:00Z", "affected": [affected]},
        json.loads(record("named", "1.0.0")),
    ]
    (project / "records.jsonl").write_text("\n".join(map(json.dumps, records)))
    doorward("intel", "import", "records.jsonl")
    address = "git+ssh://git@git.invalid/org/lib.git"
    lines = [f"{name} @ {address}@{digit * 40}" for name, digit in (("bad", "b"), ("between", "c"))]
    lines += [
        f"named @ git+https://git.invalid/org/unknown@{'b' * 40}",
        f"-e git+git@git.invalid:org/lib@{'b' * 40}#egg=scp",
    ]
    (project / "requirements.txt").write_text("\n".join(lines))
    ran = doorward("scan", "--format", "json")
    verdicts = {one["subject"].partition("?")[0]: one["verdict"] for one in ran.json["subjects"]}
    assert (ran.code, ran.json["notices"]) == (1, [])
    assert verdicts == {
        "pkg:pypi/bad": "block",
        "pkg:pypi/between": "not-evaluated",
        "pkg:pypi/named": "not-evaluated",
        "pkg:pypi/scp": "block",
    }
    assert ran.json["counts"]["unverifiable"] == 1
    assert {item["id"] for item in ran.json["advisories"]} == {"MAL-2026-7"}
    reasons = {(gap["subject"].partition("?")[0], gap["reason"]) for gap in ran.json["gaps"]}
    assert {subject for subject, reason in reasons if "not from a registry" in reason} == set(verdicts)
    history = "MAL-2026-7: whether a commit is in an advisory's range takes the repository's history"
    assert ("pkg:pypi/between", history) in reasons


def test_an_action_of_a_workflow_is_looked_up_and_never_clean(project: Path, doorward: Doorward) -> None:
    affected = {"package": {"ecosystem": "GitHub Actions", "name": "acme/evil"}, "versions": ["v1.2"]}
    record_ = {"id": "MAL-2026-9", "modified": "2026-06-01T00:00:00Z", "affected": [affected]}
    (project / "record.json").write_text(json.dumps(record_))
    doorward("intel", "import", "record.json")
    for uses, code in (("acme/evil@v1.2", 1), ("acme/good@v1", 3)):
        (project / "action.yml").write_text(f"runs:\n  steps:\n    - uses: {uses}\n")
        ran = doorward("scan", "action.yml", "--format", "json")
        assert (ran.code, [one["subject"] for one in ran.json["subjects"]]) == (code, [f"pkg:githubactions/{uses}"])


def test_a_withdrawn_record_blocks_nothing(alpha: World, project: Path, doorward: Doorward) -> None:
    (project / "record.json").write_text(record("alpha", "1.1.0", withdrawn=True))
    doorward("intel", "import", "record.json")
    assert doorward("scan", "pkg:pypi/alpha@1.1.0", "--format", "json").json["verdict"] != "block"


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_a_file_inside_is_met_by_whatever_digest_a_feed_has(
    world: World, project: Path, doorward: Doorward, algorithm: str
) -> None:
    code = b"print('payload')\n"
    world.publish_wheel("alpha", "1.0.0", files={"alpha/extra.py": code})
    assert doorward("scan", "pkg:pypi/alpha@1.0.0", "--format", "json").code == 0
    (project / "hashes.txt").write_text(hashlib.new(algorithm, code).hexdigest() + "\n")
    assert doorward("intel", "import", "hashes.txt").code == 0
    ran = doorward("scan", "pkg:pypi/alpha@1.0.0", "--format", "json")
    (finding,) = [f for f in ran.json["findings"] if f["rule"] == "intelligence/known-member-hash"]
    assert "alpha/extra.py" in json.dumps(finding["evidence"])
