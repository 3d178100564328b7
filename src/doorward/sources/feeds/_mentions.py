"""Releases that prose names: package URLs, and ``name@1.2.3`` or ``name==1.2.3`` where the ecosystem is named too.

The ecosystem has to stand in the same sentence; for an entry of a list, in the entry, in the sentence that introduces
the list, or in the heading above. A name without a version is a word like any other, and a version that readers are
told to install instead is none of the attack's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.errors import InvalidPurl
from doorward.model.addresses import address_of
from doorward.model.purl import CRATES, parse_purl
from doorward.records import dataclass

#: Words that name an ecosystem and hardly anything else.
_WORDS = {
    "npm": "npm",
    "npmjs": "npm",
    "pypi": "PyPI",
    "pip": "PyPI",
    "rubygems": "RubyGems",
    CRATES.lower(): CRATES,
    "cargo": CRATES,
    "nuget": "NuGet",
    "packagist": "Packagist",
    "maven": "Maven",
}
_WORD = re.compile(rf"(?<![\w@/-])(?:{'|'.join(map(re.escape, _WORDS))})(?![\w@-])", re.IGNORECASE)
_VERSION = r"\d+(?:\.\d+){1,5}(?:[-+.]?[A-Za-z][\w.+-]{0,40})?"
_RELEASE = re.compile(
    r"(?<![\w@./:-])(?P<name>(?:@[A-Za-z0-9~][\w.~-]{0,100}/)?[A-Za-z0-9][\w.-]{0,100})(?P<mark>@|==)"
    rf"v?(?P<versions>{_VERSION}(?:(?:\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+)v?{_VERSION}(?![\w@=])){{0,50}})"
)
_PURL = re.compile(r"(?<![\w:/-])pkg:[a-z][a-z0-9.+-]{0,30}/[^\s<>\"'`|()\[\]{},;]{1,300}")
_EACH = re.compile(_VERSION)
_LINE = re.compile(r"[^\n]*\n?")
_ENTRY = re.compile(r"\s*(?:[-*+\u2022|]|\d{1,4}[.)])\s")
_SENTENCE = re.compile(r"[.!?]\s+")
#: What stands before a version that readers are to have, at most so many characters.
_ADVISED = re.compile(
    r"(?:upgrad|downgrad|updat|pin|revert|roll(?:ed)? ?back|fix|patch|safe|clean|unaffected|known.good)[^.;:]{0,40}\Z",
    re.IGNORECASE,
)
_BEFORE = 60


@dataclass(frozen=True, slots=True)
class Mention:
    """A package with the versions that stand behind its name."""

    ecosystem: str
    name: str
    versions: tuple[str, ...]
    #: Where it stands in the text.
    start: int
    end: int


def mentions(text: str) -> Iterator[Mention]:
    """Yield the releases that a text names."""
    heading: frozenset[str] = frozenset()
    intro: frozenset[str] = frozenset()
    for start, end, kind in _units(text):
        named = _ecosystems(text[start:end])
        if kind == "heading":
            heading = intro = named
        elif kind == "sentence":
            intro = named or heading
        yield from _in(text, start, end, named or (intro if kind == "entry" else named))


def _in(text: str, start: int, end: int, ecosystems: frozenset[str]) -> Iterator[Mention]:
    for match in _PURL.finditer(text, start, end):
        mention = _of_purl(match[0].rstrip(".:!?*_"), match.start())
        if mention is not None and not _is_advised(text, start, match.start()):
            yield mention
    for match in _RELEASE.finditer(text, start, end) if ecosystems else ():
        ecosystem = _ecosystem(match, ecosystems)
        versions = tuple(version.rstrip(".-+") for version in _EACH.findall(match["versions"]))
        if ecosystem and not address_of(versions[0]) and not _is_advised(text, start, match.start()):
            yield Mention(ecosystem, match["name"], versions, *match.span())


def _of_purl(text: str, start: int) -> Mention | None:
    try:
        purl = parse_purl(text)
    except InvalidPurl:
        return None
    if not purl.version or not purl.ecosystem:
        return None
    return Mention(purl.ecosystem, purl.full_name, (purl.version,), start, start + len(text))


def _ecosystem(match: re.Match[str], named: frozenset[str]) -> str:
    """Return the ecosystem that a release is of: the one that is named, of several the one that writes it so."""
    if len(named) == 1:
        (only,) = named
        return only if match["name"][0] != "@" or only == "npm" else ""
    usual = "PyPI" if match["mark"] == "==" else "npm"
    return usual if usual in named else ""


def _is_advised(text: str, start: int, at: int) -> bool:
    return bool(_ADVISED.search(text[max(start, at - _BEFORE) : at]))


def _ecosystems(text: str) -> frozenset[str]:
    return frozenset(_WORDS[match[0].lower()] for match in _WORD.finditer(text))


def _units(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each heading, entry of a list, and sentence of a paragraph begins and ends."""
    paragraph = 0
    for match in _LINE.finditer(text):
        line, kind = match[0], "sentence"
        if not line.strip():
            kind = "blank"
        elif line.lstrip().startswith("#"):
            kind = "heading"
        elif _ENTRY.match(line) or _is_alone(line):
            kind = "entry"
        if kind != "sentence":
            yield from _sentences(text, paragraph, match.start())
            paragraph = match.end()
        if kind in {"heading", "entry"}:
            yield match.start(), match.end(), kind
    yield from _sentences(text, paragraph, len(text))


def _is_alone(line: str) -> bool:
    """Whether a line is nothing but a release, as in a block of code."""
    return _RELEASE.fullmatch(line.strip().strip("`")) is not None


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    for match in _SENTENCE.finditer(text, start, end):
        yield start, match.end(), "sentence"
        start = match.end()
    if start < end:
        yield start, end, "sentence"
