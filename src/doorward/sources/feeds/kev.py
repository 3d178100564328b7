"""The catalog of known exploited vulnerabilities (KEV) of CISA, which is in the public domain (CC0)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.errors import FeedError
from doorward.model.advisories import Exploited, stamp
from doorward.model.intelligence import About, Refused
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._records import any_json

NAME = "KEV"

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def sniff(head: bytes, _name: str) -> bool:
    """Whether a document begins like the catalog."""
    return head.lstrip().startswith(b"{") and b'"vulnerabilities"' in head and b'"cveID"' in head


def parse(document: Document) -> Iterator[About | Exploited | Refused]:
    """Yield its entries."""
    value = any_json(document.read())
    entries = value.get("vulnerabilities") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise FeedError("a catalog without vulnerabilities")
    yield About(licence="CC0-1.0", made=stamp(value.get("dateReleased")))
    for number, entry in enumerate(entries):
        cve = entry.get("cveID") if isinstance(entry, dict) else None
        if not isinstance(cve, str) or not _CVE.match(cve):
            yield Refused(f"{document.name}[{number}]", "not an entry with a cveID")
            continue
        yield Exploited(
            cve,
            _day(entry.get("dateAdded")),
            _day(entry.get("dueDate")),
            str(entry.get("knownRansomwareCampaignUse", "")).lower() == "known",
        )


def _day(value: object) -> str:
    return value if isinstance(value, str) and _DAY.match(value) else ""
