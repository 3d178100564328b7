"""The real registries that this machine is configured for: one upgrade each, and the project's own dependencies."""

import os
from pathlib import Path

import pytest

import doorward
from doorward.errors import FetchError
from doorward.model.limits import NetworkLimits
from doorward.sources.http import Http
from doorward.sources.registries import registry_of
from doorward.sources.settings import configured

pytestmark = pytest.mark.live
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORWARD_HOME", str(tmp_path))


def reach(type_: str, name: str) -> None:
    """Skip with the reason where the configured index cannot be reached."""
    registry = registry_of(type_)
    assert registry is not None
    index = configured(type_, os.environ, Path.home()).indexes[0]
    try:
        with Http(NetworkLimits(retries=0), environ=dict(os.environ)) as http:
            assert registry.package(http, index, name).versions
    except FetchError as error:
        pytest.skip(f"the {type_} index cannot be reached: {error}")


@pytest.mark.parametrize(
    ("type_", "name", "old", "new"),
    [("pypi", "click", "8.1.7", "8.1.8"), ("npm", "debug", "4.4.0", "4.4.1")],
)
def test_an_honest_upgrade_is_clean(type_: str, name: str, old: str, new: str) -> None:
    reach(type_, name)
    report = doorward.diff(f"pkg:{type_}/{name}@{old}", f"pkg:{type_}/{name}@{new}")
    assert report.verdict is doorward.Verdict.CLEAN
    assert {line.kind: line.answered for line in report.coverage}["what-changed"] == 1
    assert report.comparison is not None


def test_a_version_that_does_not_exist_is_not_evaluated() -> None:
    reach("pypi", "click")
    report = doorward.scan(["pkg:pypi/click@8.1.999999"])
    assert report.verdict is doorward.Verdict.NOT_EVALUATED


def test_the_project_s_own_base_is_judged_whole() -> None:
    reach("pypi", "httpx")
    report = doorward.scan([ROOT / "requirements/base.txt"])
    assert report.verdict in {doorward.Verdict.CLEAN, doorward.Verdict.WARN}
    assert {line.kind: line.answered for line in report.coverage}["what-changed"] == report.packages == 12
