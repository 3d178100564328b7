"""What --schedule prints: snippets that their own parsers read, with the commands as the shell would see them."""

import configparser
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from doorward.cli._schedule import Plan, schedule_text, this_program
from tests.conftest import Ran
from tests.world import World

Doorward = Callable[..., Ran]
FOLDERS = ("/srv/app", "/srv/my app's 100%", '/srv/"quoted" $HOME')


def sections(text: str) -> dict[str, str]:
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in text.split("\n## ")[1:]}


def named(text: str, word: str) -> str:
    (found,) = [body for title, body in sections(text).items() if title.startswith(word)]
    return found


def test_it_scans_nothing_and_names_the_ecosystems(world: World, project: Path, doorward: Doorward) -> None:
    (project / "requirements.txt").write_text("alpha==1.0.0\n")
    (project / "Cargo.lock").write_text('version = 4\n[[package]]\nname = "a"\nversion = "1.0.0"\n')
    ran = doorward("scan", "--schedule", "--vex", "vex.json")
    assert (ran.code, ran.err, world.requests) == (0, "", [])
    assert "\n      - run: doorward intel update --osv PyPI" in ran.out
    assert "--osv PyPI" in ran.out
    assert "doorward scan --vex vex.json\n" in ran.out
    assert str(project.resolve()) in ran.out
    assert doorward("scan", "--schedule", "--vex", "vex.json").out == ran.out
    doorward("scan", "--schedule", "--output", "schedule.txt")
    assert "OnCalendar" in (project / "schedule.txt").read_text()


PROGRAM = ("/opt/my tools/100%/bin/doorward",)


def plan(folder: str = "/srv/app", *arguments: str, **more: Any) -> str:
    return schedule_text(Plan(Path(folder), arguments, **{"ecosystems": ("PyPI",)} | more))


def test_it_plans_what_was_asked_for(world: World, project: Path, doorward: Doorward, tmp_path: Path) -> None:
    (project / "requirements.txt").write_text("alpha==1.0.0\n")
    policy = tmp_path / "my policy.toml"
    policy.write_text('[intel]\nfeeds = ["https://feeds.invalid/list.txt"]\n')
    words = ["--offline", "--policy", str(policy), "--rules", "intelligence/*", "--artifacts", "all"]
    words += ["--repository", "pypi/alpha=https://git.invalid/alpha"]
    ran = doorward("scan", ".", "--schedule", *words)
    assert f"\n    - doorward scan . {shlex.join(words)}\n" in ran.out
    assert "\n    - doorward intel update --osv PyPI || true\n    - doorward intel update || true\n" in ran.out


@pytest.mark.parametrize("folder", FOLDERS)
def test_cron_lines_do_what_they_say(tmp_path: Path, folder: str) -> None:
    """The line runs as cron runs it: by sh, without what a login shell sets."""
    place = tmp_path / folder.removeprefix("/srv/")
    place.mkdir(parents=True)
    program = place / "doorward"
    program.write_text(
        f'#!/bin/sh\nprintf "%s|" "$@" >> {shlex.quote(str(tmp_path))}/ran; pwd >> {shlex.quote(str(tmp_path))}/ran; echo no; [ "$1" != scan ]\n'
    )
    program.chmod(0o755)
    text = plan(
        str(place), "a lock", "100%", others=True, program=this_program({"DOORWARD_HOME": "/my home"}, str(program))
    )
    line = named(text, "cron").strip().splitlines()[0]
    minute, hour, *days, command = line.split(" ", 5)
    assert (days, int(minute) in range(60), int(hour) in range(4, 7)) == (["*", "*", "*"], True, True)
    # cron ends a line at a bare percent sign, and removes the backslash of the others
    assert not re.search(r"(?<!\\)%", command)
    shell = command.replace("\\%", "%")
    ran = subprocess.run(
        ["sh", "-c", shell], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    assert (ran.stdout, ran.stderr) == ("no\n", ""), "only a scan that is not clean is mailed"
    assert (tmp_path / "ran").read_text().splitlines() == [
        f"intel|update|--osv|PyPI|{place}",
        f"intel|update|{place}",
        f"scan|a lock|100%|{place}",
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_units_are_read(folder: str) -> None:
    text = plan(folder, "a lock", "100%", program=PROGRAM)
    parsed = configparser.RawConfigParser()
    parsed.read_string(named(text, "systemd: ~/.config/systemd/user/doorward.service"))
    started = '/usr/bin/env "/opt/my tools/100%%/bin/doorward"'
    assert parsed["Service"]["ExecStart"] == f'{started} scan "a lock" 100%% --no-progress'
    assert parsed["Service"]["ExecStartPre"] == f"-{started} intel update --osv PyPI"
    assert parsed["Service"]["WorkingDirectory"].replace("%%", "%") == folder
    parsed.read_string(named(text, "systemd: ~/.config/systemd/user/doorward.timer"))
    assert re.fullmatch(r"\*-\*-\* 0[456]:\d\d:00", parsed["Timer"]["OnCalendar"])


def test_workflows_are_read() -> None:
    text = plan(ecosystems=("npm", "PyPI"), others=True, program=PROGRAM)
    workflow = yaml.safe_load(named(text, "GitHub"))
    steps = workflow["jobs"]["scan"]["steps"]
    updates = ["doorward intel update --osv PyPI --osv npm", "doorward intel update"]
    assert [step["run"] for step in steps if "run" in step][1:] == [*updates, "doorward scan --format github"]
    assert [step["run"] for step in steps if step.get("continue-on-error")] == updates
    assert [step.get("if") for step in steps if "cache" in step.get("uses", "")] == [None, "always()"], (
        "also after a BLOCK"
    )
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["scan"]["env"] == {"DOORWARD_HOME": "${{ github.workspace }}/.doorward"}
    job = yaml.safe_load(named(text, "GitLab"))["doorward"]
    assert job["cache"]["when"] == "always"
    assert job["script"][1:] == [*(f"{update} || true" for update in updates), "doorward scan"]


@pytest.mark.parametrize("target", ["my: lock", "a #1 lock", "ends:", "tab\there", '"quoted"', "back\\slash"])
def test_what_yaml_would_read_otherwise(target: str) -> None:
    text = plan("/srv/app", target)
    for command in (
        yaml.safe_load(named(text, "GitHub"))["jobs"]["scan"]["steps"][-2]["run"].removesuffix(" --format github"),
        yaml.safe_load(named(text, "GitLab"))["doorward"]["script"][-1],
    ):
        assert shlex.split(command) == ["doorward", "scan", target]


def test_how_this_program_is_started(tmp_path: Path) -> None:
    script = tmp_path / ".venv/bin/doorward"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n")
    by_python = (sys.executable, "-P", "-m", "doorward")
    assert this_program({}, str(script)) == by_python, "not one that cannot be run"
    script.chmod(0o755)
    assert this_program({}, str(script)) == (str(script),)
    assert this_program({}, "/usr/lib/doorward/__main__.py") == by_python
    assert this_program({"DOORWARD_HOME": "/d d"}, str(script)) == ("env", "DOORWARD_HOME=/d d", str(script))


def test_projects_do_not_all_start_at_once() -> None:
    lines = {named(plan(f"/srv/{n}"), "cron").split(" *")[0] for n in range(20)}
    assert len(lines) > 10
