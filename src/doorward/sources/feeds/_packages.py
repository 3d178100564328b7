"""Packages that lists call malicious: ecosystem, name and versions, in the many ways in which people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from doorward.errors import InvalidPurl
from doorward.model.advisories import Advisory, Affected, Kind
from doorward.model.intelligence import Refused
from doorward.model.purl import CRATES, OSV_ECOSYSTEM, parse_purl
from doorward.sources.feeds._indicators import shown

#: What people call an ecosystem -> what OSV does.
WORDS = {
    **OSV_ECOSYSTEM,
    **{ecosystem.lower(): ecosystem for ecosystem in OSV_ECOSYSTEM.values()},
    "action": "GitHub Actions",
    "crates": CRATES,
    "github action": "GitHub Actions",
    "go": "Go",
    "node": "npm",
    "npmjs": "npm",
    "openvsx extension": "VSCode",
    "python": "PyPI",
    "ruby": "RubyGems",
    "rust": CRATES,
    "vscode extension": "VSCode",
}
#: Cells that stand for every version.
_ALL = frozenset({"", "*", "all", "any", "all versions", "n/a", "-", "null"})
_SEPARATORS = re.compile(r"\s*(?:\|\||[,;\s])\s*")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+!~:_-]{0,99}\Z")
_NAME = re.compile(r"[^\s\x00-\x1f\x7f\"'<>|]{1,214}\Z")


def ecosystem_of(word: str) -> str:
    """Return OSV's name of an ecosystem ("npm package", "pypi"), "" where it is none."""
    text = " ".join(word.lower().replace("_", " ").split())
    return WORDS.get(text) or WORDS.get(text.removesuffix(" package").removesuffix(" packages"), "")


def versions_of(cell: str) -> tuple[str, ...] | None:
    """Return the versions that a cell lists, () for every version, None where it cannot be read."""
    text = cell.strip().strip("[]").replace('"', "").replace("'", "")
    if text.lower() in _ALL:
        return ()
    parts = [part.lstrip("=") for part in _SEPARATORS.split(text.replace("= ", "=")) if part.strip("= ")]
    return tuple(parts) if parts and all(map(_VERSION.match, parts)) else None


def split_name(text: str, ecosystem: str) -> tuple[str, str, str] | None:
    """Split ``axios@1.14.1``, ``name==1.0``, ``npm:name@1.0`` or a purl to ecosystem, name and version cell.

    None where it is no package, or where the ecosystem is not told.
    """
    text = text.strip()
    if text.startswith("pkg:"):
        try:
            purl = parse_purl(text)
        except InvalidPurl:
            return None
        return purl.ecosystem, purl.full_name, purl.version
    head, colon, rest = text.partition(":")
    if colon and ecosystem_of(head) and rest:
        ecosystem, text = ecosystem_of(head), rest
    name, equals, version = text.partition("==")
    if not equals:
        at = text.rfind("@")
        name, version = (text[:at], text[at + 1 :]) if at > 0 else (text, "")
    name = name.strip()
    return (ecosystem, name, version) if ecosystem and is_name(name) else None


def is_name(text: str) -> bool:
    """Whether a text can be a package's name."""
    return bool(_NAME.match(text))


class Packages:
    """Collects the packages of a list, each with all its versions, whatever the number of its lines."""

    def __init__(self, place: str, kind: Kind = Kind.MALICIOUS) -> None:
        self._place = place.rpartition("/")[2]
        self._kind = kind
        self._found: dict[tuple[str, str], dict[str, None] | None] = {}
        self._notes: dict[tuple[str, str], str] = {}

    def add(self, ecosystem: str, name: str, cell: str, where: str, note: str = "") -> Refused | None:
        """Take one line; return why it cannot be taken."""
        versions = versions_of(cell)
        if not is_name(name):
            return Refused(where, f"not a package's name: {shown(name)}")
        if versions is None:
            return Refused(where, f"not a list of versions: {shown(cell)}")
        key = (ecosystem, name)
        self._notes.setdefault(key, note)
        known = self._found.setdefault(key, {})
        if not versions:
            self._found[key] = None
        elif known is not None:
            known.update(dict.fromkeys(versions))
        return None

    def advisories(self) -> Iterator[Advisory]:
        """Yield one advisory a package."""
        for (ecosystem, name), versions in self._found.items():
            affected = Affected(ecosystem, name, versions=tuple(versions or ()))
            note = self._notes[ecosystem, name]
            yield Advisory(f"{self._place}:{ecosystem}/{name}"[:300], self._kind, (affected,), summary=shown(note))


def of_mapping(place: str, ecosystem: str, packages: Mapping[str, object]) -> Iterator[Advisory | Refused]:
    """Yield what a mapping of names to lists of versions says; null stands for every version."""
    collected = Packages(place)
    for name, versions in packages.items():
        where = f"{place}: {shown(name)}"
        if versions is None:
            refused = collected.add(ecosystem, name, "", where)
        elif isinstance(versions, list) and versions and all(isinstance(version, str) for version in versions):
            refused = collected.add(ecosystem, name, " ".join(versions), where)
        else:
            refused = Refused(where, "neither null nor a list of versions")
        if refused:
            yield refused
    yield from collected.advisories()
