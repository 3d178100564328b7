"""``doorward exposed`` from the question to the exit code: locks and their history, trees, caches, scans, logs."""

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.conftest import Ran
from tests.feeds.build import malicious, osv, span, zipped
from tests.images.build import tar
from tests.logs.samples import NPM, PIP
from tests.repositories.gitbox import Box
from tests.world import World, npm_tarball, sdist, wheel

Doorward = Callable[..., Ran]
SCHEMA = json.loads(files("doorward.outputs").joinpath("exposure.schema.json").read_text(encoding="utf-8"))
DAY = 86_400
START = 1_767_225_600  # 2026-01-01
BAD = b"examplelib==1.0.0\nother==1.0\n"
GOOD = b"examplelib==1.1.0\nother==1.0\n"
ASKED = "pkg:pypi/examplelib@1.0.0"


@pytest.fixture
def box(project: Path) -> Box:
    """The project as a repository."""
    return Box(project)


def history(box: Box, *contents: bytes, path: str = "requirements.txt", branch: str = "main") -> list[str]:
    """Write one commit a day, one after another, each with the next content."""
    commits: list[str] = []
    for day, content in enumerate(contents):
        when = f"{START + day * DAY} +0000"
        commits.append(box.commit({path: content}, parents=commits[-1:], when=when, branch=branch))
    return commits


def asked(doorward: Doorward, *arguments: str) -> Ran:
    ran = doorward("exposed", *(arguments or (ASKED,)), "--format", "json", "--offline")
    if ran.out:
        Draft202012Validator(SCHEMA).validate(ran.json)
    return ran


def traces(ran: Ran, kind: str) -> list[dict]:
    return [trace for trace in ran.json["traces"] if trace["kind"] == kind]


def details(trace: dict) -> dict[str, str]:
    return {item["label"]: item["value"] for item in trace["details"]}


def test_a_lock_that_is_clean_today_was_not_clean_then(box: Box, project: Path, doorward: Doorward) -> None:
    commits = history(box, GOOD, BAD, BAD + b"more==2\n", GOOD)
    (project / "requirements.txt").write_bytes(GOOD)
    box.tag("v1", commits[2])
    ran = asked(doorward)
    assert ran.code == 1
    (trace,) = traces(ran, "lock")
    assert (trace["where"], trace["present"]) == ("requirements.txt", False)
    assert (trace["first"], trace["last"]) == ("2026-01-02T00:00:00+00:00", "2026-01-04T00:00:00+00:00")
    assert [(mark["commit"], mark["did"]) for mark in trace["commits"]] == [
        (commits[1], "brought"),
        (commits[2], "kept"),
        (commits[3], "removed"),
    ]
    assert details(trace)["tags"] == "tag v1"
    assert "now in" not in details(trace)


def test_a_branch_that_was_never_merged_counts(box: Box, project: Path, doorward: Doorward) -> None:
    history(box, GOOD)
    history(box, GOOD, BAD, branch="try")
    (project / "requirements.txt").write_bytes(GOOD)
    ran = asked(doorward)
    (trace,) = traces(ran, "lock")
    assert (ran.code, trace["present"], details(trace)["now in"]) == (1, True, "branch try")


def test_commits_that_no_branch_has_any_more_count(project: Path, doorward: Doorward) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=N", "-c", "user.email=n@mail.invalid", "-c", "core.logAllRefUpdates=true")
        subprocess.run(["git", "-C", str(project), *identity, *words], check=True, capture_output=True)

    def commit(content: bytes) -> None:
        (project / "requirements.txt").write_bytes(content)
        git("add", "requirements.txt")
        git("commit", "-m", "Pin")

    git("init", "-b", "main")
    commit(GOOD)
    git("checkout", "-b", "topic")
    commit(BAD)
    git("checkout", "main")
    assert asked(doorward).code == 1
    git("branch", "-D", "topic")
    ran = asked(doorward)
    (trace,) = traces(ran, "lock")
    assert (ran.code, trace["present"], trace["last"]) == (1, False, None)
    assert "reflog" in details(trace)["state"]
    git("reflog", "expire", "--expire=now", "--all")
    assert asked(doorward).code == 0


def test_the_merge_tells_when_a_branch_was_free_of_it(box: Box, project: Path, doorward: Doorward) -> None:
    first, bad = history(box, GOOD, BAD)
    fix = box.commit({"requirements.txt": GOOD}, parents=[bad], when=f"{START + 2 * DAY} +0000", branch="fix")
    merge = box.commit({"requirements.txt": GOOD}, parents=[bad, fix], when=f"{START + 9 * DAY} +0000")
    (project / "requirements.txt").write_bytes(GOOD)
    (trace,) = traces(asked(doorward), "lock")
    assert trace["last"] == "2026-01-10T00:00:00+00:00"
    assert [mark["commit"] for mark in trace["commits"]] == [bad, fix, merge]
    assert first not in {mark["commit"] for mark in trace["commits"]}


def test_what_only_the_work_tree_still_has(box: Box, project: Path, doorward: Doorward) -> None:
    history(box, BAD, GOOD)
    (project / "requirements.txt").write_bytes(BAD)
    (trace,) = traces(asked(doorward), "lock")
    assert (trace["present"], details(trace)["state"]) == (True, "in the work tree now")
    assert "now in" not in details(trace)


def test_a_folder_of_a_repository_is_asked_about_itself_alone(box: Box, project: Path, doorward: Doorward) -> None:
    history(box, BAD, path="other/requirements.txt")
    inner = project / "app"
    inner.mkdir()
    (inner / "requirements.txt").write_bytes(GOOD)
    box.git("add", "app")
    assert asked(doorward, ASKED, "--path", "app").code == 0
    assert traces(asked(doorward), "lock")[0]["where"] == "other/requirements.txt"


def test_what_is_not_committed_and_what_no_repository_keeps(box: Box, project: Path, doorward: Doorward) -> None:
    history(box, GOOD)
    (project / "requirements.txt").write_bytes(BAD)
    box.git("add", "requirements.txt")
    (trace,) = traces(asked(doorward), "lock")
    assert details(trace)["state"] == "in the work tree, in no commit"
    loose = project.parent / "loose"
    loose.mkdir()
    (loose / "requirements.txt").write_bytes(BAD)
    (trace,) = traces(asked(doorward, ASKED, "--path", str(loose)), "lock")
    assert details(trace)["state"] == "in the folder; there is no git history"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'[[package]]\nname = "examplelib', 3),
        (b'[[package]]\nname = "somethingelse', 0),
        (b"examplelib \xff", 3),
    ],
)
def test_a_version_that_cannot_be_read_is_no_no(
    box: Box, project: Path, doorward: Doorward, content: bytes, code: int
) -> None:
    """One that does not mention the package at all says enough."""
    history(box, content, b"version = 1\n", path="uv.lock")
    (project / "requirements.txt").write_bytes(GOOD)
    box.git("add", "requirements.txt")
    ran = asked(doorward)
    assert ran.code == code
    required = [gap for gap in ran.json["gaps"] if gap["required"]]
    assert bool(required) is (code == 3)
    assert all(gap["where"] == "uv.lock, in its history" for gap in required)


def test_a_requirement_without_a_version_is_no_no(project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text("examplelib>=1\nother==1\n")
    ran = asked(doorward)
    assert (ran.code, ran.json["outcome"]) == (3, "not-evaluated")
    assert (
        ran.json["gaps"]
        == [{"where": "requirements.txt", "reason": "examplelib: no version is pinned: >=1", "required": True}]
        or "examplelib" in ran.json["gaps"][0]["reason"]
    )


def test_a_repository_that_would_run_code_does_not(box: Box, project: Path, doorward: Doorward) -> None:
    history(box, BAD)
    ran_it = project.parent / "ran"
    script = project / "hook.sh"
    script.write_text(f"#!/bin/sh\ntouch {ran_it}\n")
    script.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "core.hooksPath",
        "core.sshCommand",
        "filter.x.smudge",
    ):
        box.git("config", key, str(script))
    (project / "requirements.txt").write_bytes(GOOD)
    (project / ".gitattributes").write_text("* filter=x diff=x\n")
    assert traces(asked(doorward), "lock")
    assert not ran_it.exists()


def test_a_shallow_clone_is_a_gap_that_counts(box: Box, project: Path, doorward: Doorward, tmp_path: Path) -> None:
    history(box, BAD, GOOD)
    clone = tmp_path / "clone"
    box.git("clone", "-q", "--depth", "1", f"file://{project}", str(clone), cwd=None)
    ran = asked(doorward, ASKED, "--path", str(clone))
    assert ran.code == 3
    assert "shallow" in ran.json["gaps"][0]["reason"]


def install(folder: Path, name: str, version: str) -> None:
    info = folder / f"lib/python3.12/site-packages/{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: decoy\n")


def test_installed_trees_are_the_worst(project: Path, doorward: Doorward) -> None:
    install(project / ".venv", "Example_Lib", "1.0")
    module = project / "node_modules/@scope/bad/package.json"
    module.parent.mkdir(parents=True)
    module.write_text('{"name": "@scope/bad", "version": "2.0.0"}')
    (project / "requirements.txt").write_text("example-lib==1.0.0\n")
    ran = asked(doorward, "pkg:pypi/example.lib@1.0.0", "pkg:npm/@scope/bad@2.0.0")
    assert [trace["kind"] for trace in ran.json["traces"]] == ["lock", "installed", "installed"]
    assert {trace["purl"] for trace in traces(ran, "installed")} == {
        "pkg:npm/%40scope/bad@2.0.0",
        "pkg:pypi/example-lib@1.0",
    }
    assert ran.json["advice"][0].startswith("Isolate")
    assert [step.split()[0] for step in ran.json["advice"]] == ["Isolate:", "Sweep", "Then", "Last,"]


#: Where a user has what no project has, with the variable that says so; and a module of npm in it.
USER_TREES = {
    "npx": ("home/.npm/_npx/0f0f/node_modules", ""),
    "npm, a folder of the user's": ("mine/lib/node_modules", "npm_config_prefix"),
    "nvm": ("home/.nvm/versions/node/v22.1.0/lib/node_modules", ""),
    "pnpm": ("home/.local/share/pnpm/global/5/.pnpm/quiet@3.0.0/node_modules", ""),
    "pnpm dlx": ("home/.cache/pnpm/dlx/0f0f/1/node_modules", ""),
    "yarn": ("home/.config/yarn/global/node_modules", ""),
    "bun": ("home/.bun/install/global/node_modules", ""),
}


@pytest.mark.parametrize("name", USER_TREES)
def test_what_a_user_installed_outside_of_projects(
    project: Path, doorward: Doorward, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, variable = USER_TREES[name]
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / path.split("/", maxsplit=1)[0]))
    put(tmp_path / path / "quiet/package.json", '{"name": "quiet", "version": "3.0.0"}')
    ran = asked(doorward, "pkg:npm/quiet@3.0.0")
    assert [trace["where"] for trace in traces(ran, "installed")] == [str(tmp_path / path / "quiet/package.json")]
    assert asked(doorward, "pkg:npm/quiet@3.0.0", "--no-user").json["traces"] == []


@pytest.mark.parametrize("path", ["", "app", "app/node_modules", "app/node_modules/quiet", "app/node_modules/a"])
def test_a_folder_within_what_is_installed(project: Path, doorward: Doorward, path: str) -> None:
    for name in ("quiet", "a/node_modules/quiet", "other"):
        put(project / f"app/node_modules/{name}/package.json", '{"name": "quiet", "version": "3.0.0"}')
    ran = asked(doorward, "pkg:npm/quiet@3.0.0", "--path", str(project / path))
    found = [trace["where"].removeprefix(f"{project}/app/node_modules/") for trace in traces(ran, "installed")]
    assert found == {
        "app/node_modules/quiet": ["quiet/package.json"],
        "app/node_modules/a": ["a/node_modules/quiet/package.json"],
    }.get(path, ["a/node_modules/quiet/package.json", "other/package.json", "quiet/package.json"])


def test_what_pip_installs_for_a_user(project: Path, doorward: Doorward, tmp_path: Path) -> None:
    install(tmp_path / "home/.local", "quiet", "3.0.0")
    assert len(traces(asked(doorward, "pkg:pypi/quiet@3.0.0"), "installed")) == 1


def test_an_active_environment_of_the_project_is_told_once(
    project: Path, doorward: Doorward, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(project / ".venv", "quiet", "3.0.0")
    monkeypatch.setenv("VIRTUAL_ENV", str(project / ".venv"))
    assert len(traces(asked(doorward, "pkg:pypi/quiet@3.0.0"), "installed")) == 1
    monkeypatch.chdir(project.parent)
    other = project.parent / "other"
    other.mkdir()
    assert len(traces(asked(doorward, "pkg:pypi/quiet@3.0.0", "--path", str(other)), "installed")) == 1


def put(path: Path, content: bytes | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def cacache(*lines: dict) -> str:
    return "\n" + "\n".join("0" * 40 + "\t" + json.dumps(line) for line in lines)


TARBALL = "https://user:secret@registry.example/@scope/bad/-/bad-2.0.0.tgz"
WHEEL = wheel("example-lib", "1.0.0", {"example_lib/__init__.py": ""})
CACHES = {
    "pip": {
        ".cache/pip/http-v2/a/b/cdef.body": WHEEL,
        ".cache/pip/http/a/b/old": b"cc=4,\x82\xa8response\x81\xa4body\xc5"
        + sdist("example_lib", "1.0.0", {"x.py": ""}),
        ".cache/pip/http/a/b/page": b"cc=4,\x81\xa4body" + gzip.compress(b"<html>example_lib-1.0.0</html>"),
        ".cache/pip/wheels/aa/bb/example_lib-1.0.0-1-py3-none-any.whl": b"",
    },
    "uv": {
        ".cache/uv/wheels-v6/pypi/example-lib/1.0.0-py3-none-any.http": "",
        ".cache/uv/wheels-v6/pypi/example-lib/1.0.0-py3-none-any.msgpack": "",
        ".cache/uv/wheels-v6/index/0f0f/example-lib/1.0-py3-none-any.msgpack": "",
        ".cache/uv/sdists-v9/pypi/example-lib/1.0.0/revision.http": "",
        ".cache/uv/simple-v16/pypi/example-lib.rkyv": "",
        ".cache/uv/archive-v0/MyPr1Bu-V1GaKXlA/example_lib-1.0.0.dist-info/METADATA": "",
        ".cache/uv/archive-v0/MyPr1Bu-V1GaKXlA/example_lib/x-1.0.0.py": "",
    },
    "npm": {
        ".npm/_cacache/index-v5/aa/bb/cc": cacache(
            {"key": f"make-fetch-happen:request-cache:{TARBALL}", "integrity": None, "time": 1767225600000},
            {"key": "make-fetch-happen:request-cache:https://registry.example/@scope%2fbad", "time": 1},
        )
    },
    "pnpm": {
        ".local/share/pnpm/store/v3/files/ab/cd-index.json": '{"name": "@scope/bad", "version": "2.0.0", "files": {}}',
        ".local/share/pnpm/store/v10/index/ab/0f-@scope+bad@2.0.0.json": "{}",
    },
    "bun": {
        ".bun/install/cache/@scope/bad@2.0.0@@@1/package.json": "{}",
        ".bun/install/cache/@scope/bad@2.0.0@@registry.example@@@1/package.json": "{}",
        ".bun/install/cache/@scope/bad@2.0.0-0f0f0f@@@1/package.json": '{"version": "2.0.0-rc.1"}',
        ".bun/install/cache/bad.npm": "",
        ".bun/install/cache/bad@2.0.1@@@1/package.json": "{}",
    },
    "cargo": {
        ".cargo/registry/cache/registry.example-0f0f/example-lib-1.0.0.crate": "",
        ".cargo/registry/cache/registry.example-0f0f/example-lib-derive-1.0.0.crate": "",
    },
    "go": {
        "go/pkg/mod/cache/download/example.invalid/!lib/@v/v1.0.0.zip": "",
        "go/pkg/mod/cache/download/example.invalid/!lib/@v/v1.0.0.mod": "",
    },
    "maven": {
        ".m2/repository/org/example/lib/1.0.0/lib-1.0.0.jar": "",
        ".m2/repository/org/example/lib/1.0.0/lib-1.0.0-sources.jar": "",
        ".m2/repository/org/example/lib/1.0.0/lib-1.0.0.pom": "",
        ".m2/repository/lib-1.jar": "",
    },
    "yarn": {
        ".cache/yarn/v6/npm-@scope-bad-2.0.0-" + "0" * 40 + "-integrity/node_modules/x": "",
        ".yarn/berry/cache/@scope-bad-npm-2.0.0-0123456789-10c0.zip": "",
    },
}
COUNTS = {"bun": 3, "cargo": 1, "go": 1, "maven": 1, "pip": 3, "uv": 4, "npm": 1, "pnpm": 2, "yarn": 2}


@pytest.mark.parametrize("name", CACHES)
def test_caches(project: Path, doorward: Doorward, tmp_path: Path, name: str) -> None:
    for path, content in CACHES[name].items():
        put(tmp_path / "home" / path, content)
    others = ("pkg:cargo/example-lib@1.0.0", "pkg:golang/example.invalid/Lib@v1.0.0", "pkg:maven/org.example/lib@1.0.0")
    prerelease = "pkg:npm/@scope/bad@2.0.0-rc.1"
    ran = asked(doorward, "pkg:pypi/example-lib@1.0.0", "pkg:npm/@scope/bad@2.0.0", prerelease, *others)
    found = traces(ran, "cache")
    assert (ran.code, len(found)) == (1, COUNTS[name]), found
    assert {details(trace)["cache"] for trace in found} == {name}
    assert "user:secret" not in ran.out
    assert asked(doorward, "pkg:pypi/example-lib@1.0.1", "pkg:npm/bad@2.0.0", "pkg:npm/@scope/bad@2.0.1").code == 0
    assert asked(doorward, "pkg:npm/@scope/bad@2.0.0", "pkg:pypi/example-lib@1", "--no-user").code == 3


@pytest.mark.parametrize("closed", [True, False])
def test_the_database_of_pnpm(project: Path, doorward: Doorward, tmp_path: Path, *, closed: bool) -> None:
    path = tmp_path / "home" / ".local/share/pnpm/store/v11/index.db"
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE package_index (key TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID")
    integrity = f"sha512-{base64.b64encode(bytes([7] * 64)).decode()}"
    keys = [
        f"{integrity}\t@scope/bad@2.0.0",
        "https://git.invalid/bad.git#2.0.0\tbuilt",
        "sha512-y==\tother@1.0.0-rc.1",
    ]
    connection.executemany("INSERT INTO package_index VALUES (?, x'80')", [(key,) for key in keys])
    connection.commit()
    if closed:
        connection.close()
    before = sorted(path.parent.iterdir())
    ran = asked(doorward, "pkg:npm/@scope/bad@2.0.0", "pkg:npm/other")
    assert [trace["purl"] for trace in traces(ran, "cache")] == [
        "pkg:npm/%40scope/bad@2.0.0",
        "pkg:npm/other@1.0.0-rc.1",
    ]
    assert asked(doorward, "pkg:npm/bad@2.0.0").code == 0
    (project / "list.txt").write_text(f"{'07' * 64}  bad.tgz\n")
    (trace,) = traces(asked(doorward, "list.txt"), "cache")
    assert trace["purl"] == "pkg:npm/%40scope/bad@2.0.0"
    assert sorted(path.parent.iterdir()) == before
    connection.close()


@pytest.mark.parametrize(
    ("type_", "path", "content"),
    [
        ("npm", ".local/share/pnpm/store/v11/index.db", b"SQLite format 3\0" + b"x" * 99),
        ("npm", ".local/share/pnpm/store/v11/index.db", b""),
        ("npm", ".bun/install/cache/bad@2.0.0-0f@@@1/package.json", b"{"),
        ("pypi", ".cache/pip/http-v2/a/x.body", b"PK\x03\x04" + b"\0" * 100),
        ("npm", ".npm/_cacache/index-v5/a/b", "0" * 40 + '\t{"make-fetch-happen:request-cache: x.tgz'),
        ("npm", ".local/share/pnpm/store/v3/files/a/b-index.json", '{"name": ['),
        ("npm", ".local/share/pnpm/store/v3/files/a/b-index.json", "{}"),
    ],
)
def test_a_damaged_entry_of_a_cache_is_told_and_is_no_no(
    project: Path, doorward: Doorward, tmp_path: Path, type_: str, path: str, content: bytes | str
) -> None:
    put(tmp_path / "home" / path, content)
    put(project / "requirements.txt", GOOD)
    for asked_type in ("pypi", "npm"):
        ran = asked(doorward, f"pkg:{asked_type}/examplelib@1.0.0")
        assert (ran.code, len(ran.json["gaps"])) == (3 if asked_type == type_ else 0, 1)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (".venv/lib/python3.11/site-packages/Example_Lib.dist-info/METADATA", 3),
        (".venv/lib/python3.11/site-packages/Example_Lib-1.0.0.dist-info/METADATA", 1),
        (".venv/lib/python3.11/site-packages/Example_Lib-1.0.0.dist-info/RECORD", 1),
        (".venv/lib/python3.11/site-packages/Example_Lib-1.0.0.dist-info/WHEEL", 1),
        (".venv/lib/python3.11/site-packages/another-1.0.0.dist-info/METADATA", 0),
        ("node_modules/example-lib/package.json", 0),
        ("var/lib/dpkg/status", 0),
    ],
)
def test_what_is_installed_and_cannot_be_read_is_no_no(project: Path, doorward: Doorward, path: str, code: int) -> None:
    put(project / path, "nonsense")
    put(project / "requirements.txt", GOOD)
    ran = asked(doorward, "pkg:pypi/example-lib@1.0.0")
    assert (ran.code, len(ran.json["gaps"])) == (code, 1)


def test_what_earlier_scans_found(world: World, project: Path, doorward: Doorward) -> None:
    for version in ("0.9", "1.0.0"):
        world.publish_wheel("examplelib", version)
    (project / "requirements.txt").write_text("examplelib==1.0.0\n")
    doorward("scan")
    (project / "requirements.txt").write_text("examplelib==1.1.0\n")
    ran = asked(doorward)
    (trace,) = traces(ran, "inventory")
    assert (ran.code, trace["where"], details(trace)) == (1, str(project), {"declared in": "requirements.txt"})
    (live,) = ran.json["live"]
    assert (live["state"], live["since"]) == ("listed", world.packages["pypi", "examplelib"][1].when.isoformat())


@pytest.mark.parametrize(
    ("version", "since", "said"),
    [
        ("1.0.0", "2026-01-02T03:04:05+00:00", "since 2026-01-02 03:04 UTC, the index no longer has it"),
        ("7.0.0", None, "does not list it, looked up"),
    ],
)
def test_the_hours_of_what_is_unpublished(
    world: World, project: Path, doorward: Doorward, version: str, since: str | None, said: str
) -> None:
    times = {"created": "2026-01-01T00:00:00Z", "1.0.0": "2026-01-02T03:04:05.000Z", "unpublished": {"name": "x"}}
    document = json.dumps({"name": "quiet", "versions": {}, "time": times}).encode()
    world.forced["/npm/quiet"] = (200, {"Content-Type": "application/json"}, document)
    arguments = ("exposed", f"pkg:npm/quiet@{version}", "--no-user")
    (live,) = doorward(*arguments, "--format", "json").json["live"]
    assert (live["state"], live["since"]) == ("gone", since)
    assert said in " ".join(doorward(*arguments).out.split())


def test_logs(project: Path, doorward: Doorward) -> None:
    (project / "pip.log").write_bytes(PIP)
    (project / "npm.log.gz").write_bytes(gzip.compress(NPM))
    (project / "other.log").write_text("fetching\n#12 add @scope/quiet@npm:3.0.0 done\nquiet@3.0.0 inertlib-1.2.3.1\n")
    logs = [part for name in ("pip.log", "npm.log.gz", "other.log") for part in ("--log", name)]
    ran = asked(doorward, "pkg:pypi/inertlib@1.2.3", "pkg:npm/@scope/quiet@3.0.0", *logs)
    found = {(trace["where"], trace["purl"], details(trace).get("did", "read")) for trace in traces(ran, "log")}
    assert ("pip.log", "pkg:pypi/inertlib@1.2.3", "fetched") in found
    assert ("npm.log.gz", "pkg:npm/%40scope/quiet@3.0.0", "fetched") in found
    assert {item for item in found if item[0] == "other.log"} == {("other.log", "pkg:npm/%40scope/quiet@3.0.0", "read")}
    assert "user:secret" not in ran.out
    assert asked(doorward, "pkg:pypi/inertlib@9", "--log", "pip.log", "--no-user").code == 0
    assert asked(doorward, ASKED, "--log", "nothing.log").code == 2


def test_an_advisory_a_feed_and_a_file(project: Path, doorward: Doorward) -> None:
    records = {
        "a.json": malicious(published="2026-01-05T00:00:00Z"),
        "b.json": osv("MAL-2026-2", "ranged", ranges=span("introduced 1.0", "fixed 2.0")),
        "c.json": osv("MAL-2026-3", "gone", "1", withdrawn="2026-02-01T00:00:00Z"),
        "d.json": osv("PYSEC-1", "weak", "1.0"),
    }
    zipped(project / "feed.zip", records)
    (project / "requirements.txt").write_text("examplelib==1.0.0\nranged==1.5\ngone==1\nweak==1.0\n")
    for question, purls in (
        ("MAL-2026-2", {"pkg:pypi/ranged@1.5"}),
        ("PYSEC-1", {"pkg:pypi/weak@1.0"}),
        ("mine", {"pkg:pypi/examplelib@1.0.0", "pkg:pypi/ranged@1.5"}),
        ("feed.zip", {"pkg:pypi/examplelib@1.0.0", "pkg:pypi/ranged@1.5"}),
    ):
        if question == "MAL-2026-2":
            ran = asked(doorward, question)
            assert (ran.code, "no feed is imported" in ran.err) == (2, True)
            doorward("intel", "import", "feed.zip", "--name", "mine")
        ran = asked(doorward, question)
        assert {trace["purl"] for trace in ran.json["traces"]} == purls, question
    assert traces(ran, "lock")[0]["records"]
    assert {live["reported"] for live in ran.json["live"]} == {"2026-01-05T00:00:00+00:00", "2026-05-01T10:00:00+00:00"}
    for wrong in ("MAL-2026-3", "nonsense"):
        assert asked(doorward, wrong).code == 2


def test_a_report_in_prose(project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_bytes(BAD)
    (project / "report.md").write_text("On Tuesday examplelib==1.0.0 appeared on PyPI.\n")
    ran = asked(doorward, "report.md")
    assert (ran.code, [trace["purl"] for trace in ran.json["traces"]]) == (1, [ASKED])


def test_a_list_of_digests(project: Path, doorward: Doorward) -> None:
    (project / "bad.txt").write_text("ab" * 32 + "\n" + "cd" * 32 + "\n")
    (project / "requirements.txt").write_text(f"one==1 --hash=sha256:{'ab' * 32}\ntwo==2 --hash=sha256:{'ef' * 32}\n")
    ran = asked(doorward, "bad.txt")
    assert [(trace["purl"], trace["records"]) for trace in ran.json["traces"]] == [("pkg:pypi/one@1", ["bad.txt"])]


def test_versions_that_cannot_be_compared_are_no_no(project: Path, doorward: Doorward) -> None:
    zipped(project / "feed.zip", {"a.json": osv("MAL-1", "odd", ranges=span("introduced 1.0", "fixed 2.0"))})
    (project / "requirements.txt").write_text("odd===nonsense\n")
    ran = asked(doorward, "feed.zip")
    assert (ran.code, ran.json["outcome"]) == (3, "not-evaluated")


def test_nothing_to_look_at(project: Path, doorward: Doorward) -> None:
    ran = doorward("exposed", ASKED, "--offline")
    assert (ran.code, ran.err) == (3, "")
    assert ran.out.splitlines()[-1].startswith("NOT EVALUATED  there was nothing to look at")


@pytest.mark.parametrize(
    "arguments", [(), ("pkg:nonsense",), (ASKED, "--path", "missing"), (ASKED, "--format", "sarif")]
)
def test_what_cannot_be_asked(
    project: Path, capsys: pytest.CaptureFixture[str], doorward: Doorward, arguments: tuple[str, ...]
) -> None:
    try:
        code = doorward("exposed", *arguments).code
    except SystemExit as error:
        code = int(error.code or 0)
    assert code == 2


def test_the_screen_has_the_worst_nearest_the_prompt(box: Box, project: Path, doorward: Doorward) -> None:
    history(box, GOOD, BAD, GOOD)
    (project / "requirements.txt").write_bytes(GOOD)
    install(project / ".venv", "examplelib", "1.0.0")
    ran = doorward("exposed", ASKED, "--offline")
    lines = ran.out.splitlines()
    heads = [line.split()[0] for line in lines if line and not line.startswith(" ")]
    assert heads == ["LOCKED", "INSTALLED", "Do", "EXPOSED"]
    assert lines[-1] == "EXPOSED  1 release of what was asked: installed in 1 place, locked in 1 file."
    assert max(map(len, lines)) <= 100
    assert doorward("exposed", ASKED, "-q").out == lines[-1] + "\n"
    assert doorward("exposed", ASKED, "-q", "--exit-zero").code == 0


def test_hostile_names_steer_no_screen(project: Path, doorward: Doorward) -> None:
    folder = project / "node_modules" / "\x1b[31mred\n::error::x"
    put(folder / "package.json", json.dumps({"name": "bad", "version": "1.0.0"}))
    put(project / "node_modules/evil/package.json", json.dumps({"name": "bad\x1b]0;x\x07", "version": "1\n::error::"}))
    for form in ("human", "markdown", "json"):
        out = doorward("exposed", "pkg:npm/bad@1.0.0", "pkg:npm/bad%1B%5D0;x%07", "--format", form, "--offline").out
        assert "\x1b" not in out
        assert "\n::error" not in out


def test_markdown(project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_bytes(BAD)
    ran = doorward("exposed", ASKED, "--format", "markdown", "--offline", "--output", "out.md")
    assert (ran.code, ran.out) == (1, "")
    text = (project / "out.md").read_text()
    assert text.startswith("## EXPOSED\n")
    assert "| locked | `pkg:pypi/examplelib@1.0.0` | `requirements.txt` |" in text
    assert "1. Isolate: find the machines" in text


def test_npm_tarballs_and_odd_zips_are_no_wheels(tmp_path: Path) -> None:
    from doorward.sources.archives.source import open_blob
    from doorward.sources.caches.pip import release_in

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a/METADATA", "")
    for content in (made.getvalue(), npm_tarball({"name": "x"}, {}), b"", os.urandom(0)):
        with open_blob(content) as blob:
            assert release_in(blob) is None


def test_what_a_lock_pins_closes_what_a_requirement_leaves_open(box: Box, project: Path, doorward: Doorward) -> None:
    history(box, b"examplelib>=1\n", b"examplelib>=0.9\n")
    (project / "requirements.txt").write_text("examplelib>=1\n")
    (project / "uv.lock").write_text('version = 1\n[[package]]\nname = "examplelib"\nversion = "1.1.0"\n')
    box.git("add", ".")
    assert asked(doorward).code == 0
    (project / "uv.lock").write_text('version = 1\n[[package]]\nname = "other"\nversion = "1.1.0"\n')
    ran = asked(doorward)
    assert (ran.code, {gap["where"] for gap in ran.json["gaps"]}) == (
        3,
        {"requirements.txt", "requirements.txt, in its history"},
    )


#: A file -> exit code for lib 1.0.1 of npm and of Go, and a word of why it is open.
DECLARING = {
    "a range that admits it": ("package.json", '{"dependencies": {"lib": "^1.0.0"}}', 3, "may have brought it"),
    "a range that does not": ("package.json", '{"dependencies": {"lib": "~1.1.0"}}', 0, ""),
    "a tag": ("package.json", '{"dependencies": {"lib": "latest"}}', 3, "may have brought it"),
    "the version": ("package.json", '{"devDependencies": {"lib": "1.0.1"}}', 1, ""),
    "another name": ("package.json", '{"dependencies": {"other": "npm:lib@1.0.1"}}', 1, ""),
    "a repository": ("package.json", '{"dependencies": {"lib": "github:o/lib"}}', 3, "not from a registry"),
    "a module that was fetched": ("go.sum", f"lib v1.0.1 h1:{'A' * 43}=\n", 1, ""),
    "a module of which only go.mod was": ("go.sum", f"lib v1.0.1/go.mod h1:{'A' * 43}=\n", 0, ""),
}


@pytest.mark.parametrize("name", DECLARING)
def test_what_stands_without_a_lock(project: Path, doorward: Doorward, name: str) -> None:
    file, text, code, word = DECLARING[name]
    (project / file).write_text(text)
    ran = asked(doorward, "pkg:npm/lib@1.0.1", "pkg:golang/lib@v1.0.1")
    assert ran.code == code
    assert any(word in gap["reason"] for gap in ran.json["gaps"]) or not word


def test_a_project_is_not_exposed_to_itself(project: Path, doorward: Doorward) -> None:
    lock = {
        "name": "app",
        "lockfileVersion": 3,
        "packages": {"": {"name": "app", "version": "1.0.0"}, "w/own": {"name": "own", "version": "1.0.0"}},
    }
    (project / "package-lock.json").write_text(json.dumps(lock))
    assert asked(doorward, "pkg:npm/own@1.0.0", "pkg:npm/app@1.0.0").code == 0


def packed(name: str, content: bytes) -> bytes:
    """Return a log as the file of that name has it."""
    if name.endswith(".zip"):
        into = io.BytesIO()
        with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("build/1_set up.txt", "nothing\n")
            archive.writestr("build/2_install.txt", content)
        return into.getvalue()
    if name.endswith((".tar", ".tar.gz")):
        data = tar({"logs": None, "logs/1.txt": b"nothing\n", "logs/2.log": content, "logs/now": "->2.log"})
        return gzip.compress(data) if name.endswith(".gz") else data
    pack = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}.get(Path(name).suffix, bytes)
    return pack(content)


LINES = {
    "plain.log": b"added quiet@3.0.0\n",
    "logs.zip": b"added quiet@3.0.0\n",
    "a.log.gz": b"added quiet@3.0.0\n",
    "a.log.bz2": b"added quiet@3.0.0\n" * 9,
    "a.log.xz": b"added quiet@3.0.0\n" * 9,
    "a.tar": b"added quiet@3.0.0\n",
    "a.tar.gz": "added quiet@3.0.0\r\n".encode("utf-16"),
    "gzip-in.zip": gzip.compress(b"added quiet@3.0.0\n"),
    "gzip-in.tar": gzip.compress(b"added quiet@3.0.0\n"),
    "broken-off.zip": gzip.compress(b"added quiet@3.0.0\n" * 9)[:-8],
    "windows.log": "added quiet@3.0.0\r\n".encode("utf-16"),
    "colours.log": b"+ quiet\x1b[2m@3.0.0\x1b[0m\n",
    "long.log": b"x" * ((1 << 16) - 5) + b" quiet@3.0.0 \n",
    "url.log": b"GET https://registry.example/quiet/-/quiet-3.0.0.tgz 200\n",
    "beside-pip.log": PIP + b"+ quiet@3.0.0\n",
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("question", ["pkg:npm/quiet@3.0.0", "pkg:npm/quiet"])
def test_whatever_a_log_is_packed_in(project: Path, doorward: Doorward, name: str, question: str) -> None:
    (project / name).write_bytes(packed(name, LINES[name]))
    ran = asked(doorward, question, "--log", name, "--no-user")
    assert ran.code == 1
    assert [trace["purl"] for trace in traces(ran, "log")] == ["pkg:npm/quiet@3.0.0"]


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("pkg:pypi/quiet-lib@1.0", "  - Installing quiet-lib (1.0)"),
        ("pkg:pypi/quiet-lib@1.0", "Successfully installed Quiet_Lib-1.0 other-2"),
        ("pkg:pypi/quiet-lib@1.0", " + quiet.lib==1.0"),
        ("pkg:npm/quiet@3.0.0", '    "quiet": "3.0.0",'),
        ("pkg:npm/@s/quiet@3.0.0", "GET https://registry.example/@s/quiet/-/quiet-3.0.0.tgz"),
        ("pkg:cargo/quiet@3.0.0", "   Compiling quiet v3.0.0"),
        ("pkg:golang/example.invalid/quiet@v3.0.0", "go: downloading example.invalid/quiet v3.0.0"),
        ("pkg:composer/a/quiet@3.0.0", "  - Installing a/quiet (3.0.0): Extracting archive"),
        ("pkg:gem/quiet@3.0.0", "Installing quiet 3.0.0"),
        ("pkg:maven/a.b/quiet@3.0.0", "Downloading https://registry.example/a/b/quiet/3.0.0/quiet-3.0.0.jar"),
        ("pkg:maven/a.b/quiet@3.0.0", "[INFO] a.b:quiet:jar:3.0.0:compile"),
        ("pkg:deb/debian/quiet@3.0-1", "Unpacking quiet:amd64 (3.0-1) ..."),
        ("pkg:deb/debian/quiet@3.0-1", "Get:1 http://mirror.invalid bookworm/main amd64 quiet amd64 3.0-1 [9 kB]"),
    ],
)
def test_how_tools_write_a_release(project: Path, doorward: Doorward, question: str, line: str) -> None:
    (project / "a.log").write_text(f"begin\n{line}\nend\n")
    assert asked(doorward, question, "--log", "a.log", "--no-user").code == 1


@pytest.mark.parametrize(
    "line",
    [
        b"+ @other/quiet@3.0.0\n",
        b"GET https://registry.example/@other/quiet/-/quiet-3.0.0.tgz\n",
        b"very-quiet@3.0.0 quiet@3.0.0.1 quiet@13.0.0\n",
    ],
)
def test_another_package_in_a_log_is_none_that_is_asked_about(project: Path, doorward: Doorward, line: bytes) -> None:
    (project / "a.log").write_bytes(line)
    assert asked(doorward, "pkg:npm/quiet@3.0.0", "--log", "a.log", "--no-user").code == 0


@pytest.mark.parametrize(
    "content", [b"\x28\xb5\x2f\xfd0000", packed("a.zip", b"x" * 99)[:-30], gzip.compress(b"x" * 99)[:-9], b"PK\x03\x04"]
)
def test_a_log_that_cannot_be_unpacked_is_no_no(project: Path, doorward: Doorward, content: bytes) -> None:
    (project / "a.log").write_bytes(content)
    ran = asked(doorward, "pkg:npm/quiet@3.0.0", "--log", "a.log", "--no-user")
    assert ran.code == 3
    assert ran.json["gaps"]


def test_a_damaged_log_of_an_archive_costs_itself(project: Path, doorward: Doorward) -> None:
    with zipfile.ZipFile(project / "a.zip", "w") as archive:
        archive.writestr("1.log.gz", b"\x1f\x8b\x08 nothing")
        archive.writestr("2.7z", b"7z\xbc\xaf\x27\x1c nothing")
        archive.writestr("3.log", "added quiet@3.0.0\n")
    ran = asked(doorward, "pkg:npm/quiet@3.0.0", "--log", "a.zip", "--no-user")
    assert [trace["where"] for trace in traces(ran, "log")] == ["a.zip/3.log"]
    assert [gap["where"] for gap in ran.json["gaps"]] == ["a.zip/1.log.gz", "a.zip/2.7z"]


def test_a_log_packed_without_end_is_no_no(project: Path, doorward: Doorward) -> None:
    content = b"added quiet@3.0.0\n"
    for _ in range(7):
        content = gzip.compress(content)
    (project / "a.gz").write_bytes(content)
    ran = asked(doorward, "pkg:npm/quiet@3.0.0", "--log", "a.gz", "--no-user")
    assert (ran.code, ran.json["gaps"][0]["reason"]) == (3, "packed more than 6 deep")


def test_digests_that_earlier_scans_found(project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text(f"examplelib==1.0.0 --hash=sha256:{'ab' * 32}\n")
    doorward("scan", "--offline")
    (project / "requirements.txt").write_text("examplelib==1.1.0\n")
    (project / "bad.txt").write_text("ab" * 32 + "\n")
    ran = asked(doorward, "bad.txt")
    assert [(trace["kind"], trace["purl"]) for trace in ran.json["traces"]] == [
        ("inventory", "pkg:pypi/examplelib@1.0.0")
    ]


def test_the_source_that_a_distribution_names(project: Path, doorward: Doorward) -> None:
    put(project / "etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    status = "Package: libquiet1\nStatus: install ok installed\nSource: quiet\nVersion: 1.0-1\nArchitecture: amd64\n\n"
    put(project / "var/lib/dpkg/status", status)
    put(project / "feed.json", json.dumps(osv("MAL-9", "quiet", "1.0-1", ecosystem="Debian:12")))
    ran = asked(doorward, "feed.json")
    assert [trace["kind"] for trace in ran.json["traces"]] == ["installed"]
    doorward("scan", "--installed", "--offline")
    (project / "var/lib/dpkg/status").unlink()
    assert [trace["kind"] for trace in asked(doorward, "feed.json").json["traces"]] == ["inventory"]


def test_repositories_below_a_folder_have_a_history_too(project: Path, doorward: Doorward) -> None:
    below = project / "apps/one"
    below.mkdir(parents=True)
    history(Box(below), BAD, GOOD)
    (below / "requirements.txt").write_bytes(GOOD)
    (trace,) = traces(asked(doorward), "lock")
    assert (trace["where"], [mark["did"] for mark in trace["commits"]]) == (
        "apps/one/requirements.txt",
        ["brought", "removed"],
    )


@pytest.mark.parametrize(
    ("wanted", "code"), [("==1.0.0", 1), (">=0.9", 3), (">=1.1", 0), (">=1.1; python_version > '3'", 0), ("==1.1.0", 0)]
)
def test_what_only_a_manifest_declares(project: Path, doorward: Doorward, wanted: str, code: int) -> None:
    text = f'[project]\nname = "x"\nversion = "1"\ndependencies = ["examplelib{wanted}"]\n'
    (project / "pyproject.toml").write_text(text)
    assert asked(doorward).code == code
    (project / "requirements.txt").write_bytes(GOOD)
    assert asked(doorward).code == (1 if code == 1 else 0)


IMAGES = {
    ".github/workflows/ci.yml": "jobs:\n  a:\n    container: evil/base:1.0\n",
    "Dockerfile": "FROM evil/base:1.0\n",
    "compose.yaml": "services:\n  a:\n    image: evil/base:1.0\n",
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "ARG BASE\nFROM $BASE\n"),
        ("compose.yaml", "include:\n  - more.yml\n"),
    ],
)
def test_an_image_that_only_history_took_from_elsewhere(
    box: Box, project: Path, doorward: Doorward, path: str, text: str
) -> None:
    history(box, text.encode(), IMAGES[path].replace("1.0", "1.1").encode(), path=path)
    assert asked(doorward, "pkg:docker/evil/base@1.0").code == 3
    assert asked(doorward, "pkg:npm/base@1.0").code == 0


@pytest.mark.parametrize("path", list(IMAGES))
def test_an_image_that_the_project_was_built_with(box: Box, project: Path, doorward: Doorward, path: str) -> None:
    loose = IMAGES[path].replace(":1.0", "").encode()
    (project / path).parent.mkdir(parents=True, exist_ok=True)
    history(box, IMAGES[path].encode(), IMAGES[path].replace("1.0", "1.1").encode(), path=path)
    (trace,) = traces(asked(doorward, "pkg:docker/evil/base@1.0"), "lock")
    assert (trace["where"], trace["present"]) == (path, False)
    assert asked(doorward, "pkg:docker/evil/base@0.9").code == 0
    # What does not say which release it is may be the one that is asked about.
    (project / path).write_bytes(loose)
    ran = asked(doorward, "pkg:docker/evil/base@0.9")
    assert ran.code == 3


def test_an_image_that_is_pinned_by_digest_is_found_by_the_tag_beside_it(project: Path, doorward: Doorward) -> None:
    (project / "Dockerfile").write_text(f"FROM evil/base:1.0@sha256:{'a' * 64}\n")
    assert asked(doorward, "pkg:docker/evil/base@1.0").code == 1
    assert asked(doorward, f"pkg:docker/evil/base@sha256%3A{'a' * 64}").code == 1
    assert asked(doorward, "pkg:docker/evil/base@1.1").code == 0


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("Dockerfile", "FROM evil/base:${TAG}\n", 3),
        ("Dockerfile", "FROM evil/base@sha256:$DIGEST\n", 3),
        ("Dockerfile", "FROM other/base:${TAG}\n", 0),
        ("Dockerfile", "FROM ${BASE}\n", 3),
        ("Dockerfile", "FROM r.example:$PORT/evil/base:1.0\n", 3),
        (".github/workflows/ci.yml", "jobs:\n  a:\n    container: ${{ matrix.image }}\n", 3),
        (".github/workflows/ci.yml", "jobs:\n  a: {container: evil/base:1.0}\n", 3),
        ("compose.yaml", "services:\n  a:\n    image: >-\n      evil/base:1.0\n", 3),
        ("compose.yaml", "services:\n  a:\n    build:\n      dockerfile_inline: FROM evil/base:1.0\n", 3),
        ("compose.yaml", "include:\n  - more.yml\n", 3),
    ],
)
def test_an_image_that_is_only_known_later_is_no_no(
    project: Path, doorward: Doorward, path: str, text: str, code: int
) -> None:
    """What is filled in may be what is asked about, which says nothing of packages that are no images."""
    (project / path).parent.mkdir(parents=True, exist_ok=True)
    (project / path).write_text(text)
    assert asked(doorward, "pkg:docker/evil/base@1.0").code == code
    assert asked(doorward, "pkg:npm/base@1.0").code == 0
