"""Which artifacts of a release are read."""

from packaging.tags import sys_tags

from doorward.engine.gather.artifacts import choose, counterparts
from doorward.model.registry import ArtifactRecord


def record(filename: str, kind: str, platform: str) -> ArtifactRecord:
    return ArtifactRecord(filename, "", kind, platform)


SDIST = record("x-1.0.tar.gz", "sdist", "sdist")
PURE = record("x-1.0-py3-none-any.whl", "wheel", "wheel:any::py3:none")
TAG = next(tag for tag in sys_tags() if "linux" in tag.platform or "macos" in tag.platform or "win" in tag.platform)
HERE = record(f"x-1.0-{TAG}.whl", "wheel", f"wheel:here:arch:{TAG.interpreter}:{TAG.abi}")
WINDOWS = record("x-1.0-cp27-cp27m-win32.whl", "wheel", "wheel:windows:x86:cp27:cp27m")
EGG = record("x-1.0-py2.7.egg", "other", "other")


def names(records: list[ArtifactRecord]) -> set[str]:
    return {item.filename for item in records}


def test_sdist_pure_wheel_and_the_one_for_here() -> None:
    everything = [SDIST, PURE, HERE, WINDOWS, EGG]
    assert names(choose(everything, everything, (), everything=False)) == names([SDIST, PURE, HERE])


def test_an_artifact_of_a_new_kind_is_read_wherever_it_is_for() -> None:
    chosen = choose([SDIST, HERE, WINDOWS], [SDIST, HERE], (), everything=False)
    assert names(chosen) == names([SDIST, HERE, WINDOWS])


def test_a_new_python_alone_is_no_new_kind() -> None:
    newer = record("x-1.0-cp399-cp399-win32.whl", "wheel", "wheel:windows:x86:cp399:cp399")
    assert names(choose([SDIST, HERE, newer], [SDIST, HERE, WINDOWS], (), everything=False)) == names([SDIST, HERE])


def test_a_first_release_has_no_new_kinds() -> None:
    assert names(choose([SDIST, HERE, WINDOWS], None, (), everything=False)) == names([SDIST, HERE])


def test_the_policy_names_platforms() -> None:
    chosen = choose([SDIST, HERE, WINDOWS], [SDIST, HERE, WINDOWS], ("windows-x86-cp27",), everything=False)
    assert names(chosen) == names([SDIST, WINDOWS])


def test_everything_is_everything_that_can_be_read() -> None:
    assert names(choose([SDIST, WINDOWS, EGG], None, (), everything=True)) == names([SDIST, WINDOWS])


def test_something_is_read_where_nothing_fits() -> None:
    assert names(choose([WINDOWS], [WINDOWS], (), everything=False)) == names([WINDOWS])


def test_counterparts_are_of_the_same_kind_or_the_nearest() -> None:
    other_python = record("x-0.9-cp26-cp26m-win32.whl", "wheel", "wheel:windows:x86:cp26:cp26m")
    pure = record("x-0.9-py3-none-any.whl", "wheel", "wheel:any::py3:none")
    old_sdist = record("x-0.9.tar.gz", "sdist", "sdist")
    assert names(counterparts([WINDOWS], [pure, other_python, old_sdist])) == {other_python.filename}
    assert names(counterparts([SDIST, PURE], [pure, other_python, old_sdist])) == {pure.filename, old_sdist.filename}
    assert counterparts([SDIST], [pure]) == []
