"""Feeds of threat intelligence: one file of this folder is one format, found by walking it.

A format gives ``NAME``, ``sniff(head, name)`` (whether a document with these first bytes and this name is of it) and
``parse(document)``, which returns what the document says. One bad record costs that record: it comes as ``Refused``
with its place and the reason. A document that cannot be read as a whole raises :class:`~doorward.errors.FeedError`. A
format that others resemble sets ``RANK`` above 0, and is asked after those; one that is only for a document by itself,
never for one among others, sets ``ALONE``. One that comes in archives of very many documents can give
``parse_many(group)``, which returns what is said by those that it can read together, and the others. One whose
documents say something only together gives ``Joined``: of several its ``note(document)`` is called for each, and then
its ``parse(document)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol, TypeAlias, cast

from doorward.discovery import members
from doorward.errors import FeedError
from doorward.model.advisories import Advisory, Exploited, Likelihood, Pack
from doorward.model.intelligence import About, Defect, Disowned, HashBlock, Indicator, Refused
from doorward.sources.feeds._aside import aside, worthwhile
from doorward.sources.feeds._documents import DATA, NO_HINTS, PACKED, Document, Group, fingerprint, groups, opened
from doorward.sources.feeds._packages import ecosystem_of
from doorward.sources.feeds._packed import Broken

__all__ = ["Document", "Feed", "Item", "ecosystem_of", "feeds", "fingerprint", "format_of", "read_beside", "read_feed"]

Item: TypeAlias = Advisory | Pack | Indicator | HashBlock | Disowned | Exploited | Likelihood | About | Defect | Refused

#: Characters of an unknown document that a report shows.
_SHOWN = 100
#: Bytes that no text has.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a]")


class Feed(Protocol):
    """What every public module of this folder offers."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a constant of the modules
        """The format's name for people."""

    def sniff(self, head: bytes, name: str) -> bool:
        """Whether a document with these first bytes and this name is of this format."""

    def parse(self, document: Document) -> Iterable[Item]:
        """Return what a document says."""


class Joined(Protocol):
    """Documents of one format in one feed that say something only together."""

    def note(self, document: Document) -> None:
        """Take note of a document; raise :class:`FeedError` where it cannot be read."""

    def parse(self, document: Document) -> Iterable[Item]:
        """Return what a document says, once note was taken of all."""


@cache
def feeds() -> tuple[Feed, ...]:
    """Return every format, in the order in which they are asked."""
    found = members("doorward.sources.feeds").values()
    return tuple(cast("Feed", module) for module in sorted(found, key=lambda module: getattr(module, "RANK", 0)))


def format_of(document: Document) -> Feed | None:
    """Return the format that a document is in, None where none knows it."""
    head = document.head()
    asked = (feed for feed in feeds() if document.alone or not getattr(feed, "ALONE", False))
    return next((feed for feed in asked if feed.sniff(head, document.name)), None)


def read_feed(path: Path, hints: Mapping[str, str] = NO_HINTS) -> Iterator[Item]:
    """Yield what a file, a folder or an archive says, and the name of each format that is met.

    ``hints`` tell what a table does not: its "ecosystem", its "columns" ("name=2,version=3"). Raise
    :class:`FeedError` where it holds nothing that doorward can read, or where the one document that it is ends too
    early: half a feed must not take the place of the whole one.
    """
    reading = _Reading(hints)
    try:
        for several in groups(path):
            yield from reading.several(several)
        for several in groups(path) if reading.joined else ():
            yield from reading.together(several)
    except FeedError as error:
        raise FeedError(f"{path.name}: {error}") from error
    unknown = reading.unknown
    if not reading.formats:
        first = f"{unknown[0].place}: {unknown[0].reason}" if unknown else "there is nothing in it"
        raise FeedError(f"{path.name}: no document in it is in a format that doorward knows ({first})")
    yield from (refused for refused in unknown if refused.place.lower().endswith(DATA))
    packed = [refused.place for refused in unknown if refused.place.lower().endswith(PACKED)]
    if packed:
        which = "an archive" if len(packed) == 1 else f"the first of {len(packed):,} archives"
        yield Defect(packed[0], f"{which} within the feed, which is not read: import it by itself")


def read_beside(path: Path, hints: Mapping[str, str] = NO_HINTS) -> Iterator[Item]:
    """Yield the same, of a large file from a process of its own where there is a processor for it."""
    return aside(lambda: read_feed(path, hints)) if worthwhile(path) else read_feed(path, hints)


class _Reading:
    """The state of reading one feed: the format of the last document, those met, and what was in none."""

    def __init__(self, hints: Mapping[str, str]) -> None:
        self._hints = hints
        self._feed: Feed | None = None
        self.formats: set[str] = set()
        self.unknown: list[Refused] = []
        #: Documents that are read once more when all are known, by name, each with those of its format.
        self.joined: dict[str, Joined] = {}

    def several(self, several: Group) -> Iterator[Item]:
        """Yield what documents say, those together that their format reads together."""
        together = getattr(self._feed, "parse_many", None)
        if together is not None:
            items, several = together(several)
            yield from items
        for item in several:
            yield from self._one(opened(item))

    def _one(self, document: Document) -> Iterator[Item]:
        document.hints = self._hints
        try:
            if self._feed is None or not self._feed.sniff(document.head(), document.name):
                self._feed = format_of(document)
            if self._feed is not None:
                if self._feed.NAME not in self.formats:
                    self.formats.add(self._feed.NAME)
                    yield About(self._feed.NAME)
                yield from self._parse(self._feed, document)
            elif not self.formats or document.name.lower().endswith((*DATA, *PACKED)):
                self.unknown.append(Refused(document.name, _beginning(document)))
        except FeedError as error:
            if document.alone and isinstance(error, Broken):
                raise
            yield Refused(document.name, str(error))

    def _parse(self, feed: Feed, document: Document) -> Iterable[Item]:
        """Return what a document says, nothing yet where it has to be joined with others."""
        form: type[Joined] | None = None if document.alone else getattr(feed, "Joined", None)
        if form is None:
            return feed.parse(document)
        joined = next((known for known in self.joined.values() if isinstance(known, form)), None) or form()
        joined.note(document)
        self.joined[document.name] = joined
        return ()

    def together(self, several: Group) -> Iterator[Item]:
        """Yield what documents say that are joined with others."""
        for document in map(opened, several):
            joined = self.joined.get(document.name)
            if joined is not None:
                try:
                    yield from joined.parse(document)
                except FeedError as error:
                    yield Refused(document.name, str(error))


def _beginning(document: Document) -> str:
    start = document.head()[: 4 * _SHOWN]
    if _BINARY.search(start):
        return "no format that doorward knows: binary data"
    first = start.partition(b"\n")[0].decode("utf-8", "replace").strip()
    shown = first if len(first) <= _SHOWN else first[:_SHOWN] + "..."
    return f"no format that doorward knows; it begins with {shown!r}" if first else "empty"
