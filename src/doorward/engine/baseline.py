"""What a release is compared with: the release before it, its history, and its usual size.

Definitions and figures: the old side is the highest version lower than the new one in the same major line among those
published before it, else the highest lower version, else the last one published; pre-releases compare with their own
kind first. The size statistic is a robust z over the median log ratio per kind of artifact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import median

from doorward.errors import InvalidVersion
from doorward.model.purl import OSV_ECOSYSTEM
from doorward.model.registry import ArtifactRecord, PackageRecord, VersionRecord
from doorward.model.release import PastRelease, SizeStep
from doorward.model.versions import is_prerelease, major_line, sort_key
from doorward.records import dataclass

#: Steps of history that the size statistic looks at, and how many it needs.
SIZE_HISTORY = 20
SIZE_HISTORY_NEEDED = 5
#: The scale that makes a median absolute deviation comparable with a standard deviation, and the floor of the spread.
MAD_SCALE = 1.4826
SPREAD_FLOOR = 0.05
#: Releases of one package within this time of each other are a burst.
BURST = timedelta(hours=1)


@dataclass(frozen=True)
class Placed:
    """A version with its place in the order of its ecosystem."""

    record: VersionRecord
    key: object
    line: object
    prerelease: bool


class Timeline:
    """The versions of one package in order, those that the ecosystem cannot order left out."""

    def __init__(self, package: PackageRecord, *, believe_times: bool) -> None:
        """Place every version; ``believe_times`` is False where the index rewrites them."""
        self.ecosystem = OSV_ECOSYSTEM.get(package.type, package.type)
        self.believe_times = believe_times
        self._records = package.versions

    @cached_property
    def placed(self) -> list[Placed]:
        """All versions that can be ordered, lowest first."""
        placed = [place for record in self._records if (place := self.place(record))]
        return sorted(placed, key=lambda p: p.key)  # type: ignore[arg-type,return-value]

    def place(self, record: VersionRecord) -> Placed | None:
        """Place one version; None where it is no version in that order."""
        try:
            key = sort_key(self.ecosystem, record.version)
            line = major_line(self.ecosystem, record.version)
            return Placed(record, key, line, is_prerelease(self.ecosystem, record.version))
        except InvalidVersion:
            return None

    def newest(self) -> VersionRecord | None:
        """Return the highest version that a package manager would choose: stable and not withdrawn, if there is one."""
        usable = [p for p in self.placed if not _yanked(p.record)] or self.placed
        stable = [p for p in usable if not p.prerelease] or usable
        return stable[-1].record if stable else None

    def before(self, new: VersionRecord) -> list[Placed]:
        """Return what came before ``new``, lowest first: by time, or by version where no time is told."""
        when = new.published if self.believe_times else None
        placed = self.place(new)

        def is_before(other: Placed) -> bool:
            if when is not None and other.record.published is not None:
                return other.record.published <= when
            return placed is None or other.key < placed.key  # type: ignore[operator]

        return [p for p in self.placed if p.record.version != new.version and is_before(p)]

    def old_side(self, new: VersionRecord) -> VersionRecord | None:
        """Return what ``new`` is compared with; None for a first release."""
        placed = self.place(new)
        earlier = self.before(new)
        sound = [p for p in earlier if not _yanked(p.record)] or earlier
        if placed is None:
            return self._last_published(sound)
        lower = [p for p in sound if p.key < placed.key]  # type: ignore[operator]
        same_line = [p for p in lower if p.line == placed.line]
        for candidates in (same_line, lower):
            own_kind = [p for p in candidates if p.prerelease == placed.prerelease]
            # A stable release never has a pre-release of an older line as its past while a stable one exists.
            if chosen := own_kind or (candidates if candidates is same_line else []):
                return chosen[-1].record
        return lower[-1].record if lower else self._last_published(sound)

    def _last_published(self, candidates: Sequence[Placed]) -> VersionRecord | None:
        if not candidates:
            return None
        if self.believe_times and all(p.record.published for p in candidates):
            return max(candidates, key=lambda p: p.record.published or datetime.min).record  # noqa: DTZ901 - never None here
        return candidates[-1].record

    def history(self, new: VersionRecord) -> tuple[PastRelease, ...]:
        """Return every earlier release, newest first."""
        placed = self.place(new)
        line = placed.line if placed else None
        return tuple(_past(p, same_line=p.line == line, times=self.believe_times) for p in reversed(self.before(new)))

    def burst(self, new: VersionRecord) -> tuple[str, ...] | None:
        """Return the other versions published within :data:`BURST` of ``new``; None where times are not known."""
        if not self.believe_times or new.published is None:
            return None
        return tuple(
            p.record.version
            for p in self.placed
            if p.record.version != new.version
            and p.record.published is not None
            and abs(p.record.published - new.published) <= BURST
        )

    def size_step(
        self, new: VersionRecord, old: VersionRecord, measured: Mapping[str, Mapping[str, int]]
    ) -> SizeStep | None:
        """Return the size statistic; ``measured`` gives sizes by version and kind where the index tells none."""
        new_sizes = {**sizes_of(new.files), **measured.get(new.version, {})}
        old_sizes = {**sizes_of(old.files), **measured.get(old.version, {})}
        step = log_ratio(new_sizes, old_sizes)
        if step is None:
            return None
        kind = "sdist" if "sdist" in new_sizes and "sdist" in old_sizes else _largest_common(new_sizes, old_sizes)
        past = [sizes_of(p.record.files) for p in self.before(new) if not p.prerelease]
        past = [sizes for sizes in past if sizes][-SIZE_HISTORY - 1 :]
        steps = [log_ratio(later, earlier) for earlier, later in pairwise(past)]
        history = tuple(value for value in steps if value is not None)
        usual = tuple(sizes[kind] for sizes in past if kind in sizes)
        return SizeStep(step, history, robust_z(step, history), new_sizes[kind], old_sizes[kind], usual, kind)


def robust_z(value: float, history: Sequence[float]) -> float | None:
    """Return (value - median) / max(1.4826 * MAD, 0.05), None below :data:`SIZE_HISTORY_NEEDED` values of history."""
    if len(history) < SIZE_HISTORY_NEEDED:
        return None
    middle = median(history)
    spread = median(abs(item - middle) for item in history)
    return (value - middle) / max(MAD_SCALE * spread, SPREAD_FLOOR)


def log_ratio(new: Mapping[str, int], old: Mapping[str, int]) -> float | None:
    """Return the median over common kinds of ln(new size / old size), None where they share none."""
    ratios = [math.log(new[kind] / old[kind]) for kind in new.keys() & old.keys() if new[kind] > 0 and old[kind] > 0]
    return median(ratios) if ratios else None


def sizes_of(files: Iterable[ArtifactRecord]) -> dict[str, int]:
    """Return size in bytes by comparable kind, where the index tells it."""
    return {record.platform: record.size for record in files if record.size is not None and record.kind != "other"}


def _largest_common(new: Mapping[str, int], old: Mapping[str, int]) -> str:
    return max(sorted(new.keys() & old.keys()), key=lambda kind: new[kind])


def _yanked(record: VersionRecord) -> bool:
    return bool(record.files) and all(file.yanked is not None for file in record.files)


def _past(placed: Placed, *, same_line: bool, times: bool) -> PastRelease:
    record = placed.record
    return PastRelease(
        version=record.version,
        published=record.published if times else None,
        publisher=record.publisher,
        provenance=record.provenance,
        sizes=tuple(sizes_of(record.files).items()),
        platforms=frozenset(file.platform for file in record.files if file.kind != "other"),
        hooks=None if record.scripts is None else frozenset(f"npm:{name}" for name, _ in record.scripts),
        requirements=None if record.requirements is None else frozenset(item.name for item in record.requirements),
        same_line=same_line,
    )
