"""``doorward intel hunt``: what was installed before it was known to be bad.

What the index learned since the last hunt is held against every inventory that a scan ever stored: records by the
store's index of names, so that a hunt touches only the inventories that have a package of such a name; digests of feeds
that changed against those that lock files declared; and digests and addresses of such feeds against what artifacts
contained when a scan read them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

from doorward.engine.gather.feeds import Feeds
from doorward.engine.gather.intelligence import Asked, met_inside
from doorward.engine.intel_unread import Holders, holders_of, hunted_in, sightings_of, unread
from doorward.engine.stored_names import StoredNames, purl_of
from doorward.errors import NothingToScan
from doorward.model.addresses import digest_of
from doorward.model.advisories import Advisory, Kind
from doorward.model.exposure import Suspects, suspect_in
from doorward.model.hosting import is_of_many
from doorward.model.intelligence import HASHES, HINTS, HOSTS, Indicator, IndicatorMatch, Provenance, Role
from doorward.model.purl import DISTRIBUTIONS, Purl
from doorward.records import dataclass
from doorward.store import Sighting, Store
from doorward.store.intel import Bundle, Candidate, open_bundle

#: Kinds of advisory that are hunted for.
KINDS = (Kind.MALICIOUS, Kind.SUSPECTED)
#: What a digest must be of, to mean the file that a lock file declares.
_OF_FILES = frozenset({Role.PACKAGE, Role.FILE})
#: The questions that a hunt asks of the feeds.
_ASKED = frozenset({Kind.MALICIOUS.value, HASHES})
_INNOCENT = "it may be innocent: look at it"
#: Artifacts whose contents are held at a time.
_ARTIFACTS = 50
#: Where the store keeps how far the last hunt came.
_MARK = "intel-hunt"

#: Artifacts are asked about for themselves here, not for a release.
_NO_RELEASE = Purl("generic", "", "artifact")


class _Mark(msgspec.Struct, frozen=True):
    """How far a hunt came."""

    #: Which index was hunted from, and the number of its last record then.
    born: str = ""
    record: int = 0
    #: The digest of each feed of digests or addresses, by name.
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
            state.name: state.digest
            for state in bundle.feeds
            if not {HASHES, HOSTS}.isdisjoint(topic for topic, _, _ in state.covers)
        }
        fresh = {name for name, digest in feeds.items() if mark.feeds.get(name) != digest}
        holders = holders_of(store) if fresh else {}
        found += _declared(store, bundle, fresh, holders)
        found += _inside(store, bundle, fresh, holders)
        store.put_meta(_MARK, msgspec.json.encode(_Mark(bundle.born, bundle.newest(), feeds)).decode())
    return sorted(dict.fromkeys(found), key=lambda one: (one.project, one.purl, one.advisory.id))


def left_open(store: Store, folder: Path, now: datetime, max_age: timedelta) -> list[str]:
    """Return why what a hunt did not find may be bad all the same, each reason once.

    Feeds that are older than ``max_age``, ecosystems of inventories of which no feed lists malicious packages, and
    artifacts that could not be looked into.
    """
    bundle = open_bundle(folder)
    if bundle is None:
        return []
    ecosystems = set(_ecosystems(store))
    with bundle:
        states = bundle.feeds
        feeds = Feeds(states, now, max_age)
        left = [item for ecosystem in sorted(ecosystems) for item in feeds.open(ecosystem)]
    malware = Kind.MALICIOUS.value
    reasons = (item.reason for item in left if item.topic == malware or (item.topic in _ASKED and item.required))
    return list(dict.fromkeys([*reasons, *unread(store, states)]))


def _ecosystems(store: Store) -> Iterator[str]:
    """Yield the ecosystems of the packages that inventories have."""
    for type_ in store.types():
        spaces = {""}
        if any(type_ == shared for shared, _ in DISTRIBUTIONS):
            spaces = {name.partition("/")[0] for name in store.names(type_)}
        yield from (Purl(type_, space, "").ecosystem for space in spaces)


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


def _declared(store: Store, bundle: Bundle, feeds: set[str], holders: Holders) -> Iterator[Quarry]:
    """Yield the packages whose lock file declares a digest that one of some feeds names."""
    declared: dict[tuple[str, bytes], str] = {}
    wanted: dict[str, set[bytes]] = defaultdict(set)
    for digest in holders:
        algorithm, _, value = digest.partition(":")
        known = digest_of(value, algorithm) if algorithm in bundle.algorithms else None
        if known:
            raw = bytes.fromhex(known[1])
            wanted[algorithm].add(raw)
            declared[algorithm, raw] = digest
    for key, several in bundle.digests(wanted, datetime.now(UTC)).items():
        for one in several:
            if one.provenance.feed in feeds and one.indicator.role in _OF_FILES:
                told = f"{one.indicator.kind}:{one.indicator.value} is of known malware"
                advisory = _advisory(one.indicator, one.provenance, one.indicator.note or told)
                for sighting in sightings_of(store, holders, declared[key]):
                    yield _quarry(sighting, advisory, one.provenance)


def _inside(store: Store, bundle: Bundle, feeds: set[str], holders: Holders) -> Iterator[Quarry]:
    """Yield the packages whose artifacts, as they were read, meet an indicator of one of some feeds."""
    for some, analyser in _read(store, holders):
        contents = list(store.contents(some, analyser).items())
        asked = [Asked(_NO_RELEASE, contents=(("", content),)) for _, content in contents]
        for (digest, _), matches in zip(contents, met_inside(bundle, asked, datetime.now(UTC)), strict=True):
            for match in matches:
                declared = f"{match.indicator.kind}:{match.indicator.value}" in holders
                if match.provenance.feed in feeds and not (match.met == "artifact" and declared):
                    yield from _containing(store, holders, digest, match)


def _read(store: Store, holders: Holders) -> Iterator[tuple[list[str], str]]:
    """Yield the digests of artifacts that were read, some at a time, and by which analyser."""
    known: dict[str, list[str]] = defaultdict(list)
    for digest, analyser in store.read_digests().items() if holders else ():
        if digest in holders and hunted_in(analyser):
            known[analyser].append(digest)
    for analyser, digests in sorted(known.items()):
        ordered = iter(sorted(digests))
        while some := list(islice(ordered, _ARTIFACTS)):
            yield some, analyser


def _containing(store: Store, holders: Holders, digest: str, match: IndicatorMatch) -> Iterator[Quarry]:
    indicator = match.indicator
    # No file name stands before what is inside, nor after what the code names: the artifact had none here.
    inside, named = match.where.removeprefix("/"), f"{indicator.kind}:{indicator.value}"
    told = {"member": f"{inside} in it is {named}", "artifact": f"it is {named}"}
    advisory = _advisory(indicator, match.provenance, told.get(match.met, f"its code names {indicator.value}"))
    weak = indicator.role in HINTS or (match.met == "endpoint" and is_of_many(indicator.kind, indicator.value))
    for sighting in sightings_of(store, holders, digest):
        yield _quarry(sighting, advisory, match.provenance, _INNOCENT if weak else "")


def _advisory(indicator: Indicator, provenance: Provenance, summary: str) -> Advisory:
    record = indicator.record or provenance.feed
    return Advisory(record, Kind.MALICIOUS, modified=provenance.modified, summary=summary)


def _quarry(sighting: Sighting, advisory: Advisory, provenance: Provenance, reason: str = "") -> Quarry:
    package = sighting.package
    return Quarry(
        package.purl, sighting.project, sighting.first, sighting.last, package.paths, advisory, provenance, reason
    )
