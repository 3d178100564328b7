"""What every test may ask for: a served world, an environment that knows only it, and the command line."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from doorward.cli import main
from tests.world import World

#: The same examples in every run, and no limit of time, so that a red run is the doing of a change and not of a busy
#: machine; new examples with HYPOTHESIS_PROFILE=explore.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their length: their text may hold a time, and every worker must collect the same names."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def no_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test fetches advisories from anywhere but where it says."""
    monkeypatch.setenv("DOORWARD_OSV_BUCKET", "")


@pytest.fixture
def world() -> Iterator[World]:
    """A world on loopback."""
    made = World()
    with made.serve():
        yield made


@dataclass
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def rules(self) -> set[str]:
        """The rules that fired above context."""
        return {f["rule"] for f in self.json["findings"] if f["strength"] != "context"}


@pytest.fixture
def project(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder, current, in an environment that knows only the world."""
    for name in list(os.environ):
        if name.lower().startswith(("pip_", "npm_", "uv_", "doorward_", "xdg_", "git_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    folder = tmp_path / "project"
    home.mkdir()
    folder.mkdir()
    for name, value in world.environ(home).items():
        if name != "PATH":
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def doorward(project: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """The command line, in the project folder."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run
