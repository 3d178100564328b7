"""``doorward scan`` from lock file to exit code, against a real index on loopback."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.world import World, npm_tarball, wheel

Doorward = Callable[..., Ran]
PTH = {
    "examplelib/__init__.py": "",
    "examplelib_init.pth": "import socket; socket.create_connection(('192.0.2.1', 443)); print('inert')\n",
}
NOW = datetime.now(UTC)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def lock(*published: tuple[str, object]) -> str:
    """Return a requirements file with hashes."""
    lines = []
    for name, release in published:
        hashes = " ".join(f"--hash=sha256:{sha256(data)}" for data in release.files.values())
        lines.append(f"{name}=={release.version} {hashes}\n")
    return "".join(lines)


@pytest.fixture
def three(world: World) -> World:
    """Three honest packages with three releases each."""
    for name in ("alpha", "beta", "gamma"):
        for version in ("1.0.0", "1.1.0", "1.2.0"):
            world.publish_wheel(name, version)
    return world


def latest(world: World, name: str):
    return world.packages["pypi", name][-1]


def test_honest_upgrades_are_clean_with_their_coverage(three: World, project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text(lock(*((n, latest(three, n)) for n in ("alpha", "beta", "gamma"))))
    ran = doorward("scan", "--format", "json")
    assert ran.code == 0, ran.out + ran.err
    report = ran.json
    assert (report["verdict"], report["counts"]["packages"]) == ("clean", 3)
    assert report["findings"] == [] or ran.rules == set()
    coverage = {line["kind"]: line for line in report["coverage"]}
    assert (coverage["what-changed"]["answered"], coverage["what-changed"]["of"]) == (3, 3)
    assert coverage["known-malware"]["answered"] == 0


def test_a_backdoored_release_blocks_and_says_why(three: World, project: Path, doorward: Doorward) -> None:
    bad = three.publish_wheel("examplelib", "4.1.0", {"examplelib/__init__.py": ""})
    bad = three.publish_wheel("examplelib", "4.1.1", PTH, when=NOW - timedelta(hours=2))
    (project / "requirements.txt").write_text(lock(("alpha", latest(three, "alpha")), ("examplelib", bad)))
    ran = doorward("scan")
    assert ran.code == 1
    assert "BLOCK  pkg:pypi/examplelib@4.1.1" in ran.out
    assert "registry/executable-pth" in ran.out
    assert "examplelib_init.pth" in ran.out
    assert ran.out.rstrip().splitlines()[-1].startswith("BLOCK  2 packages: 1 blocked")


def test_one_package_that_cannot_be_had_costs_only_itself(three: World, project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text(lock(("alpha", latest(three, "alpha"))) + "ghost==1.0\n")
    ran = doorward("scan", "--format", "json")
    assert ran.code == 3
    verdicts = {s["subject"]: s["verdict"] for s in ran.json["subjects"]}
    assert verdicts["pkg:pypi/ghost@1.0"] == "not-evaluated"
    assert verdicts["pkg:pypi/alpha@1.2.0"] == "clean"
    assert ran.json["incomplete"] is True


ANSWERS = {
    "404": (404, {}, b""),
    "403": (403, {}, b""),
    "500": (500, {}, b""),
    "truncated JSON": (200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}, b'{"files": ['),
    "no JSON at all": (200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}, b"\xff\xfe\x00"),
    "a login page": (200, {"Content-Type": "text/html"}, b"<html><a href='/login'>Log in</a></html>"),
    "a redirect loop": (302, {"Location": "/simple/beta/"}, b""),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_failing_index_is_a_gap_with_its_reason(name: str, three: World, project: Path, doorward: Doorward) -> None:
    three.forced = {"/simple/beta": ANSWERS[name], "/pypi/beta": (404, {}, b"")}
    (project / "requirements.txt").write_text(lock(("alpha", latest(three, "alpha")), ("beta", latest(three, "beta"))))
    ran = doorward("scan", "--format", "json")
    assert ran.code == 3, ran.out
    reasons = {gap["reason"] for gap in ran.json["gaps"] if gap["subject"] == "pkg:pypi/beta@1.2.0"}
    assert reasons
    assert all(reasons)
    assert {s["verdict"] for s in ran.json["subjects"] if "alpha" in s["subject"]} == {"clean"}
    assert "Traceback" not in ran.err


def test_bytes_that_differ_from_the_index_block(three: World, project: Path, doorward: Doorward) -> None:
    (name,) = (n for n in latest(three, "beta").files if n.endswith(".whl"))
    latest(three, "beta").lies[name] = "0" * 64
    (project / "requirements.txt").write_text("beta==1.2.0\n")
    ran = doorward("scan", "--format", "json")
    assert (ran.code, ran.rules) == (1, {"registry/digest-mismatch"})


def test_a_lock_that_matches_no_artifact_blocks(three: World, project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text(f"beta==1.2.0 --hash=sha256:{'1' * 64}\n")
    ran = doorward("scan", "--format", "json")
    assert (ran.code, ran.rules) == (1, {"registry/digest-mismatch"})


NPM_LOCK = """{"lockfileVersion": 3, "packages": {"": {"dependencies": {"delta": "1"}}, "node_modules/delta":
{"version": "1.0.0", "resolved": "https://files.evil.invalid/delta/-/delta-1.0.0.tgz"}}}"""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("requirements.txt", "--index-url https://evil.invalid/simple\nbeta==1.2.0\n"),
        ("requirements.txt", "--extra-index-url https://evil.invalid/simple\nbeta==1.2.0\n"),
        ("requirements.txt", "--find-links ./wheels\nbeta==1.2.0\n"),
        ("package-lock.json", NPM_LOCK),
    ],
)
def test_what_a_lock_takes_from_elsewhere_is_not_called_clean(
    file: str, text: str, three: World, project: Path, doorward: Doorward
) -> None:
    three.publish_npm("delta", "1.0.0")
    (project / file).write_text(text)
    ran = doorward("scan", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (3, "not-evaluated")
    assert any("no configured index" in gap["reason"] and gap["required"] for gap in ran.json["gaps"])


def test_a_packed_release_in_the_project_is_not_its_own_code(project: Path, doorward: Doorward) -> None:
    entry = '"node_modules/evil": {"version": "1.0.0", "resolved": "file:evil.tgz"}'
    (project / "package-lock.json").write_text(f'{{"lockfileVersion": 3, "packages": {{"": {{}}, {entry}}}}}')
    ran = doorward("scan", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (3, "not-evaluated")
    assert any("the file evil.tgz" in gap["reason"] for gap in ran.json["gaps"])


def test_the_project_itself_as_editable_is_its_own_code(three: World, project: Path, doorward: Doorward) -> None:
    (project / "setup.py").write_text("from setuptools import setup\nsetup(name='app')\n")
    (project / "requirements.txt").write_text("-e .\n" + lock(("beta", latest(three, "beta"))))
    assert doorward("scan").code == 0


def test_rules_without_an_answer_leave_nothing_evaluated(three: World, project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text(lock(("beta", latest(three, "beta"))))
    ran = doorward("scan", "--rules", "repository/new-tagger", "--format", "json")
    assert (ran.code, ran.json["verdict"], ran.json["evaluated"]) == (3, "not-evaluated", 0)


@pytest.mark.parametrize("rules", ["vulnerability/*", "repository/new-tagger"])
def test_rules_that_nothing_requires_leave_a_release_that_is_not_there_not_evaluated(
    three: World, project: Path, doorward: Doorward, rules: str
) -> None:
    (project / "requirements.txt").write_text("nobody-has-this==1.0\n")
    ran = doorward("scan", "--rules", rules, "--format", "json")
    assert (ran.code, ran.json["verdict"], ran.json["evaluated"]) == (3, "not-evaluated", 0)


@pytest.mark.parametrize(
    ("rules", "cause"),
    [
        ("registry/new-binary", "none of its rules was asked for"),
        ("registry/new-binary,intelligence/known-hash", "no feed is imported"),
        (None, "no feed is imported"),
    ],
)
def test_feeds_are_missed_only_where_a_rule_asks_for_them(
    three: World, project: Path, doorward: Doorward, rules: str | None, cause: str
) -> None:
    (project / "requirements.txt").write_text(lock(("beta", latest(three, "beta"))))
    ran = doorward("scan", "--format", "json", *(("--rules", rules) if rules else ()))
    told = next(line for line in ran.json["coverage"] if line["kind"] == "known-malware")
    assert (told["answered"], told["cause"]) == (0, cause)
    assert any("feed" in gap["reason"] for gap in ran.json["gaps"]) == (cause == "no feed is imported")


def test_a_giant_takes_its_own_share_of_the_budget_only(three: World, project: Path, doorward: Doorward) -> None:
    name = next(file for file in latest(three, "beta").files if file.endswith(".whl"))
    three.forced[f"/files/pypi/beta/{name}"] = (200, {}, b"x" * 5_000_000)
    (project / "requirements.txt").write_text("alpha==1.2.0\nbeta==1.2.0\ngamma==1.2.0\n")
    ran = doorward("scan", "--format", "json")
    assert {one["subject"]: one["verdict"] for one in ran.json["subjects"]} == {
        "pkg:pypi/alpha@1.2.0": "clean",
        "pkg:pypi/beta@1.2.0": "not-evaluated",
        "pkg:pypi/gamma@1.2.0": "clean",
    }
    assert any("is larger than" in gap["reason"] for gap in ran.json["gaps"])


def test_a_requirement_that_names_no_rule_is_refused(project: Path, doorward: Doorward) -> None:
    (project / "doorward.toml").write_text('require = ["registy/*"]\n')
    ran = doorward("scan", "pkg:pypi/x@1")
    assert (ran.code, "no rule 'registy/*'" in ran.err) == (2, True)


@pytest.mark.parametrize("kind", ["folder", "device"])
def test_diff_reads_regular_files_only(kind: str, project: Path, doorward: Doorward) -> None:
    (project / "a.whl").write_bytes(b"")
    ran = doorward("diff", "a.whl", str(project) if kind == "folder" else "/dev/zero")
    assert (ran.code, "no file that can be read" in ran.err) == (2, True)


def test_a_lock_that_pins_the_bytes_may_take_them_from_elsewhere(
    three: World, project: Path, doorward: Doorward
) -> None:
    text = "--extra-index-url https://evil.invalid/simple\n" + lock(("beta", latest(three, "beta")))
    (project / "requirements.txt").write_text(text)
    assert doorward("scan").code == 0


def test_an_explicit_index_is_asked_for_what_the_lock_pins_to_it(
    three: World, project: Path, doorward: Doorward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{three.base}/nowhere/")
    folder = Path(os.environ["HOME"], ".config/uv")
    folder.mkdir(parents=True)
    (folder / "uv.toml").write_text(f'[[index]]\nname = "house"\nurl = "{three.base}/simple"\nexplicit = true\n')
    entry = '[[package]]\nname = "{}"\nversion = "1.2.0"\nsource = {{ registry = "{}" }}\n'
    entries = entry.format("beta", f"{three.base}/simple") + entry.format("gamma", f"{three.base}/nowhere")
    (project / "uv.lock").write_text(f"version = 1\n{entries}")
    ran = doorward("scan", "--format", "json")
    assert {one["subject"]: one["verdict"] for one in ran.json["subjects"]} == {
        "pkg:pypi/beta@1.2.0": "clean",
        "pkg:pypi/gamma@1.2.0": "not-evaluated",
    }


@pytest.mark.parametrize(
    ("stated", "rules"),
    [
        ({}, set()),
        ({"dependencies": {"evil": "git+https://evil.invalid/x.git"}}, {"registry/new-dependency"}),
        ({"scripts": {"postinstall": "node x.js"}}, {"registry/new-install-hook"}),
        ({"name": "other"}, set()),
        ({"version": "9.9.9"}, set()),
    ],
)
def test_an_npm_document_that_differs_from_the_package_counts_as_both(
    stated: dict, rules: set[str], world: World, project: Path, doorward: Doorward
) -> None:
    for version in ("1.0.0", "1.0.1"):
        world.publish_npm("delta", version)
    own = world.packages["npm", "delta"][-1]
    if {"name", "version"} & stated.keys():
        own.files = {file: npm_tarball({**own.manifest, **stated}, {}) for file in own.files}
    else:
        own.manifest = {**own.manifest, **stated}
    ran = doorward("scan", "pkg:npm/delta@1.0.1", "--format", "json")
    found = {finding["rule"] for finding in ran.json["findings"] if finding["strength"] != "context"}
    assert found - {"registry/young-release"} == (rules | {"registry/parser-differential"} if stated else set())


def test_a_second_scan_downloads_nothing(three: World, project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text(lock(("alpha", latest(three, "alpha"))))
    first = doorward("scan", "--format", "json")
    asked = len(three.requests)
    second = doorward("scan", "--format", "json")
    assert asked > 0
    assert len(three.requests) == asked
    assert (second.code, second.json["verdict"]) == (first.code, first.json["verdict"])
    offline = doorward("scan", "--offline", "--format", "json")
    assert (offline.code, len(three.requests)) == (0, asked)


def test_offline_without_facts_is_not_evaluated(three: World, project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text(lock(("alpha", latest(three, "alpha"))))
    ran = doorward("scan", "--offline", "--format", "json")
    assert (ran.code, ran.json["verdict"], three.requests) == (3, "not-evaluated", [])


def test_a_strong_finding_holds_while_young_and_warns_later(world: World, project: Path, doorward: Doorward) -> None:
    world.publish_npm("tool", "1.0.0", when=NOW - timedelta(days=400))
    world.publish_npm("tool", "1.0.1", when=NOW - timedelta(days=300))
    hook = {"scripts": {"postinstall": "node setup.js"}}
    world.publish_npm(
        "tool",
        "1.0.2",
        {"index.js": "", "setup.js": "console.log('inert')\n"},
        manifest=hook,
        when=NOW - timedelta(hours=5),
    )
    young = doorward("scan", "pkg:npm/tool@1.0.2", "--format", "json")
    assert (young.code, young.json["verdict"], young.rules) == (1, "hold", {"registry/new-install-hook"})
    until = datetime.fromisoformat(young.json["until"])
    assert timedelta(hours=66) < until - NOW < timedelta(hours=68)
    world.packages["npm", "tool"][-1].when = NOW - timedelta(days=30)
    (project / "doorward.toml").write_text("")
    # A new store knows nothing of the time that the index told before.
    for path in (project.parent / "home" / "doorward").iterdir():
        if path.is_file():
            path.unlink()
    older = doorward("scan", "pkg:npm/tool@1.0.2", "--format", "json")
    assert (older.code, older.json["verdict"]) == (0, "warn")


def git(project: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@mail.invalid", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)


@pytest.fixture
def repository(three: World, project: Path) -> Path:
    (project / "requirements.txt").write_text("alpha==1.0.0\nbeta==1.2.0\n")
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "lock")
    return project


def test_since_judges_only_what_changed_old_locked_version_against_new(
    three: World, repository: Path, doorward: Doorward
) -> None:
    (repository / "requirements.txt").write_text("alpha==1.2.0\nbeta==1.2.0\n")
    ran = doorward("scan", "--since", "HEAD", "--format", "json")
    assert ran.code == 0, ran.out
    assert [s["subject"] for s in ran.json["subjects"]] == ["pkg:pypi/alpha@1.2.0"]
    # 1.1.0 lies between: the locked 1.0.0 is what this upgrade is compared with.
    assert any("alpha-1.0.0" in path for path in three.requests)
    assert not any("alpha-1.1.0" in path for path in three.requests)


def test_since_shows_what_the_change_brings(three: World, repository: Path, doorward: Doorward) -> None:
    (repository / "requirements.txt").write_text("alpha==1.2.0\ngamma==1.2.0\n")
    ran = doorward("scan", "--since", "HEAD", "--color", "never")
    assert "  pypi/alpha  1.0.0 -> 1.2.0\n  pypi/gamma  new: 1.2.0\n" in ran.out
    assert "->" not in doorward("scan", "--color", "never").out


def test_since_takes_one_lock_file_too(three: World, repository: Path, doorward: Doorward) -> None:
    (repository / "requirements.txt").write_text("alpha==1.2.0\nbeta==1.2.0\n")
    (repository / "other.txt").write_text("gamma==1.2.0\n")
    ran = doorward("scan", "--since", "HEAD", "requirements.txt", "--format", "json")
    assert ran.code == 0, ran.err
    assert [s["subject"] for s in ran.json["subjects"]] == ["pkg:pypi/alpha@1.2.0"]
    assert any("alpha-1.0.0" in path for path in three.requests)


def test_all_of_a_lock_file_that_is_new_has_changed(three: World, repository: Path, doorward: Doorward) -> None:
    (repository / "requirements-new.txt").write_text("gamma==1.2.0\n")
    ran = doorward("scan", "--since", "HEAD", "requirements-new.txt", "--format", "json")
    assert [s["subject"] for s in ran.json["subjects"]] == ["pkg:pypi/gamma@1.2.0"]


def test_since_without_a_change_is_clean_and_silent(repository: Path, doorward: Doorward) -> None:
    ran = doorward("scan", "--since", "HEAD")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_change_cannot_allow_itself(three: World, repository: Path, doorward: Doorward) -> None:
    three.publish_wheel("examplelib", "1.0.0")
    three.publish_wheel("examplelib", "1.0.1", PTH)
    (repository / "requirements.txt").write_text("alpha==1.0.0\nbeta==1.2.0\nexamplelib==1.0.1\n")
    (repository / "doorward.toml").write_text('[rules."registry/executable-pth"]\nstrength = "context"\n')
    assert doorward("scan", "--format", "json").json["verdict"] != "block"
    ran = doorward("scan", "--since", "HEAD", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (1, "block")
    assert ran.json["notices"] == ["the policy has changed since HEAD; the one of HEAD is used"]


def test_since_an_unknown_revision_is_a_usage_error(repository: Path, doorward: Doorward) -> None:
    ran = doorward("scan", "--since", "no-such-branch")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1


def test_as_of_hides_what_came_later(world: World, project: Path, doorward: Doorward) -> None:
    day = datetime(2025, 1, 1, tzinfo=UTC)
    world.publish_wheel("examplelib", "1.0.0", when=day)
    world.publish_wheel("examplelib", "1.0.1", PTH, when=day + timedelta(days=10))
    assert doorward("scan", "pkg:pypi/examplelib@1.0.1", "--format", "json").code == 1
    ran = doorward("scan", "pkg:pypi/examplelib@1.0.1", "--as-of", "2025-01-05", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (3, "not-evaluated")
    first = doorward("scan", "pkg:pypi/examplelib@1.0.0", "--as-of", "2025-01-05", "--format", "json")
    assert (first.code, first.json["verdict"]) == (0, "clean")


def test_rules_narrow_what_is_asked_and_what_is_required(three: World, project: Path, doorward: Doorward) -> None:
    three.forced = {"/files/": (500, {}, b"")}
    (project / "requirements.txt").write_text("alpha==1.2.0\n")
    ran = doorward("scan", "--rules", "registry/young-release", "--format", "json")
    assert (ran.code, ran.json["evaluated"]) == (0, 1)
    assert doorward("scan", "--rules", "nothing/*").code == 2


def test_git_and_unpinned_dependencies_are_not_looked_up_by_name(
    three: World, project: Path, doorward: Doorward
) -> None:
    (project / "requirements.txt").write_text(
        f"alpha @ git+https://git.invalid/alpha@{'a' * 40}\nbeta>=1\ngamma==1.2.0\n"
    )
    ran = doorward("scan", "--format", "json")
    assert ran.code == 3
    assert not any("alpha" in path or "beta" in path for path in three.requests)
    assert ran.json["counts"] == {"packages": 3, "evaluated": ran.json["evaluated"], "unverifiable": 2}


def test_nothing_to_scan_is_not_clean(project: Path, doorward: Doorward) -> None:
    ran = doorward("scan")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("doorward: nothing to scan")
    (project / "requirements.txt").write_text("# nothing\n")
    assert doorward("scan").code == 3
    assert doorward("scan", "no-such-folder").code == 2


def test_a_broken_lock_costs_itself_and_not_the_others(three: World, project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text("alpha==1.2.0\n")
    (project / "uv.lock").write_text("version = [[[")
    ran = doorward("scan", "--format", "json")
    assert ran.code == 3
    assert {s["subject"]: s["verdict"] for s in ran.json["subjects"]}["pkg:pypi/alpha@1.2.0"] == "clean"
    assert any("uv.lock" in gap["subject"] for gap in ran.json["gaps"])


def test_an_allowance_and_exit_zero(world: World, project: Path, doorward: Doorward) -> None:
    world.publish_wheel("examplelib", "1.0.0")
    world.publish_wheel("examplelib", "1.0.1", PTH)
    assert doorward("scan", "pkg:pypi/examplelib@1.0.1").code == 1
    assert doorward("scan", "pkg:pypi/examplelib@1.0.1", "--exit-zero").code == 0
    (project / "doorward.toml").write_text(
        '[[allow]]\nrule = "registry/executable-pth"\nsubject = "pkg:pypi/examplelib@1.0.1"\n'
        'reason = "looked at"\nuntil = 2999-01-01\n'
        '[[allow]]\nrule = "registry/new-install-hook"\nsubject = "pkg:pypi/examplelib@1.0.1"\n'
        'reason = "looked at"\nuntil = 2999-01-01\n'
    )
    ran = doorward("scan", "pkg:pypi/examplelib@1.0.1", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (0, "clean")
    assert any(f["allowed"] for f in ran.json["findings"])


def test_an_index_that_strips_is_a_gap_and_not_an_absence(world: World, project: Path, doorward: Doorward) -> None:
    world.strips = {"publisher", "provenance", "json-api"}
    for version in ("1.0.0", "1.0.1"):
        world.publish_wheel("alpha", version)
    ran = doorward("scan", "pkg:pypi/alpha@1.0.1", "--format", "json")
    assert ran.code == 0
    who = next(line for line in ran.json["coverage"] if line["kind"] == "who-published")
    assert (who["answered"], who["of"]) == (0, 1)
    assert who["cause"]


def test_provenance_that_is_lost_is_a_finding(world: World, project: Path, doorward: Doorward) -> None:
    for minor in range(6):
        world.publish_npm("tool", f"1.{minor}.0", provenance=True)
    world.publish_npm("tool", "1.6.0", provenance=False, publisher="somebody-else")
    ran = doorward("scan", "pkg:npm/tool@1.6.0", "--format", "json")
    assert "signing/provenance-lost" in ran.rules


def test_a_wrong_archive_is_a_gap(three: World, project: Path, doorward: Doorward) -> None:
    release = latest(three, "beta")
    for name in release.files:
        release.files[name] = b"no archive at all"
    (project / "requirements.txt").write_text("beta==1.2.0\n")
    ran = doorward("scan", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (3, "not-evaluated")


def test_output_goes_to_a_file(three: World, project: Path, doorward: Doorward) -> None:
    ran = doorward("scan", "pkg:pypi/alpha@1.2.0", "--format", "sarif", "--output", "out.sarif")
    assert (ran.code, ran.out) == (0, "")
    assert json.loads((project / "out.sarif").read_text())["version"] == "2.1.0"


def test_inventory_lists_without_looking_up(three: World, project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text(lock(("alpha", latest(three, "alpha"))))
    ran = doorward("inventory", ".", "--format", "json")
    (package,) = ran.json["packages"]
    assert (package["purl"], package["ecosystem"], package["source"]) == ("pkg:pypi/alpha@1.2.0", "PyPI", "registry")
    assert set(package["digests"]) == {f"sha256:{sha256(data)}" for data in latest(three, "alpha").files.values()}
    assert (ran.code, three.requests) == (0, [])


def test_diff_of_purls_and_of_files_agree(world: World, project: Path, doorward: Doorward) -> None:
    world.publish_wheel("examplelib", "1.0.0", {"examplelib/__init__.py": ""})
    world.publish_wheel("examplelib", "1.0.1", PTH)
    purls = doorward("diff", "pkg:pypi/examplelib@1.0.0", "pkg:pypi/examplelib@1.0.1", "--format", "json")
    for version, files in (("1.0.0", {"examplelib/__init__.py": ""}), ("1.0.1", PTH)):
        (project / f"examplelib-{version}-py3-none-any.whl").write_bytes(wheel("examplelib", version, files))
    names = [f"examplelib-{version}-py3-none-any.whl" for version in ("1.0.0", "1.0.1")]
    files = doorward("diff", *names, "--format", "json")
    assert purls.code == files.code == 1
    assert "registry/executable-pth" in purls.rules & files.rules
    assert files.json["subjects"][0]["subject"].startswith(f"file:{names[1]}@sha256:")


def test_native_code_in_a_pure_wheel_is_seen_between_files_too(project: Path, doorward: Doorward) -> None:
    elf = b"\x7fELF\x02\x01\x01" + bytes(57)
    (project / "x-1.0-py3-none-any.whl").write_bytes(wheel("x", "1.0", {"x/__init__.py": ""}))
    (project / "x-1.1-py3-none-any.whl").write_bytes(wheel("x", "1.1", {"x/__init__.py": "", "x/data.dat": elf}))
    ran = doorward("diff", "x-1.0-py3-none-any.whl", "x-1.1-py3-none-any.whl", "--format", "json")
    assert (ran.code, "registry/new-binary" in ran.rules) == (1, True)


def test_what_cannot_be_compared_is_said_before_anything_is_drawn(project: Path, doorward: Doorward) -> None:
    ran = doorward("diff", "none.whl", "none.whl")
    assert (ran.code, ran.out, ran.err) == (2, "", "doorward: none.whl: No such file or directory\n")


def test_the_scheme_of_a_purl_has_no_case(three: World, project: Path, doorward: Doorward) -> None:
    assert doorward("scan", "PKG:PyPI/Alpha@1.2.0", "-q").code == 0


@pytest.mark.parametrize("name", ["attack_layer", "safe", "_run", "xml"])
def test_a_format_that_is_none_is_a_usage_error(project: Path, doorward: Doorward, name: str) -> None:
    with pytest.raises(SystemExit) as ended:
        doorward("scan", "--format", name)
    assert ended.value.code == 2


def test_diff_refuses_what_it_cannot_compare(project: Path, doorward: Doorward) -> None:
    assert doorward("diff", "pkg:pypi/a@1", "pkg:pypi/b@1").code == 2
    assert doorward("diff", "pkg:pypi/a@1", "file.whl").code == 2
    assert doorward("diff", "none.whl", "none.whl").code == 2
    assert doorward("diff", "pkg:pypi/a", "pkg:pypi/a@1").code == 2


def test_files_of_two_packages_are_not_compared(project: Path, doorward: Doorward) -> None:
    (project / "lib-1.0-py3-none-any.whl").write_bytes(wheel("lib", "1.0", {"lib.py": ""}))
    (project / "other-1.1-py3-none-any.whl").write_bytes(wheel("other", "1.1", {"other.py": ""}))
    (project / "tool-1.1.tgz").write_bytes(npm_tarball({"name": "tool", "version": "1.1"}, {"index.js": ""}))
    for other, purl in (("other-1.1-py3-none-any.whl", "pkg:pypi/other@1.1"), ("tool-1.1.tgz", "pkg:npm/tool@1.1")):
        ran = doorward("diff", "lib-1.0-py3-none-any.whl", other)
        refused = f"doorward: diff compares two releases of one package, not pkg:pypi/lib@1.0 with {purl}\n"
        assert (ran.code, ran.out, ran.err) == (2, "", refused)


def test_a_file_that_lies_about_its_name_is_judged(project: Path, doorward: Doorward) -> None:
    (project / "lib-1.0-py3-none-any.whl").write_bytes(wheel("lib", "1.0", {"lib.py": ""}))
    (project / "lib-1.1-py3-none-any.whl").write_bytes(
        wheel("other", "1.1", {"lib.py": "", "lib_init.pth": PTH["examplelib_init.pth"]})
    )
    ran = doorward("diff", "lib-1.0-py3-none-any.whl", "lib-1.1-py3-none-any.whl", "--format", "json")
    assert (ran.code, "registry/executable-pth" in ran.rules) == (1, True)


def test_a_damaged_file_is_not_evaluated(project: Path, doorward: Doorward) -> None:
    (project / "x-1.0-py3-none-any.whl").write_bytes(wheel("x", "1.0", {"x.py": ""}))
    (project / "x-1.1-py3-none-any.whl").write_bytes(wheel("x", "1.1", {"x.py": ""})[:-30])
    ran = doorward("diff", "x-1.0-py3-none-any.whl", "x-1.1-py3-none-any.whl", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (3, "not-evaluated")


def test_explain_prints_pages_and_a_list(doorward: Doorward) -> None:
    listed = doorward("explain")
    assert (listed.code, "registry/new-install-hook" in listed.out) == (0, True)
    page = doorward("explain", "registry/new-install-hook")
    assert all(section in page.out for section in ("What it catches", "Why it matters", "What to do", "False alarms"))
    wrong = doorward("explain", "registry/new-instal-hook")
    assert (wrong.code, "did you mean 'registry/new-install-hook'" in wrong.err) == (2, True)
    assert "NOT EVALUATED" in doorward("explain", "coverage").out


def test_a_young_dependency_that_nobody_imports_is_seen(world: World, project: Path, doorward: Doorward) -> None:
    world.publish_npm("tool", "1.0.0", when=NOW - timedelta(days=90))
    world.publish_npm("plain-helper", "0.0.1", when=NOW - timedelta(hours=6))
    world.publish_npm(
        "tool", "1.0.1", manifest={"dependencies": {"plain-helper": "^0.0.1"}}, when=NOW - timedelta(hours=3)
    )
    ran = doorward("diff", "pkg:npm/tool@1.0.0", "pkg:npm/tool@1.0.1", "--format", "json")
    assert (ran.code, "registry/new-dependency" in ran.rules) == (1, True)
    assert {s["subject"] for s in ran.json["subjects"]} == {"pkg:npm/tool@1.0.1", "pkg:npm/plain-helper@0.0.1"}


PARTS = {
    "SPDXID": "SPDXRef-DOCUMENT",
    "spdxVersion": "SPDX-2.3",
    "packages": [
        {
            "SPDXID": "SPDXRef-a",
            "name": "a",
            "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:github/acme/a@v1"}],
        }
    ],
}


def test_a_part_that_is_named_by_a_repository_is_not_called_clean(project: Path, doorward: Doorward) -> None:
    (project / "parts.spdx.json").write_text(json.dumps(PARTS))
    ran = doorward("scan", "parts.spdx.json", "--format", "json")
    assert (ran.code, ran.json["verdict"]) == (3, "not-evaluated")


def test_what_a_bill_of_materials_is_about_is_the_projects_own(project: Path, doorward: Doorward) -> None:
    about = {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-a"}
    (project / "parts.spdx.json").write_text(json.dumps(PARTS | {"relationships": [about]}))
    ran = doorward("scan", "parts.spdx.json", "--format", "json")
    assert ran.code == 0
    assert ran.json["notices"] == ["1 package is the project's own (workspace or path) and not judged"]
