"""The library: its names, and that they do what the commands do."""

from pathlib import Path

import pytest

import doorward
from tests.world import World


def test_every_public_name_is_there_documented_and_sorted() -> None:
    assert sorted(doorward.__all__) == doorward.__all__
    for name in doorward.__all__:
        assert getattr(doorward, name).__doc__, name
    with pytest.raises(AttributeError):
        doorward.nothing  # noqa: B018 - the access is the test


def test_scan_and_diff_return_reports(world: World, project: Path) -> None:
    world.publish_wheel("alpha", "1.0.0")
    world.publish_wheel("alpha", "1.0.1")
    report = doorward.diff("pkg:pypi/alpha@1.0.0", "pkg:pypi/alpha@1.0.1")
    assert report.verdict is doorward.Verdict.CLEAN
    (project / "requirements.txt").write_text("alpha==1.0.1\n")
    scanned = doorward.scan([project], policy=doorward.load_policy(project))
    assert [s.subject for s in scanned.subjects] == ["pkg:pypi/alpha@1.0.1"]
    assert "What it catches" in doorward.explain("registry/new-binary")
    with pytest.raises(doorward.DoorwardError):
        doorward.scan(["nowhere"])
