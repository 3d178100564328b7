"""Under which names stored inventories have a package: spellings differ, and distributions name sources."""

from __future__ import annotations

from collections import defaultdict

from doorward.errors import InvalidPurl
from doorward.model.exposure import SYSTEMS, key_of, source_of
from doorward.model.purl import Purl, parse_purl
from doorward.store import Store


class StoredNames:
    """The names of the packages in a store, by what a registry takes for the same."""

    def __init__(self, store: Store) -> None:
        """Read nothing yet: the names of a type are read when one is first asked for."""
        self._store = store
        self._known: dict[str, dict[str, set[str]]] = {}

    def of(self, type_: str, name: str) -> list[str]:
        """Return the stored names of a package, or of all that a distribution makes from a source of that name."""
        if type_ not in self._known:
            self._known[type_] = self._read(type_)
        return sorted(self._known[type_].get(key_of(type_, name)[1], ()))

    def _read(self, type_: str) -> dict[str, set[str]]:
        names: dict[str, set[str]] = defaultdict(set)
        for name in self._store.names(type_):
            names[key_of(type_, name)[1]].add(name)
        for _, name, package in self._store.packages(type_) if type_ in SYSTEMS else ():
            purl = purl_of(package.purl)
            source = source_of(purl)[0] if purl else ""
            if source:
                names[key_of(type_, source)[1]].add(name)
        return names


def purl_of(text: str) -> Purl | None:
    """Return a stored package URL, None where it is damaged."""
    try:
        return parse_purl(text)
    except InvalidPurl:
        return None
