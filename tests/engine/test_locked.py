"""Which locked version a new one is held against."""

import pytest

from doorward.engine.locked import Locked
from doorward.model.dependency import Dependency


def locked(*versions: str) -> list[Dependency]:
    return [Dependency("npm", "debug", version, path="package-lock.json") for version in versions]


@pytest.mark.parametrize(
    ("then", "now", "new", "old"),
    [
        ("", "4.4.0", "4.4.0", ""),
        ("4.3.4", "4.4.0", "4.4.0", "4.3.4"),
        # One of two stays: the other made room.
        ("2.6.9 4.3.4", "2.6.9 4.4.0", "4.4.0", "4.3.4"),
        # Both go: each to its own line.
        ("2.6.8 4.3.4", "2.6.9 4.4.0", "4.4.0", "4.3.4"),
        ("2.6.8 4.3.4", "2.6.9 4.4.0", "2.6.9", "2.6.8"),
        # Back again, and to a line that nobody had.
        ("2.6.9 4.4.0", "4.3.4", "4.3.4", "4.4.0"),
        ("2.6.9 4.3.4", "5.0.0", "5.0.0", "4.3.4"),
        ("4.3.4 5.0.0", "2.6.9", "2.6.9", "4.3.4"),
        # None goes: what was locked is known, what lies between is not.
        ("2.6.9", "2.6.9 4.4.0", "4.4.0", "2.6.9"),
        # 4.10 is above 4.9, and what cannot be ordered is taken as it comes.
        ("4.9.0 4.10.0", "4.11.0", "4.11.0", "4.10.0"),
        ("nonsense 4.10.0", "4.11.0", "4.11.0", "nonsense"),
    ],
)
def test_the_version_that_made_room(then: str, now: str, new: str, old: str) -> None:
    (dependency,) = locked(new)
    assert Locked(locked(*then.split()), locked(*now.split())).replaced_by(dependency) == old


def test_another_package_made_no_room() -> None:
    other = Dependency("npm", "ms", "2.0.0", path="package-lock.json")
    (dependency,) = locked("4.4.0")
    assert Locked([other], [dependency]).replaced_by(dependency) == ""
