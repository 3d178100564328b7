"""Which artifacts of a release are read, and their contents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from doorward.model.registry import ArtifactRecord

#: Position of a wheel whose tags this machine does not know.
_UNSUPPORTED = 1 << 30


@cache
def _ranks() -> dict[str, int]:
    """Return the tags that this interpreter installs, best first, by text."""
    return {str(tag): rank for rank, tag in enumerate(sys_tags())}


def choose(
    new: Sequence[ArtifactRecord], old: Sequence[ArtifactRecord] | None, platforms: Sequence[str], *, everything: bool
) -> list[ArtifactRecord]:
    """Return the artifacts of a release that are read.

    The sdist; per platform the wheel that would be installed there, and pure wheels; whatever is of a format, operating
    system or architecture that the old release had nothing of. ``old`` is None for a first release.
    """
    readable = [record for record in new if record.kind != "other"]
    if everything:
        return readable
    chosen = [record for record in readable if record.kind != "wheel" or _pure(record)]
    wheels = [record for record in readable if record.kind == "wheel"]
    for platform in platforms or ("",):
        best = min(wheels, key=lambda record: _rank(record, platform), default=None)
        if best is not None and _rank(best, platform) < _UNSUPPORTED:
            chosen.append(best)
    if old is not None:
        known = {_coarse(record) for record in old}
        fresh = {_coarse(record): record for record in reversed(readable) if _coarse(record) not in known}
        chosen += fresh.values()
    if not chosen and readable:
        chosen = readable[:1]
    return list(dict.fromkeys(chosen))


def counterparts(chosen: Iterable[ArtifactRecord], old: Sequence[ArtifactRecord]) -> list[ArtifactRecord]:
    """Return the old release's artifacts to compare with: of the same kind each, else of the nearest."""
    found = []
    for record in chosen:
        candidates = [other for other in old if other.kind == record.kind]
        if candidates:
            found.append(max(candidates, key=lambda other: _likeness(record, other)))
    return list(dict.fromkeys(found))


def _likeness(one: ArtifactRecord, other: ArtifactRecord) -> tuple[bool, int]:
    same = sum(a == b for a, b in zip(one.platform.split(":"), other.platform.split(":"), strict=False))
    return one.platform == other.platform, same


def _coarse(record: ArtifactRecord) -> tuple[str, ...]:
    """Return format, operating system and architecture: a new Python version alone is no new kind of artifact."""
    return tuple(record.platform.split(":")[:3])


def _pure(record: ArtifactRecord) -> bool:
    return record.platform.startswith("wheel:any:")


def _rank(record: ArtifactRecord, platform: str) -> int:
    """Return how a package manager would rank a wheel: for this machine, or for "linux-x86_64-cp312"."""
    if platform:
        return _named_rank(record, platform)
    try:
        tags = parse_wheel_filename(record.filename)[3]
    except InvalidWheelFilename:
        return _UNSUPPORTED
    return min((_ranks().get(str(tag), _UNSUPPORTED) for tag in tags), default=_UNSUPPORTED)


def _named_rank(record: ArtifactRecord, platform: str) -> int:
    system, _, rest = platform.partition("-")
    machine, _, python = rest.rpartition("-")
    parts = [*record.platform.split(":"), "", "", "", ""]
    fits = parts[1] in {system, "any"} and parts[2] in {machine, "", "universal2"}
    runs = python in parts[3].split(".") or parts[3].startswith(("py3", "py2.py3")) or parts[4] == "abi3"
    return (0 if python in parts[3] else 1) if fits and runs else _UNSUPPORTED
