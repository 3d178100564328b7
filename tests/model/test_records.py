"""The late decorator behaves as the standard one does: each case is asked of both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar

import pytest

from doorward.records import dataclass
from doorward.records import field as late_field
from doorward.records import replace as late_replace


def frozen(decorator: Callable[..., Any]) -> Any:
    @decorator(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: int = 2
        tags: list[str] = field(default_factory=list, compare=False)
        note: str = field(default="", repr=False)

    return Point


def ordered(decorator: Callable[..., Any]) -> Any:
    @decorator(frozen=True, slots=True, order=True)
    class Version:
        """A version, that has an order."""

        x: int
        tags: tuple[str, ...] = ()

    return Version


def changing(decorator: Callable[..., Any]) -> Any:
    @decorator(slots=True)
    class Box:
        """A box."""

        size: int

        def __post_init__(self) -> None:
            self.size += 1

    return Box


@dataclass(frozen=True, slots=True)
class Kept:
    """One that pickle finds by its name."""

    name: str
    count: int = 0


CASES: list[Callable[[Any], object]] = [
    lambda kind: repr(kind(1)).rpartition(".")[2],
    lambda kind: kind(1) == kind(1, tags=["other"]),
    lambda kind: kind(1) == kind(1, note="other"),
    lambda kind: kind(1) == (1, 2),
    lambda kind: sorted([kind(3), kind(1), kind(2)]) == [kind(1), kind(2), kind(3)],
    lambda kind: (kind(1) < kind(1), kind(1) <= kind(1), kind(2) > kind(1), kind(1) >= kind(2)),
    lambda kind: kind(1) < 2,
    lambda kind: hash(kind(1)) == hash(kind(1, 2)),
    lambda kind: kind(1).tags is kind(1).tags,
    lambda kind: dataclasses.astuple(dataclasses.replace(kind(1, note="n"), y=5)),
    lambda kind: [item.name for item in dataclasses.fields(kind)],
    lambda kind: copy.copy(kind(7)) == kind(7),
    lambda kind: kind.__match_args__,
    lambda kind: kind.__slots__,
    lambda kind: kind(1, 2, 3, 4, 5),
    lambda kind: kind(),
    lambda kind: kind(1, z=1),
    lambda kind: setattr(kind(1), "x", 2),
    lambda kind: delattr(kind(1), "x"),
]


def outcome(case: Callable[[Any], object], kind: Any) -> object:
    try:
        return case(kind)
    except (TypeError, AttributeError) as error:
        return type(error)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("make", [frozen, ordered, changing])
def test_both_decorators_agree(make: Callable[[Callable[..., Any]], Any], case: Callable[[Any], object]) -> None:
    assert outcome(case, make(dataclass)) == outcome(case, make(dataclasses.dataclass))


@pytest.mark.parametrize("decorator", [dataclass, dataclasses.dataclass])
def test_what_changes_has_no_hash_and_its_own_start(decorator: Callable[..., Any]) -> None:
    box = changing(decorator)(3)
    assert box.size == 4
    with pytest.raises(TypeError, match="unhashable"):
        hash(box)


def test_other_options_and_heirs_are_left_to_the_standard_decorator() -> None:
    ordered: Any = dataclass(frozen=True, order=True)(type("O", (), {"__annotations__": {"n": "int"}}))
    assert ordered(1) < ordered(2)

    @dataclass(slots=True)
    class Counted:
        """What is kept of the class is no field."""

        kept: ClassVar[int] = 3
        items: list[int] = late_field(default_factory=list)

    assert [item.name for item in dataclasses.fields(Counted)] == ["items"]
    assert Counted().items == []

    @dataclass(frozen=True, slots=True)
    class Heir(Kept):
        """One more field."""

        extra: int = 3

    assert Heir("a") == Heir("a", 0, 3)


def test_a_late_description_says_what_the_standard_one_says() -> None:
    @dataclass(frozen=True, slots=True)
    class Described:
        """Two fields, described late."""

        items: list[int] = late_field(default_factory=list, compare=False)
        note: str = late_field(default="", repr=False)

    items, note = dataclasses.fields(Described)
    assert (items.default_factory, items.compare, items.repr) == (list, False, True)
    assert (note.default, note.compare, note.repr) == ("", True, False)
    assert Described([1]) == Described()
    assert "note" not in repr(Described())


def test_replace_is_the_standard_one() -> None:
    assert late_replace(Kept("x", 3), count=4) == dataclasses.replace(Kept("x", 3), count=4)
    with pytest.raises(TypeError):
        late_replace(Kept("x"), other=4)  # type: ignore[call-arg]


def test_records_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept("x", 3))) == Kept("x", 3)


def test_what_is_no_field_is_refused_as_frozen_too() -> None:
    # The standard decorator of 3.11 stumbles over its own slots here.
    with pytest.raises(dataclasses.FrozenInstanceError, match="'other'"):
        setattr(Kept("x"), "other", 2)  # noqa: B010 - a type checker would refuse it
