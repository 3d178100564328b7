"""Whether an advisory names a version (OSV schema, "Evaluation"), and which version is free of it.

A version is affected where it is listed or in a range. Neither is enough alone: real records list versions outside of
their ranges, versions that are none by their ecosystem's rules, and none at all. What cannot be compared is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache

from doorward.errors import InvalidVersion
from doorward.model.advisories import EVENTS, GIT, Affected, Range, base_ecosystem, repository_name
from doorward.model.purl import CRATES
from doorward.model.versions import sort_key
from doorward.model.versions._lookup import order_of
from doorward.model.versions._order import Key
from doorward.records import dataclass

#: Digits of a whole commit hash, and what can be the beginning of one.
_HASHES = frozenset({40, 64})
_SHORT_HASH = re.compile(r"[0-9a-fA-F]{7,63}")
#: OSV's sentinel: before every version.
_BEFORE_ALL = "0"
_ENDLESS = "*"
_VERSIONED = frozenset({"SEMVER", "ECOSYSTEM"})
_FIRST_NUMBER = re.compile(r"[^0-9]{0,20}([0-9]{1,18})")
#: Platforms behind the version of a gem.
_GEM_PLATFORM = re.compile(
    r"-(?:java|jruby|dalvik|mswin|mingw|x86|x64|x86_64|i[3-6]86|arm|arm64|armv[0-9]|aarch64|universal|ppc|powerpc|s390|riscv)"
    r"[0-9A-Za-z_.-]*\Z"
)


#: A release of a distribution, its name for those who pay, and how Red Hat's products begin whose number it is.
_PLAIN = re.compile(r"v?[0-9]{1,9}(?:\.[0-9]{1,9}){0,4}\Z")
_PAID, _RED_HAT = "Pro", ("enterprise_linux", "rhel_")
#: How a version begins that says the epoch which every version has.
_EPOCHS = ("0:", "0!")

#: A version's key (None: before every version), the place of the event's kind among those of one version, the kind.
_Event = tuple[Key | None, int, str]


@dataclass(frozen=True, slots=True)
class Named:
    """An advisory names the version, and how."""

    #: "listed", "in range", "every version", "commit".
    by: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Whether it does cannot be told."""

    reason: str


def names(affected: Affected, version: str, *, empty_names_all: bool) -> Named | Unclear | None:
    """Return how an advisory's package entry names a version, None where it does not.

    ``empty_names_all`` says what an entry without versions and ranges means: those of malicious packages name every
    version, others say nothing that can be compared.
    """
    ecosystem = affected.ecosystem
    ours = public_version(ecosystem, version)
    if version in affected.versions or ours in affected.versions:
        return Named("listed")
    if not affected.versions and not affected.ranges:
        return Named("every version") if empty_names_all else Unclear("an advisory names no version")
    unclear: Unclear | None = None
    compared = False
    for item in affected.ranges:
        if item.type == GIT:
            continue
        compared = True
        answer = _in_range(ecosystem, item, ours)
        if isinstance(answer, Named):
            return answer
        unclear = unclear or answer
    if _is_listed_otherwise(ecosystem, ours, affected.versions):
        return Named("listed")
    if not compared and not affected.versions:
        return Unclear("an advisory names commits only")
    return unclear


def names_commit(affected: Affected, commit: str, repository: str = "") -> Named | Unclear | None:
    """Return how an advisory names a commit of a repository, by its name as :func:`repository_name` writes it.

    Without the repository's history only a commit can be told that stands in the advisory itself, and a range without
    end. An abbreviated hash can be that of an event, so that it names; it is no proof of being the fix.
    """
    if any(_is_commit(value, commit) for value in affected.versions):
        return Named("commit")
    unclear = False
    for item in affected.ranges:
        if item.type in _VERSIONED or (repository and item.repo and repository_name(item.repo) != repository):
            continue
        answer = _in_history(item, commit)
        if isinstance(answer, Named):
            return answer
        unclear = unclear or answer is not None
    return Unclear("whether a commit is in an advisory's range takes the repository's history") if unclear else None


def _in_history(item: Range, commit: str) -> Named | Unclear | None:
    """Return whether a commit is in a range of commits, as far as its events tell."""
    if _is_endless(item) and item.type == GIT:
        return Named("every version")
    kinds = {kind for kind, value in item.events if _is_commit(value, commit)}
    limits = [value for kind, value in item.events if kind == "limit"]
    ends = "fixed" in kinds or ("limit" in kinds and len(limits) == 1)
    if ends and len(commit) in _HASHES:
        return None
    return Named("commit") if kinds & {"introduced", "last_affected"} and not ends else Unclear("")


def _is_commit(value: str, commit: str) -> bool:
    if len(commit) in _HASHES:
        return value.lower() == commit.lower()
    return _SHORT_HASH.fullmatch(commit) is not None and value.lower().startswith(commit.lower())


def _is_endless(item: Range) -> bool:
    return bool(item.events) and all(event == ("introduced", _BEFORE_ALL) for event in item.events)


def same_release(ecosystem: str, other: str) -> bool | None:
    """Whether two ecosystem names are of one release of a distribution; None where that cannot be told.

    It can be told of plain releases ("12", "v3.20"), not of names beside them ("bookworm", "Leap 15.5").
    """
    left, right = ecosystem.split(":")[1:], [part for part in other.split(":")[1:] if part != _PAID]
    if not right:
        return True
    if not left:
        return None
    if right[0].startswith(_RED_HAT) and len(right) > 1:
        right = [right[1].partition(".")[0]]
    if all(a == b for a, b in zip(left, right, strict=False)):
        return True
    return False if _PLAIN.match(left[0]) and _PLAIN.match(right[0]) else None


def public_version(ecosystem: str, version: str) -> str:
    """Return the version that advisories speak of: without PyPI's local part, and without a gem's platform."""
    base = base_ecosystem(ecosystem)
    if base == "PyPI" and "+" in version:
        return version.partition("+")[0]
    if base == "RubyGems" and "-" in version:
        return _GEM_PLATFORM.sub("", version)
    return version


def fixes(affected: Iterable[Affected], version: str) -> list[str]:
    """Return the versions above ``version`` in which a range ends, lowest first."""
    found: dict[str, Key] = {}
    for entry in affected:
        for item in entry.ranges:
            if item.type in _VERSIONED:
                order = _order(entry.ecosystem, item.type)
                found |= dict(_above(order, item, public_version(entry.ecosystem, version)))
    return sorted(found, key=lambda value: found[value])


def _above(order: str, item: Range, version: str) -> Iterator[tuple[str, Key]]:
    with suppress(InvalidVersion):
        ours = sort_key(order, version)
        for kind, value in item.events:
            if kind == "fixed":
                key = sort_key(order, value)
                if key > ours:
                    yield value, key


def _in_range(ecosystem: str, item: Range, version: str) -> Named | Unclear | None:
    if item.type not in _VERSIONED:
        return Unclear("a range of an advisory cannot be read")
    if _is_endless(item):
        return Named("every version")
    order = _order(ecosystem, item.type)
    try:
        ours = sort_key(order, version)
        events, limits = _sorted_events(order, item)
        return Named("in range") if _walk(ours, events, limits) else None
    except InvalidVersion as error:
        return Unclear(str(error))


def _walk(ours: Key, events: tuple[_Event, ...], limits: tuple[Key, ...]) -> bool:
    if limits and all(ours >= limit for limit in limits):
        return False
    inside = False
    for key, _, kind in events:
        if kind == "introduced":
            inside = inside or key is None or ours >= key
        elif key is not None:
            inside = inside and (ours < key if kind == "fixed" else ours <= key)
    return inside


@lru_cache(maxsize=1 << 14)
def _sorted_events(order: str, item: Range) -> tuple[tuple[_Event, ...], tuple[Key, ...]]:
    """Return the events in the order of their versions, and the keys of the limits, none where one has no end."""
    events: list[_Event] = []
    for kind, value in item.events:
        if kind in EVENTS[:-1]:
            key = None if kind == "introduced" and value == _BEFORE_ALL else sort_key(order, value)
            events.append((key, EVENTS.index(kind), kind))
    events.sort(key=lambda event: (event[0] is not None, event[0] or (), event[1]))
    limits = [value for kind, value in item.events if kind == "limit"]
    return tuple(events), () if _ENDLESS in limits else tuple(sort_key(order, value) for value in limits)


@lru_cache(maxsize=512)
def _order(ecosystem: str, type_: str) -> str:
    """Return the ecosystem whose order a range is in: Semantic Versioning's where it says so and there is no other."""
    try:
        order_of(ecosystem)
    except InvalidVersion:
        return CRATES if type_ == "SEMVER" else ecosystem
    return ecosystem


def _is_listed_otherwise(ecosystem: str, version: str, listed: Iterable[str]) -> bool:
    """Whether a version is listed in another spelling, such as ``1.0`` for ``1.0.0``, or behind a name."""
    first = _FIRST_NUMBER.match(_without_epoch(version))
    if first is None:
        return False
    ours: Key | None = None
    for text in listed:
        # The first number alone rules out most, at a tenth of the time that a key takes.
        other = text.rpartition("==")[2]
        begins = _FIRST_NUMBER.match(_without_epoch(other))
        if begins is None or int(begins[1]) != int(first[1]):
            continue
        with suppress(InvalidVersion):
            ours = ours or sort_key(ecosystem, version)
            if sort_key(ecosystem, other) == ours:
                return True
    return False


def _without_epoch(version: str) -> str:
    return version[2:] if version.startswith(_EPOCHS) else version
