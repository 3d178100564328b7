"""Lists of malicious packages as JSON: names with versions, or one object a release.

``{"name": null, "other": ["1.0.1"]}`` (null stands for every version), the same under the names of ecosystems, or
``[{"package_name": "name", "version": "1.0.1", "reason": "MALWARE"}]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doorward.errors import FeedError
from doorward.model.advisories import Advisory, Kind
from doorward.model.intelligence import Refused
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._indicators import shown
from doorward.sources.feeds._packages import Packages, ecosystem_of, of_mapping
from doorward.sources.feeds._records import any_json

NAME = "package list"
RANK = 1

_ENTRY = re.compile(rb'\[\s*\{[^{}\[\]]{0,2000}"package_name"\s*:')
#: A name with null or a list of versions at the beginning, perhaps below the name of an ecosystem.
_MAPPING = re.compile(
    rb'\{\s*(?:"[A-Za-z. ]{1,20}"\s*:\s*\{\s*)?"[^"\\]{1,214}"\s*:\s*(?:null|\[\s*(?:"[^"\\]{0,100}"\s*[,\]]|\]))'
)

#: Reasons for which such lists name what is unwanted, and no malware.
_REASONS = {"TELEMETRY": Kind.UNWANTED, "PROTESTWARE": Kind.UNWANTED}
#: What the ids of each kind are told apart by.
_MARKS = {Kind.MALICIOUS: "", Kind.UNWANTED: "(unwanted)"}

Item = Advisory | Refused


def sniff(head: bytes, _name: str) -> bool:
    """Whether a document begins like such a list."""
    start = head.lstrip()
    return bool(_ENTRY.match(start) or _MAPPING.match(start))


def parse(document: Document) -> Iterable[Item]:
    """Return one advisory a package."""
    value = any_json(document.read())
    if isinstance(value, list):
        return _of_objects(document, value)
    if not isinstance(value, dict):
        raise FeedError("neither an object nor a list")
    if value and all(isinstance(inner, dict) and ecosystem_of(word) for word, inner in value.items()):
        return [item for word, inner in value.items() for item in of_mapping(document.name, ecosystem_of(word), inner)]
    return of_mapping(document.name, _ecosystem(document, value), value)


def _of_objects(document: Document, values: list[Any]) -> Iterator[Item]:
    collected = {kind: Packages(f"{document.name}{mark}", kind) for kind, mark in _MARKS.items()}
    names = [value["package_name"] for value in values if isinstance(value, dict) and "package_name" in value]
    usual = _ecosystem(document, names) if not all(isinstance(v, dict) and v.get("ecosystem") for v in values) else ""
    for number, value in enumerate(values):
        place = f"{document.name}[{number}]"
        if not isinstance(value, dict) or not isinstance(value.get("package_name"), str):
            yield Refused(place, "not an object with a package_name")
            continue
        ecosystem = ecosystem_of(str(value.get("ecosystem") or "")) or usual
        version, reason = value.get("version"), value.get("reason")
        cell = version if isinstance(version, str) else "" if version is None else "?"
        of_kind = collected[_REASONS.get(str(reason).upper(), Kind.MALICIOUS)]
        refused = of_kind.add(ecosystem, value["package_name"], cell, place, shown(str(reason or "")))
        if refused:
            yield refused
    for several in collected.values():
        yield from several.advisories()


def _ecosystem(document: Document, names: Iterable[Any] | Mapping[str, Any]) -> str:
    """Return the ecosystem that the user, a scope or the document's name tells; raise where none does."""
    if document.hints.get("ecosystem"):
        return document.hints["ecosystem"]
    if any(isinstance(name, str) and name.startswith("@") for name in names):
        return "npm"
    for word in re.split(r"[^a-z]+", document.name.lower()):
        if ecosystem_of(word):
            return ecosystem_of(word)
    raise FeedError("the list does not tell of which ecosystem its packages are: name it with --ecosystem")
