"""The composite action: what it declares, and its scripts, run as a runner would run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from doorward.guard.offers import probe

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}\Z")
CONNECT = "import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('192.0.2.7', 443))"

guarded = pytest.mark.skipif(bool(probe().notification), reason=probe().notification or "available")


def test_its_steps_are_whole() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS:
        assert ("uses" in step) != ("run" in step)
        assert "shell" in step or "uses" in step
        assert PINNED.match(step.get("uses", "owner/name@" + "0" * 40)), "actions are pinned by a full commit"


def test_inputs_never_become_text_of_a_script() -> None:
    assert not [step for step in STEPS if "${{" in step.get("run", "")]
    used = {
        name
        for step in STEPS
        for value in step.get("env", {}).values()
        for name in re.findall(r"inputs\.([\w-]+)", value)
    }
    assert used | {"working-directory"} == set(ACTION["inputs"])


def test_dependencies_are_pinned_by_digest() -> None:
    text = (ROOT / "action" / "install.sh").read_text(encoding="utf-8")
    assert "--require-hashes" in text
    pinned = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
    assert all(
        "--hash=sha256:" in block for block in re.split(r"\n(?=\S)", pinned.strip()) if not block.startswith("#")
    )


class Runner:
    """What a runner gives to a step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.summary, self.output = folder / "summary.md", folder / "output"
        (folder / "temp").mkdir()
        (folder / "work").mkdir()
        # The environment that install.sh would make, from what this test runs with.
        bin_ = folder / "temp" / "doorward" / "bin"
        bin_.mkdir(parents=True)
        (bin_ / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (bin_ / "python").chmod(0o755)

    def step(self, number: int, **inputs: str) -> subprocess.CompletedProcess[str]:
        step = STEPS[number]
        values = {name: str(given.get("default", "")) for name, given in ACTION["inputs"].items()} | inputs
        declared = {
            name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: values[match[1]], value)
            for name, value in step.get("env", {}).items()
        }
        environment = {
            **os.environ,
            **declared,
            "PYTHONPATH": str(ROOT / "src"),
            "DOORWARD_HOME": str(self.folder / "home"),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(self.folder / "temp"),
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command, env=environment, cwd=self.folder / "work", capture_output=True, text=True, check=False
        )

    @property
    def report(self) -> Path:
        return Path(self.output.read_text().partition("report=")[2].strip())


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@guarded
def test_a_step_is_guarded(runner: Runner) -> None:
    script = f'echo \'hello "$HOME"\'\n{sys.executable} -I -c "{CONNECT}"\nexit 7'
    done = runner.step(1, run=script)
    assert done.returncode == 7
    assert done.stdout.splitlines()[0] == 'hello "$HOME"'
    assert "runtime/raw-ip" in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("::warning title=WARN run")]
    assert "192.0.2.7:443" in runner.summary.read_text()
    assert json.loads(runner.report.read_text())["run"]["exit"] == 7


@guarded
def test_a_step_is_stopped_unless_it_is_allowed(runner: Runner) -> None:
    script = f'{sys.executable} -I -c "{CONNECT}" || true'
    assert runner.step(1, run=script, mode="block").returncode == 120
    assert runner.step(1, run=script, mode="block", allow="\n  192.0.2.7:443\nx.invalid\n").returncode == 0


@guarded
def test_a_baseline_is_learned(runner: Runner) -> None:
    done = runner.step(1, run=f'{sys.executable} -I -c "{CONNECT}"', baseline="learn")
    assert done.returncode == 0
    assert 'host = "192.0.2.7"' in (runner.folder / "work" / "doorward.endpoints.toml").read_text()


@pytest.mark.parametrize(
    "inputs",
    [
        {"run": "true", "baseline": "forget"},
        {"run": " \n\t"},
        {"run": "true", "format": "json\nreport=/etc/passwd"},
        {"run": "true", "format": ""},
    ],
)
def test_a_wrong_input_is_told(runner: Runner, inputs: dict[str, str]) -> None:
    done = runner.step(1, **inputs)
    assert (done.returncode, done.stdout.startswith("::error title=doorward::")) == (2, True)
    assert not runner.output.exists()


@guarded
def test_a_destination_with_a_blank_is_no_other_one(runner: Runner) -> None:
    done = runner.step(1, run="true", allow="api.exa mple:443")
    assert (done.returncode, "api.exa mple" in done.stderr) == (2, True)


@guarded
def test_a_summary_of_the_commands_stays(runner: Runner) -> None:
    done = runner.step(1, run='echo "their own" >> "$GITHUB_STEP_SUMMARY"')
    assert done.returncode == 0
    assert re.match(r"their own\n## doorward: \w+", runner.summary.read_text())


def test_an_old_python_is_told(runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    monkeypatch.setenv("DOORWARD_PYTHON", str(old))
    done = runner.step(0)
    assert (done.returncode, "Python 3.11" in done.stdout) == (125, True)
