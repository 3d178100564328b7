"""ThreatFox's exports, as CSV and as JSON, and the answers of its interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doorward.errors import FeedError
from doorward.model.advisories import stamp
from doorward.model.intelligence import About, Indicator, Refused, Role
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._indicators import clean, shown
from doorward.sources.feeds._records import any_json
from doorward.sources.feeds._tables import rows

NAME = "ThreatFox"
COLUMNS = (
    "first_seen_utc", "ioc_id", "ioc_value", "ioc_type", "threat_type", "fk_malware", "malware_alias",
    "malware_printable", "last_seen_utc", "confidence_level", "reference", "tags", "anonymous", "reporter",
)  # fmt: skip
_KINDS = {
    "md5_hash": "md5", "sha1_hash": "sha1", "sha256_hash": "sha256", "domain": "domain", "url": "url", "ip:port": "ip",
}  # fmt: skip


def sniff(head: bytes, _name: str) -> bool:
    """Whether a document begins like one of its exports."""
    start = head.lstrip()
    if start.startswith(b"{"):
        return b'"ioc_type"' in head and b'"threat_type"' in head
    return start.startswith((b"#", b'"first_seen_utc"')) and b"ioc_value" in head and b"fk_malware" in head


def parse(document: Document) -> Iterator[About | Indicator | Refused]:
    """Yield its indicators. Exports hold recent ones only."""
    yield About(adds=True)
    if document.head().lstrip().startswith(b"{"):
        yield from _of_json(document)
        return
    for row in rows(document, ","):
        if isinstance(row, Refused):
            yield row
            continue
        place, cells = row
        if len(cells) < len(COLUMNS):
            yield Refused(place, f"{len(cells)} cells instead of {len(COLUMNS)}")
        elif tuple(cells[: len(COLUMNS)]) != COLUMNS:
            yield from _one(dict(zip(COLUMNS, cells, strict=False)), place)


def _of_json(document: Document) -> Iterator[Indicator | Refused]:
    value = any_json(document.read())
    if isinstance(value, dict) and "query_status" in value:
        value = {"data": value.get("data")}
    if not isinstance(value, dict):
        raise FeedError("not an object")
    for number, entries in value.items():
        for place, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            where = f"{document.name}: {shown(str(number))}[{place}]"
            if isinstance(entry, dict):
                yield from _one(entry, where)
            else:
                yield Refused(where, "not an object")


def _one(entry: dict[str, Any], place: str) -> Iterator[Indicator | Refused]:
    def text(*names: str) -> str:
        return next((str(entry[name]) for name in names if entry.get(name) not in (None, "", "None")), "")

    kind = _KINDS.get(text("ioc_type"))
    if kind is None:
        yield Refused(place, f"of a kind that cannot be matched ({shown(text('ioc_type'))})")
        return
    confidence = text("confidence_level")
    base = Indicator(
        kind,
        "",
        Role.CAMPAIGN,
        text("ioc_id", "id"),
        stamp(text("first_seen_utc", "first_seen").replace(" UTC", "").replace(" ", "T", 1)),
        int(confidence) if confidence.isdecimal() and int(confidence) <= 100 else None,  # noqa: PLR2004 - percent
        note=shown(text("malware_printable", "fk_malware", "malware")),
    )
    item = clean(text("ioc_value", "ioc"), base, place)
    if item is not None:
        yield item
