"""What a hunt cannot look into: artifacts that another version of doorward read, or without digests that feeds list.

What an artifact contains is stored under the version of the analyser that read it. An older one may have seen less, and
wrote it down otherwise, so that what it stored is not hunted in. Reading the artifact again mends it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from doorward.engine.gather.reading import WEAK, lists_weak_digests
from doorward.model.intelligence import HASHES, HOSTS, FeedState
from doorward.sources.content import ANALYSER
from doorward.store import Sighting, Store

#: Type, name and package URL of the packages that declare a digest, by that as it is stored ("sha256:HEX").
Holders: TypeAlias = dict[str, set[tuple[str, str, str]]]
_OLD = "were read by another version of doorward, and not hunted in"
_NARROW = "were read without the MD5 and SHA-1 that feeds list, and not hunted for these"


def holders_of(store: Store) -> Holders:
    """Return the packages whose lock file ever declared a digest, by that."""
    holders: Holders = defaultdict(set)
    for type_, name, package in store.packages():
        for digest in package.digests:
            holders[digest].add((type_, name, package.purl))
    return holders


def sightings_of(store: Store, holders: Holders, digest: str) -> Iterator[Sighting]:
    """Yield where the packages were that declare a digest."""
    for type_, name, purl in sorted(holders[digest]):
        for sighting in store.sightings(type_, name):
            if sighting.package.purl == purl and digest in sighting.package.digests:
                yield sighting


def hunted_in(analyser: str) -> bool:
    """Whether what an analyser stored is hunted in: this one's, whatever it was asked to look at beside."""
    return analyser.partition("+")[0] == ANALYSER


def unread(store: Store, feeds: Sequence[FeedState]) -> Iterator[str]:
    """Yield how many artifacts of each project could not be hunted in for what feeds list, and why."""
    if not any(topic in {HASHES, HOSTS} for state in feeds for topic, _, _ in state.covers):
        return
    weak = any(map(lists_weak_digests, feeds))
    stale: dict[str, str] = {}
    for digest, analyser in store.read_digests().items():
        if not hunted_in(analyser):
            stale[digest] = _OLD
        elif weak and WEAK not in analyser:
            stale[digest] = _NARROW
    holders = holders_of(store) if stale else {}
    yield from _told(store, holders, {digest: stale[digest] for digest in stale.keys() & holders.keys()})


def _told(store: Store, holders: Holders, stale: dict[str, str]) -> Iterator[str]:
    met: dict[tuple[str, str], set[str]] = defaultdict(set)
    for digest, reason in stale.items():
        for sighting in sightings_of(store, holders, digest):
            met[sighting.project, reason].add(sighting.package.purl)
    for (project, reason), purls in sorted(met.items()):
        releases = min(purls) if len(purls) == 1 else f"{len(purls):,} releases ({min(purls)} ...)"
        yield f"{project}: artifacts of {releases} {reason}: scan it again, and by package URL what it no longer has"
