"""The catalog of known exploited vulnerabilities (KEV) of CISA, which is in the public domain (CC0): JSON or CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping

from doorward.errors import FeedError
from doorward.model.advisories import Exploited, stamp
from doorward.model.intelligence import About, Refused
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._indicators import shown
from doorward.sources.feeds._records import any_json
from doorward.sources.feeds._tables import head_lines, rows

NAME = "KEV"

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
#: Columns that the edition as a table has, and no other table has together.
_COLUMNS = (b"cveID", b"dateAdded", b"knownRansomwareCampaignUse")
_LICENCE = "CC0-1.0"

Item = About | Exploited | Refused


def sniff(head: bytes, _name: str) -> bool:
    """Whether a document begins like the catalog."""
    return (head.lstrip().startswith(b"{") and b'"vulnerabilities"' in head and b'"cveID"' in head) or _is_table(head)


def _is_table(head: bytes) -> bool:
    first = head.lstrip().partition(b"\n")[0]
    return not first.startswith(b"{") and all(column in first for column in _COLUMNS)


def parse(document: Document) -> Iterable[Item]:
    """Return its entries."""
    return _of_table(document) if _is_table(document.head()) else _of_catalog(document)


def _of_catalog(document: Document) -> Iterator[Item]:
    value = any_json(document.read())
    entries = value.get("vulnerabilities") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise FeedError("a catalog without vulnerabilities")
    yield About(licence=_LICENCE, made=stamp(value.get("dateReleased")))
    for number, entry in enumerate(entries):
        yield _entry(entry if isinstance(entry, dict) else {}, f"{document.name}[{number}]")


def _of_table(document: Document) -> Iterator[Item]:
    """Yield the entries of the edition as a table, which does not say when it was made."""
    header = [cell.strip() for cell in next(csv.reader(head_lines(document)[:1]))]
    yield About(licence=_LICENCE)
    for row in rows(document, ",", comments=()):
        if isinstance(row, Refused):
            yield row
        elif row[1] != header:
            # A row that is too short lacks what comes last.
            yield _entry(dict(zip(header, row[1], strict=False)), row[0])


def _entry(entry: Mapping[str, object], place: str) -> Exploited | Refused:
    cve = entry.get("cveID")
    name = cve.strip().upper() if isinstance(cve, str) else ""
    if not _CVE.match(name):
        return Refused(place, f"not an entry with a cveID{f': {shown(name)}' if name else ''}")
    ransomware = str(entry.get("knownRansomwareCampaignUse", "")).lower() == "known"
    return Exploited(name, _day(entry.get("dateAdded")), _day(entry.get("dueDate")), ransomware)


def _day(value: object) -> str:
    return value if isinstance(value, str) and _DAY.match(value) else ""
