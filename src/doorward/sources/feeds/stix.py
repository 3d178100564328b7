"""STIX 2.1 bundles: indicators with a pattern, and files that a relationship ties to malware.

The newest version of an object counts; one that is revoked takes back what it said. What is no alternative by itself
(AND, FOLLOWEDBY) is skipped and counted, never split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doorward.errors import FeedError
from doorward.model.advisories import stamp
from doorward.model.intelligence import DIGESTS, About, Indicator, Refused, Role
from doorward.records import replace
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._indicators import clean, shown
from doorward.sources.feeds._patterns import Comparison, Unsplittable, comparisons
from doorward.sources.feeds._records import any_json

NAME = "STIX"

#: The marking definitions of TLP 1 and 2, which every producer refers to by the same ids.
TLP = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "amber",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "clear",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "green",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "amber",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "amber+strict",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "red",
}
_KINDS = {"domain-name": "domain", "url": "url", "ipv4-addr": "ip", "ipv6-addr": "ip"}
_TIED = frozenset({"indicates", "based-on", "related-to", "consists-of", "drops", "downloads", "communicates-with"})
_BAD = ("malware--", "indicator--", "malware-analysis--", "tool--")
_TYPES_OF_HARM = frozenset({"malicious-activity", "anomalous-activity", "compromised", "attribution", "unknown"})


def sniff(head: bytes, _name: str) -> bool:
    """Whether a document begins like a bundle, or like an answer of a TAXII server."""
    if not head.lstrip().startswith(b"{"):
        return False
    return (b'"bundle"' in head and b'"objects"' in head) or (b'"objects"' in head and b'"spec_version"' in head)


def parse(document: Document) -> Iterator[About | Indicator | Refused]:
    """Yield the indicators of a bundle."""
    value = any_json(document.read())
    objects = value.get("objects") if isinstance(value, dict) else None
    if not isinstance(objects, list):
        raise FeedError("a bundle without objects")
    newest = _newest(item for item in objects if isinstance(item, dict))
    tied = _tied(newest)
    for identifier, item in newest.items():
        place = f"{document.name}: {identifier}"
        if item.get("type") == "indicator":
            yield from _indicator(item, newest, place)
        elif item.get("type") == "file" and identifier in tied:
            yield from _file(item, newest, place)


def _newest(objects: Iterator[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    newest: dict[str, dict[str, Any]] = {}
    for item in objects:
        identifier = item.get("id")
        if not isinstance(identifier, str):
            continue
        known = newest.get(identifier)
        if known is None or stamp(item.get("modified")) >= stamp(known.get("modified")):
            newest[identifier] = item
    return newest


def _tied(objects: Mapping[str, dict[str, Any]]) -> set[str]:
    """Return the objects that a relationship ties to malware or to an indicator, and the samples of malware."""
    tied: set[str] = set()
    for item in objects.values():
        ends = {str(item.get("source_ref")), str(item.get("target_ref"))}
        if item.get("relationship_type") in _TIED and not item.get("revoked") and any(e.startswith(_BAD) for e in ends):
            tied |= ends
        samples = item.get("sample_refs")
        if item.get("type") == "malware" and isinstance(samples, list):
            tied |= {sample for sample in samples if isinstance(sample, str)}
    return tied


def _indicator(item: dict[str, Any], objects: Mapping[str, Any], place: str) -> Iterator[Indicator | Refused]:
    types = item.get("indicator_types") or []
    if isinstance(types, list) and types and not _TYPES_OF_HARM.intersection(map(str, types)):
        yield Refused(place, f"an indicator of something harmless ({shown(', '.join(map(str, types)))})")
        return
    if item.get("pattern_type", "stix") != "stix" or not isinstance(item.get("pattern"), str):
        yield Refused(place, f"a pattern in another language ({shown(str(item.get('pattern_type')))})")
        return
    try:
        found = comparisons(item["pattern"])
    except Unsplittable as reason:
        yield Refused(place, f"a pattern that says something only as a whole: {reason}")
        return
    base = _base(item, objects)
    for comparison in found:
        yield from _compared(comparison, base, place)


def _base(item: dict[str, Any], objects: Mapping[str, Any]) -> Indicator:
    confidence = item.get("confidence")
    return Indicator(
        "",
        "",
        Role.CAMPAIGN,
        str(item.get("id")),
        stamp(item.get("modified")) or stamp(item.get("valid_from")),
        confidence if isinstance(confidence, int) and 0 <= confidence <= 100 else None,  # noqa: PLR2004 - percent
        stamp(item.get("valid_until")),
        _tlp(item, objects),
        shown(str(item.get("name") or "")),
        retracted=item.get("revoked") is True,
    )


def _tlp(item: dict[str, Any], objects: Mapping[str, Any]) -> str:
    references = item.get("object_marking_refs")
    for reference in references if isinstance(references, list) else []:
        marking = objects.get(str(reference))
        definition = marking.get("definition") if isinstance(marking, dict) else None
        told = definition.get("tlp") if isinstance(definition, dict) else None
        found = TLP.get(str(reference)) or (str(told).lower() if isinstance(told, str) else "")
        if found:
            return found.replace("white", "clear")
    return ""


def _compared(comparison: Comparison, base: Indicator, place: str) -> Iterator[Indicator | Refused]:
    if comparison.type == "file" and comparison.path.startswith("hashes."):
        yield from _digest(comparison.path.removeprefix("hashes.").strip("'\""), comparison.value, base, place)
    elif comparison.type in _KINDS and comparison.path == "value":
        yield from _some(clean(comparison.value, _of_kind(base, _KINDS[comparison.type]), place))
    else:
        yield Refused(place, f"of a kind that cannot be matched ({shown(f'{comparison.type}:{comparison.path}')})")


def _digest(name: str, value: str, base: Indicator, place: str) -> Iterator[Indicator | Refused]:
    algorithm = name.lower().replace("-", "").replace("_", "")
    if algorithm in DIGESTS:
        yield from _some(clean(value, _of_kind(base, algorithm), place, algorithm))
    else:
        yield Refused(place, f"a digest of an algorithm that doorward does not know: {shown(name)}")


def _file(item: dict[str, Any], objects: Mapping[str, Any], place: str) -> Iterator[Indicator | Refused]:
    hashes = item.get("hashes")
    for name, value in hashes.items() if isinstance(hashes, dict) else ():
        if isinstance(value, str):
            yield from _digest(name, value, _base(item, objects), place)


def _of_kind(base: Indicator, kind: str) -> Indicator:
    return replace(base, kind=kind)


def _some(item: Indicator | Refused | None) -> Iterator[Indicator | Refused]:
    if item is not None:
        yield item
