"""``doorward intel hunt``: what was installed before it was known to be bad.

What the index learned since the last hunt is held against every inventory that a scan ever stored, by the store's index
of names, so that a hunt touches only the inventories that have a package of such a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from doorward.errors import InvalidPurl, NothingToScan
from doorward.model.advisories import Advisory, Kind, base_ecosystem, lookup_name
from doorward.model.intelligence import Provenance
from doorward.model.purl import PURL_TYPE, Purl, parse_purl
from doorward.model.ranges import Named, names
from doorward.records import dataclass
from doorward.store import Store
from doorward.store.intel import Candidate, open_bundle

#: Kinds of advisory that are hunted for.
KINDS = (Kind.MALICIOUS, Kind.SUSPECTED)
#: Where the store keeps how far the last hunt came: the number of the last record.
_MARK = "intel-hunt"


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


def hunt(store: Store, folder: Path, *, everything: bool = False) -> list[Quarry]:
    """Return what new records (or, with ``everything``, all) name in stored inventories, and remember how far it came.

    Raise NothingToScan without a bundle.
    """
    bundle = open_bundle(folder)
    if bundle is None:
        raise NothingToScan("no feed is imported: there is nothing to hunt for")
    with bundle:
        mark = 0 if everything else _mark(store)
        newest = bundle.newest()
        # Where the index was made anew, its numbers begin anew.
        fresh = bundle.since(mark if mark <= newest else 0, KINDS)
        found = [one for candidate in fresh for one in _met(store, candidate)]
        store.put_meta(_MARK, str(newest))
    return sorted(found, key=lambda one: (one.project, one.purl, one.advisory.id))


def _mark(store: Store) -> int:
    text = store.meta(_MARK) or "0"
    return int(text) if text.isdecimal() else 0


def _met(store: Store, candidate: Candidate) -> Iterator[Quarry]:
    affected = candidate.affected
    type_ = PURL_TYPE.get(base_ecosystem(affected.ecosystem))
    if type_ is None:
        return
    for name in {affected.name, lookup_name(affected.ecosystem, affected.name)}:
        for sighting in store.sightings(type_, name):
            purl = _purl(sighting.package.purl)
            answer = names(affected, purl.version, empty_names_all=True) if purl and purl.version else None
            if isinstance(answer, Named):
                yield Quarry(
                    sighting.package.purl,
                    sighting.project,
                    sighting.first,
                    sighting.last,
                    sighting.package.paths,
                    candidate.advisory,
                    candidate.provenance,
                )


def _purl(text: str) -> Purl | None:
    try:
        return parse_purl(text)
    except InvalidPurl:
        return None
