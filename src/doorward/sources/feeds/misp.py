"""MISP feeds: a folder with a manifest and one document an event, or such events by themselves.

Only attributes that are marked for detection (``to_ids``) and not deleted are taken. ``hashes.csv`` of such a folder is
an index of the values of its events, not of malware, and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from doorward.errors import FeedError
from doorward.model.advisories import stamp
from doorward.model.intelligence import About, Indicator, Refused, Role
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._indicators import clean, shown
from doorward.sources.feeds._records import any_json

NAME = "MISP"

#: Types of attribute and the kind of indicator in each.
_KINDS = {
    "md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha512": "sha512", "domain": "domain", "hostname": "domain",
    "url": "url", "ip-dst": "ip", "ip-src": "ip", "tlsh": "tlsh",
}  # fmt: skip
_UUID = 36
#: How an event begins that may hold next to nothing, and a server's answer of events, of attributes, or of none.
_EVENT = re.compile(
    rb'(?:\{\s*"response"\s*:\s*)?(?:\[\s*)?\{\s*"Event"\s*:\s*\{'
    rb'|\{\s*"response"\s*:\s*(?:\[\s*\]\s*\}|\{\s*"Attribute"\s*:\s*\[)'
)
_MARKS = (b'"Attribute"', b'"Orgc"', b'"info"')


def sniff(head: bytes, name: str) -> bool:
    """Whether a document begins like an event, a manifest, or the index of values beside it."""
    start = head.lstrip()
    if name.rpartition("/")[2] == "manifest.json":
        return b'"Orgc"' in head and b'"info"' in head
    if name.rpartition("/")[2] == "hashes.csv":
        return len(start) > _UUID and start[32:33] == b"," and start[41:42] == b"-"
    return _EVENT.match(start) is not None or (
        start[:1] in {b"{", b"["} and b'"Event"' in head and any(mark in head for mark in _MARKS)
    )


def parse(document: Document) -> Iterator[About | Indicator | Refused]:
    """Yield the attributes of the events."""
    if document.name.rpartition("/")[2] in {"manifest.json", "hashes.csv"}:
        if document.alone:
            raise FeedError("an index of MISP events, which are in the documents beside it: import their folder")
        return
    for event in _events(any_json(document.read())):
        yield from _event(event, document.name)


def _events(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("Event"), dict):
        yield value["Event"]
    elif isinstance(value, dict) and "response" in value:
        yield from _events(value["response"])
    elif isinstance(value, dict) and isinstance(value.get("Attribute"), list):
        yield value
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield from _events(item)


def _event(event: dict[str, Any], place: str) -> Iterator[Indicator | Refused]:
    tags = [str(tag.get("name", "")).lower() for tag in _objects(event.get("Tag"))]
    tlp = next((tag.removeprefix("tlp:").replace("white", "clear") for tag in tags if tag.startswith("tlp:")), "")
    base = Indicator(
        "", "", Role.CAMPAIGN, str(event.get("uuid") or ""), tlp=tlp, note=shown(str(event.get("info") or ""))
    )
    attributes = list(_objects(event.get("Attribute")))
    for item in _objects(event.get("Object")):
        attributes += _objects(item.get("Attribute"))
    for attribute in attributes:
        if _is_true(attribute.get("to_ids")):
            yield from _attribute(attribute, base, f"{place}: {attribute.get('uuid') or base.record}")


def _is_true(value: Any) -> bool:
    """Whether a flag is set; older servers write it as a number or a text."""
    return str(value).lower() in {"true", "1"}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _attribute(attribute: dict[str, Any], base: Indicator, place: str) -> Iterator[Indicator | Refused]:
    type_, value = attribute.get("type"), attribute.get("value")
    if not isinstance(type_, str) or not isinstance(value, str):
        yield Refused(place, "an attribute without type or value")
        return
    parts = list(_parts(type_, value))
    if not parts:
        yield Refused(place, f"of a kind that cannot be matched ({shown(type_)})")
    comment = attribute.get("comment")
    for kind, text in parts:
        template = Indicator(
            kind,
            "",
            base.role,
            base.record,
            _seen(attribute.get("timestamp")),
            tlp=base.tlp,
            note=shown(comment) if isinstance(comment, str) and comment else base.note,
            retracted=_is_true(attribute.get("deleted")),
        )
        item = clean(text, template, place)
        if item is not None:
            yield item


def _parts(type_: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each part of an attribute that can be matched."""
    if type_ in _KINDS:
        yield _KINDS[type_], value
        return
    first, bar, second = type_.partition("|")
    left, _, right = value.partition("|")
    if not bar:
        return
    if first == "filename" and second in _KINDS:
        # A file's name may hold a bar, a digest does not.
        yield _KINDS[second], value.rpartition("|")[2]
    elif second == "port":
        yield _KINDS.get(first, "ip"), f"[{left}]:{right}" if ":" in left else f"{left}:{right}"
    elif (first, second) == ("domain", "ip"):
        yield "domain", left
        yield "ip", right


def _seen(value: Any) -> str:
    try:
        return stamp(datetime.fromtimestamp(int(value), UTC).isoformat())
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
