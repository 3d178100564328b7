"""What --schedule prints: snippets that their own parsers read, with the commands as the shell would see them."""

import configparser
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from doorward.cli._schedule import schedule_text
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
    assert "doorward intel update" in ran.out
    assert "--osv PyPI" in ran.out
    assert "doorward scan --vex vex.json\n" in ran.out
    assert str(project.resolve()) in ran.out
    assert doorward("scan", "--schedule", "--vex", "vex.json").out == ran.out
    doorward("scan", "--schedule", "--output", "schedule.txt")
    assert "OnCalendar" in (project / "schedule.txt").read_text()


@pytest.mark.parametrize("folder", FOLDERS)
def test_cron_lines_do_what_they_say(folder: str) -> None:
    line = named(schedule_text(Path(folder), ["a lock"], ["PyPI"]), "cron").strip().splitlines()[0]
    minute, hour, *days, command = line.split(" ", 5)
    assert (days, int(minute) in range(60), int(hour) in range(4, 7)) == (["*", "*", "*"], True, True)
    # cron ends a line at a bare percent sign, and removes the backslash of the others
    assert not re.search(r"(?<!\\)%", command)
    shell = command.replace("\\%", "%").replace("cd ", "echo ", 1)
    ran = subprocess.run(["sh", "-n", "-c", shell], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert shlex.split(shell)[1] == folder


@pytest.mark.parametrize("folder", FOLDERS)
def test_units_are_read(folder: str) -> None:
    text = schedule_text(Path(folder), ["a lock", "100%"], ["PyPI"])
    parsed = configparser.RawConfigParser()
    parsed.read_string(named(text, "systemd: ~/.config/systemd/user/doorward.service"))
    assert parsed["Service"]["ExecStart"] == '/usr/bin/env doorward scan "a lock" 100%% --no-progress'
    assert parsed["Service"]["WorkingDirectory"].replace("%%", "%") == folder
    parsed.read_string(named(text, "systemd: ~/.config/systemd/user/doorward.timer"))
    assert re.fullmatch(r"\*-\*-\* 0[456]:\d\d:00", parsed["Timer"]["OnCalendar"])


def test_workflows_are_read() -> None:
    text = schedule_text(Path("/srv/app"), [], ["npm", "PyPI"])
    workflow = yaml.safe_load(named(text, "GitHub"))
    steps = workflow["jobs"]["scan"]["steps"]
    assert [step["run"] for step in steps if "run" in step][1:] == [
        "doorward intel update --osv PyPI --osv npm",
        "doorward scan --format github",
    ]
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["scan"]["env"] == {"DOORWARD_HOME": "${{ github.workspace }}/.doorward"}
    job = yaml.safe_load(named(text, "GitLab"))["doorward"]
    assert job["script"][-1] == "doorward scan"


def test_projects_do_not_all_start_at_once() -> None:
    lines = {named(schedule_text(Path(f"/srv/{n}"), [], []), "cron").split(" *")[0] for n in range(20)}
    assert len(lines) > 10
