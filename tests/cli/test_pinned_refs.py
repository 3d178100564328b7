"""Actions and submodules under ``--source``: refs that can move, watched by the ledger."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.sources.repositories.location import open_repository
from doorward.sources.repositories.submodules import Submodule, submodules
from tests.conftest import Ran
from tests.repositories.gitbox import Box, served
from tests.world import World

Doorward = Callable[..., Ran]
WORKFLOW = """\
on: push
jobs:
  build:
    steps:
      - uses: acme/build@{build}
      - uses: acme/lint@{lint}
"""


class Actions:
    """Two actions of one forge, and a project whose workflow uses them."""

    def __init__(self, tmp: Path, project: Path) -> None:
        self.boxes = {name: Box(tmp / "served" / "acme" / name, bare=True) for name in ("build", "lint")}
        self.good = {name: box.commit({"action.yml": b"runs:"}) for name, box in self.boxes.items()}
        for name, box in self.boxes.items():
            box.tag("v1.2.0", self.good[name])
            box.tag("v1", self.good[name])
        self.project = project
        (project / ".github" / "workflows").mkdir(parents=True)
        self.uses()

    def uses(self, build: str = "v1.2.0", lint: str = "v1.2.0") -> None:
        (self.project / ".github" / "workflows" / "ci.yml").write_text(WORKFLOW.format(build=build, lint=lint))

    def move(self, name: str, tag: str) -> str:
        made = self.boxes[name].commit({"action.yml": b"runs: evil"}, branch=None)
        self.boxes[name].tag(tag, made)
        return made


@pytest.fixture
def actions(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch):
    made = Actions(tmp_path, project)
    with served(tmp_path / "served") as (base, _):
        monkeypatch.setenv("GITHUB_SERVER_URL", base)
        yield made


def refs(ran: Ran) -> tuple[int, int, str]:
    line = next(line for line in ran.json["coverage"] if line["kind"] == "refs")
    return line["answered"], line["of"], line["cause"]


def scan(doorward: Doorward, *more: str) -> Ran:
    return doorward("scan", "--source", "--format", "json", *more)


def test_without_the_option_nothing_is_asked(actions: Actions, doorward: Doorward) -> None:
    ran = doorward("scan")
    assert (ran.code, "nothing to scan" in ran.err) == (3, True)


def test_an_action_whose_tag_moved_holds(world: World, actions: Actions, doorward: Doorward) -> None:
    first = refs(scan(doorward))
    assert (first[:2], "first look" in first[2]) == ((0, 2), True)
    assert "offline" in refs(scan(doorward, "--offline"))[2]
    quiet = scan(doorward)
    assert (quiet.json["verdict"], quiet.rules, refs(quiet)) == ("clean", set(), (2, 2, ""))
    evil = actions.move("build", "v1.2.0")
    ran = scan(doorward)
    assert (ran.code, ran.json["verdict"], ran.rules) == (1, "hold", {"repository/ref-moved"})
    (finding,) = ran.json["findings"]
    assert finding["subject"].endswith("/acme/build@refs/tags/v1.2.0")
    assert evil in [item["value"] for item in finding["evidence"]]
    assert scan(doorward).json["verdict"] == "hold", "a second run does not forget it"
    assert ".github/workflows/ci.yml" in doorward("scan", "--source", "--format", "sarif").out
    assert doorward("scan", "--source").out.splitlines()[-1].startswith("HOLD  1 subject: 0 blocked, 1 held")
    world.publish_wheel("alpha", "1.0.0")
    (actions.project / "requirements.txt").write_text("alpha==1.0.0\n")
    last = doorward("scan", "--source").out.splitlines()[-1]
    assert last.startswith("HOLD  1 package: 0 blocked, 0 held, ")
    assert "1 ref that the project builds with moved: held until " in last


def test_tags_that_nobody_here_uses_may_move(actions: Actions, doorward: Doorward) -> None:
    scan(doorward)
    actions.move("build", "v1")
    assert scan(doorward).rules == set()


def test_a_commit_is_safe_but_the_tag_that_led_to_it_tells(actions: Actions, doorward: Doorward) -> None:
    actions.uses(build=actions.good["build"], lint="main")
    scan(doorward)
    assert refs(scan(doorward)) == (2, 2, "")
    actions.move("build", "v1.2.0")
    assert scan(doorward).rules == {"repository/ref-moved"}


def test_what_is_not_there_is_a_gap(actions: Actions, doorward: Doorward) -> None:
    actions.uses(build="v9.9.9")
    actions.boxes["lint"].path.rename(actions.boxes["lint"].path.with_name("gone"))
    scan(doorward)
    answered, of, cause = refs(scan(doorward))
    assert (answered, of) == (0, 2)
    assert "no ref v9.9.9" in cause
    assert "git ls-remote failed" in cause


def test_a_policy_may_name_a_mirror(actions: Actions, doorward: Doorward, project: Path, monkeypatch) -> None:
    monkeypatch.delenv("GITHUB_SERVER_URL")
    lines = [f'"pkg:githubactions/acme/{name}" = "{box.path}"' for name, box in actions.boxes.items()]
    (project / "doorward.toml").write_text("\n".join(["[source]", "on = true", "[source.repositories]", *lines]))
    assert refs(doorward("scan", "--format", "json"))[1] == 2
    assert refs(doorward("scan", "--format", "json")) == (2, 2, "")


def test_a_change_looks_at_the_actions_that_it_brings(actions: Actions, doorward: Doorward) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *arguments], cwd=actions.project, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "One")
    scan(doorward)
    actions.move("lint", "v1.2.0")
    actions.move("build", "v1")
    unchanged = scan(doorward, "--since", "HEAD")
    assert (unchanged.code, unchanged.json["verdict"], unchanged.json["findings"]) == (0, "clean", [])
    actions.uses(build="v1")
    ran = scan(doorward, "--since", "HEAD")
    assert (ran.code, refs(ran)[:2]) == (0, (1, 1))
    (finding,) = ran.json["findings"]
    assert finding["subject"].endswith("/acme/build@refs/tags/v1")
    assert "acme/lint" not in ran.out
    actions.uses(build="v1", lint="v9.9.9")
    assert "no ref v9.9.9" in refs(scan(doorward, "--since", "HEAD"))[2]
    assert scan(doorward, "--since", "nowhere").code == 2


def test_submodules_are_watched_too(actions: Actions, doorward: Doorward, tmp_path: Path) -> None:
    home = Box(tmp_path / "home")
    modules = b'[submodule "lib"]\n\tpath = lib\n\turl = ../served/acme/build\n[include]\n\tpath = /dev/zero\n'
    blob = home.raw("blob", modules)
    listing = f"100644 blob {blob}\t.gitmodules\n160000 commit {actions.good['build']}\tlib\n"
    tree = home.git("mktree", "--missing", stdin=listing.encode())
    who = "Alice <alice@example.org> 1600000000 +0000"
    made = home.raw("commit", f"tree {tree}\nauthor {who}\ncommitter {who}\n\nx\n".encode())
    home.git("update-ref", "refs/heads/main", made)
    (home.path / ".gitmodules").write_bytes(modules)
    (home.path / "doorward.toml").write_text("[source]\non = true\n")

    def look() -> Ran:
        return doorward("scan", str(home.path), "--format", "json")

    assert refs(look())[:2] == (0, 1)
    assert "'file'" in refs(look())[2], "a path is nothing that a project may name"
    home.git("config", "remote.origin.url", "https://git.invalid/home")
    assert "git.invalid" in refs(look())[2]
    with open_repository(str(home.path), tmp_path) as repository:
        assert submodules(repository) == (Submodule("lib", "../served/acme/build", actions.good["build"]),)
