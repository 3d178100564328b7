"""Entries of which a part does not have the shape of its format: what can be read of them without that part."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

#: How msgspec names the place in an entry that it could not convert: ``$.files[1].hash``; of tables it knows no key.
_PLACE = re.compile(r" - at (?:`key` in )?`\$([^`]*)`\Z")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
#: Parts of one entry that are left out singly. Each costs a reading of the entry; from then on whole fields go.
_SINGLY = 16
#: Fields that say which package it is and where it comes from, as the formats name them: without one of these another
#: release would be judged than is installed.
_TELLING = frozenset({
    "name", "version", "type", "kind", "manager", "purl", "link", "package", "identity", "state", "location",
    "repositoryURL", "source", "resolved", "resolution", "resolved_reference", "resolved-ref", "reference",
    "description", "dist", "tarball", "url", "file", "path", "directory", "archive", "vcs", "git", "repo", "repo-url",
    "revision", "ref", "commit", "commit-id", "Source", "RemoteUrl", "RemoteHost", "RemoteUsername", "RemoteRepo",
    "RemoteSha", "conda", "conda_source", "pypi",
})  # fmt: skip


def mended(item: object, kind: type[T]) -> tuple[T, list[str]] | None:
    """Convert an entry without the parts that do not fit, and say of each why and where; None where that cannot help.

    Of lists a single item is left out, else a field that the format does not require.
    """
    said: list[str] = []
    gone: Counter[tuple[str | int, ...]] = Counter()
    while True:
        try:
            return msgspec.convert(item, kind), said
        except msgspec.ValidationError as error:
            steps, reason = _place(str(error))
        except RecursionError:
            return None
        steps = _part(steps if len(said) < _SINGLY else steps[:1])
        if not steps or (len(said) >= _SINGLY and isinstance(steps[0], int)):
            return None
        said.append(f"{reason} at {_written(steps, gone)}, which is left out")
        gone[steps[:-1]] += 1
        try:
            item = _without(item, steps)
        except (LookupError, TypeError):
            return None


def _place(message: str) -> tuple[tuple[str | int, ...], str]:
    """Return the steps that lead to what could not be converted, and the reason."""
    found = _PLACE.search(message)
    reason = message[:1].lower() + (message[1 : found.start()] if found else message[1:])
    path = found[1].partition("[...]")[0] if found else ""
    return tuple(step[1] or int(step[2]) for step in _STEP.finditer(path)), reason


def _part(steps: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return the steps to what is left out: the innermost item of a list, else the field; none where it must stay."""
    last = max((number for number, step in enumerate(steps) if isinstance(step, int)), default=-1)
    if last >= 0:
        return steps[: last + 1]
    while steps and steps[-1] in _TELLING:
        steps = steps[:-1]
    return steps


def _written(steps: tuple[str | int, ...], gone: Counter[tuple[str | int, ...]]) -> str:
    """Write a place as it was before anything was left out: msgspec goes through a list from its start."""
    *_, last = steps
    steps = (*steps[:-1], last + gone[steps[:-1]]) if isinstance(last, int) else steps
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _without(item: Any, steps: tuple[str | int, ...]) -> Any:
    """Return a copy of ``item`` without what ``steps`` lead to; what does not lead there is shared."""
    step, rest = steps[0], steps[1:]
    copy = item.copy()
    if rest:
        copy[step] = _without(item[step], rest)
    else:
        del copy[step]
    return copy
