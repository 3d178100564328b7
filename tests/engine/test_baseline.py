"""What a release is compared with, and its usual size."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from doorward.engine.baseline import Timeline, log_ratio, robust_z
from doorward.model.registry import ArtifactRecord, PackageRecord, VersionRecord

DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)


def version(text: str, day: int, *, size: int | None = 1000, yanked: bool = False) -> VersionRecord:
    record = ArtifactRecord(f"x-{text}.tar.gz", "", "sdist", "sdist", size, yanked="" if yanked else None)
    return VersionRecord(text, (record,), START + day * DAY)


def timeline(*versions: VersionRecord, type_: str = "pypi", times: bool = True) -> Timeline:
    return Timeline(PackageRecord(type_, "x", "https://registry.example/", START, versions), believe_times=times)


OLD_SIDES = {
    "the version before": (("1.0", "1.1", "1.2"), "1.2", "1.1"),
    "the same major line, though another was published later": (("1.0", "2.0", "1.1"), "1.1", "1.0"),
    "the line before, for the first of a line": (("1.0", "1.1", "2.0"), "2.0", "1.1"),
    "never a later version": (("1.0", "1.1", "1.2"), "1.1", "1.0"),
    "nothing before the first": (("1.0", "1.1"), "1.0", None),
    "the last published, where nothing is lower": (("2.0", "3.0", "1.0"), "1.0", "3.0"),
    "a stable release skips pre-releases": (("1.0", "1.1rc1", "1.1"), "1.1", "1.0"),
    "a pre-release prefers its own kind": (("1.0", "1.1a1", "1.1", "1.2a1"), "1.2a1", "1.1a1"),
    "a pre-release of a new line goes back to the stable one": (("1.0", "1.1", "2.0a1"), "2.0a1", "1.1"),
}


@pytest.mark.parametrize("name", OLD_SIDES)
def test_old_side(name: str) -> None:
    order, new, expected = OLD_SIDES[name]
    records = {text: version(text, day) for day, text in enumerate(order)}
    old = timeline(*records.values()).old_side(records[new])
    assert (old.version if old else None) == expected


def test_a_yanked_release_is_no_baseline() -> None:
    new = version("1.2", 3)
    assert timeline(version("1.0", 1), version("1.1", 2, yanked=True), new).old_side(new).version == "1.0"
    only = timeline(version("1.1", 2, yanked=True), new)
    assert only.old_side(new).version == "1.1"


def test_without_times_the_order_of_versions_is_the_past() -> None:
    new = version("1.1", 0)
    line = timeline(version("1.0", 9), new, version("1.2", 5), times=False)
    assert line.old_side(new).version == "1.0"
    assert [past.version for past in line.history(new)] == ["1.0"]
    assert line.burst(new) is None


def test_what_no_ecosystem_can_order_is_left_out() -> None:
    new = version("1.1", 3)
    assert timeline(version("1.0", 1), version("not a version", 2), new).old_side(new).version == "1.0"


def test_the_newest_is_stable_and_not_withdrawn() -> None:
    assert timeline(version("1.0", 1), version("1.1", 2, yanked=True), version("2.0a1", 3)).newest().version == "1.0"
    assert timeline(version("2.0a1", 3)).newest().version == "2.0a1"


def test_a_burst_is_what_came_within_an_hour() -> None:
    new = version("2.0", 10)
    near = VersionRecord("1.9", version("1.9", 0).files, new.published + timedelta(minutes=59))
    far = VersionRecord("1.8", version("1.8", 0).files, new.published - timedelta(minutes=61))
    assert timeline(near, far, new).burst(new) == ("1.9",)


def test_log_ratio_is_the_median_over_common_kinds() -> None:
    assert log_ratio({"sdist": 200, "a": 400, "b": 100}, {"sdist": 100, "a": 100, "b": 100}) == math.log(2)
    assert log_ratio({"sdist": 200}, {"a": 100}) is None
    assert log_ratio({"sdist": 0}, {"sdist": 100}) is None


def test_z_is_robust_and_needs_history() -> None:
    assert robust_z(1.0, (0.0,) * 4) is None
    # No spread: the floor of 0.05 stands in for it.
    assert robust_z(1.0, (0.0,) * 5) == pytest.approx(20)
    # One wild value of history moves neither median nor spread.
    assert robust_z(0.3, (0.0, 0.1, -0.1, 0.1, -0.1, 5.0)) == pytest.approx((0.3 - 0.05) / (1.4826 * 0.1), rel=0.5)


def test_size_step_tells_new_old_and_usual() -> None:
    versions = [version(f"1.{minor}", minor, size=1000 + minor) for minor in range(8)]
    new = version("1.8", 8, size=10_000)
    step = timeline(*versions, new).size_step(new, versions[-1], {})
    assert (step.new_bytes, step.old_bytes) == (10_000, 1007)
    assert step.usual == tuple(1000 + minor for minor in range(8))
    assert step.step == pytest.approx(math.log(10_000 / 1007))
    assert step.z == pytest.approx(step.step / 0.05, rel=0.01)


def test_sizes_that_only_reading_told_are_used() -> None:
    old, new = version("1.0", 1, size=None), version("1.1", 2, size=None)
    line = timeline(old, new)
    assert line.size_step(new, old, {}) is None
    step = line.size_step(new, old, {"1.1": {"sdist": 300}, "1.0": {"sdist": 100}})
    assert (step.new_bytes, step.old_bytes, step.z) == (300, 100, None)
