"""``doorward intel hunt``: what was installed before it was known to be bad.

What the index learned since the last hunt is held against every inventory that a scan ever stored: records by the
store's index of names, so that a hunt touches only the inventories that have a package of such a name, and digests of
feeds that changed against those that lock files declared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from doorward.engine.gather.feeds import Feeds
from doorward.engine.stored_names import StoredNames, purl_of
from doorward.errors import NothingToScan
from doorward.model.addresses import digest_of
from doorward.model.advisories import Advisory, Kind
from doorward.model.exposure import Suspects, suspect_in
from doorward.model.intelligence import HASHES, Provenance, Role
from doorward.model.purl import DISTRIBUTIONS, OSV_ECOSYSTEM
from doorward.records import dataclass
from doorward.store import Sighting, Store
from doorward.store.intel import Bundle, Candidate, Found, open_bundle

#: Kinds of advisory that are hunted for.
KINDS = (Kind.MALICIOUS, Kind.SUSPECTED)
#: What a digest must be of, to mean the file that a lock file declares.
_OF_FILES = frozenset({Role.PACKAGE, Role.FILE})
#: The questions that a hunt asks of the feeds.
_ASKED = frozenset({Kind.MALICIOUS.value, HASHES})
#: Where the store keeps how far the last hunt came.
_MARK = "intel-hunt"


class _Mark(msgspec.Struct, frozen=True):
    """How far a hunt came."""

    #: Which index was hunted from, and the number of its last record then.
    born: str = ""
    record: int = 0
    #: The digest of each feed of digests, by name.
    feeds: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Quarry:
    """A package that was in a project and is now known to be bad."""

    purl: str
    project: str
    #: The first and the last of the scans that found it.
    first: datetime
    last: datetime
    #: Files of the project that declare it.
    paths: tuple[str, ...]
    advisory: Advisory
    provenance: Provenance
    #: Why the advisory leaves open whether it means this release; "" where it does.
    open: str = ""


def hunt(store: Store, folder: Path, *, everything: bool = False) -> list[Quarry]:
    """Return what new records (or, with ``everything``, all) name in stored inventories, and remember how far it came.

    Raise NothingToScan without a bundle, and without an inventory.
    """
    bundle = open_bundle(folder)
    if bundle is None:
        raise NothingToScan("no feed is imported: there is nothing to hunt for")
    with bundle:
        if not store.projects():
            raise NothingToScan("no inventory is stored: 'doorward scan' stores what a project has")
        mark = _Mark() if everything else _mark(store)
        if mark.born != bundle.born:
            mark = _Mark()
        names = StoredNames(store)
        found = [one for candidate in bundle.since(mark.record, KINDS) for one in _met(store, names, candidate)]
        feeds = {
            state.name: state.digest for state in bundle.feeds if HASHES in {topic for topic, _, _ in state.covers}
        }
        fresh = {name for name, digest in feeds.items() if mark.feeds.get(name) != digest}
        found += _declared(store, bundle, fresh) if fresh else ()
        store.put_meta(_MARK, msgspec.json.encode(_Mark(bundle.born, bundle.newest(), feeds)).decode())
    return sorted(dict.fromkeys(found), key=lambda one: (one.project, one.purl, one.advisory.id))


def too_old(store: Store, folder: Path, now: datetime, max_age: timedelta) -> list[str]:
    """Return why what a hunt did not find may be bad all the same: feeds that are older than ``max_age``, each once."""
    bundle = open_bundle(folder)
    if bundle is None:
        return []
    types = store.types()
    ecosystems = {OSV_ECOSYSTEM.get(type_, type_) for type_ in types}
    ecosystems |= {ecosystem for (type_, _), ecosystem in DISTRIBUTIONS.items() if type_ in types}
    with bundle:
        feeds = Feeds(bundle.feeds, now, max_age)
        left = [item for ecosystem in sorted(ecosystems) for item in feeds.open(ecosystem)]
    reasons = (item.reason for item in left if item.topic in _ASKED and item.required and not item.unlisted)
    return list(dict.fromkeys(reasons))


def _mark(store: Store) -> _Mark:
    try:
        return msgspec.json.decode(store.meta(_MARK) or "{}", type=_Mark)
    except msgspec.DecodeError:
        return _Mark()


def _met(store: Store, names: StoredNames, candidate: Candidate) -> Iterator[Quarry]:
    suspect = suspect_in(candidate.affected, candidate.advisory.id)
    for name in names.of(suspect.type, suspect.affected.name) if suspect else ():
        for sighting in store.sightings(suspect.type, name) if suspect else ():
            purl = purl_of(sighting.package.purl)
            suspects = Suspects([suspect] if suspect else ())
            if purl is None or not purl.version:
                continue
            if suspects.records_of(purl) is not None:
                yield _quarry(sighting, candidate.advisory, candidate.provenance)
            for reason in suspects.open.values():
                yield _quarry(sighting, candidate.advisory, candidate.provenance, reason)


def _declared(store: Store, bundle: Bundle, feeds: set[str]) -> Iterator[Quarry]:
    """Yield the packages whose lock file declares a digest that one of some feeds names."""
    holders: dict[tuple[str, bytes], set[tuple[str, str, str]]] = defaultdict(set)
    for type_, name, package in store.packages():
        for digest in package.digests:
            algorithm, _, value = digest.partition(":")
            known = digest_of(value, algorithm) if algorithm in bundle.algorithms else None
            if known:
                holders[algorithm, bytes.fromhex(known[1])].add((type_, name, package.purl))
    wanted: dict[str, set[bytes]] = defaultdict(set)
    for algorithm, raw in holders:
        wanted[algorithm].add(raw)
    for key, several in bundle.digests(wanted, datetime.now(UTC)).items():
        for one in several:
            if one.provenance.feed in feeds and one.indicator.role in _OF_FILES:
                yield from _holding(store, holders[key], one)


def _holding(store: Store, holders: set[tuple[str, str, str]], found: Found) -> Iterator[Quarry]:
    indicator = found.indicator
    record = indicator.record or found.provenance.feed
    summary = indicator.note or f"{indicator.kind}:{indicator.value} is of known malware"
    advisory = Advisory(record, Kind.MALICIOUS, modified=found.provenance.modified, summary=summary)
    text = f"{indicator.kind}:{indicator.value}"
    for type_, name, purl in holders:
        for sighting in store.sightings(type_, name):
            if sighting.package.purl == purl and text in sighting.package.digests:
                yield _quarry(sighting, advisory, found.provenance)


def _quarry(sighting: Sighting, advisory: Advisory, provenance: Provenance, reason: str = "") -> Quarry:
    package = sighting.package
    return Quarry(
        package.purl, sighting.project, sighting.first, sighting.last, package.paths, advisory, provenance, reason
    )
