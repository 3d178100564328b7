"""STIX 2.1 bundles: indicators with a pattern, and files that a relationship ties to malware.

The newest version of an object counts; one that is revoked takes back what it said. What is no alternative by itself
(AND, FOLLOWEDBY) is skipped and counted, never split.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doorward.errors import FeedError
from doorward.model.advisories import stamp
from doorward.model.intelligence import DIGESTS, Defect, Indicator, Refused, Role
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
#: What the reader is told where a feed adds to what it said before.
ADDS = "adds"
#: Objects of one feed.
MOST_OBJECTS = 10_000_000
#: What a bundle, or an object of one, has and nothing else: files and addresses need not tell their version.
_MARK = re.compile(rb'"(?:bundle|spec_version|[a-z0-9-]{1,40}--[0-9a-zA-Z-]{1,40})"')
_KINDS = {"domain-name": "domain", "url": "url", "ipv4-addr": "ip", "ipv6-addr": "ip"}
_TIED = frozenset({"indicates", "based-on", "related-to", "consists-of", "drops", "downloads", "communicates-with"})
_BAD = ("malware--", "indicator--", "malware-analysis--", "tool--")
_TYPES_OF_HARM = frozenset({"malicious-activity", "anomalous-activity", "compromised", "attribution", "unknown"})


def sniff(head: bytes, _name: str) -> bool:
    """Whether a document begins like a bundle, or like an answer of a TAXII server."""
    return head.lstrip().startswith(b"{") and b'"objects"' in head and _MARK.search(head) is not None


def parse(document: Document) -> Iterator[Indicator | Refused | Defect]:
    """Yield the indicators of a bundle by itself."""
    joined = Joined()
    objects = _objects(document)
    sound = _sound(objects)
    joined.take(sound)
    yield from _unsound(objects, document.name)
    yield from joined.told(sound, document.name, adds=ADDS in document.hints)


class Joined:
    """What the bundles of one feed say together: ``note`` is called for each of them, then ``parse`` for each.

    A relationship may stand on another page of a collection, or in another file, than what it ties, and so may the
    newer version of an object. Held between the two is an id and a moment for each object, nothing of what it says.
    """

    def __init__(self) -> None:
        """Know of no bundle."""
        #: When the newest version of an object was made that may become an indicator, by id; gone once it is told.
        self._newest: dict[str, str] = {}
        #: The same of what ties, with the objects that it does, and those that it did before it was revoked.
        self._ties: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {}
        self._marks: dict[str, str] = {}
        self._tied: frozenset[str] | None = None
        self._untied: frozenset[str] = frozenset()
        #: Of these, those that no document has: an earlier import may have brought them.
        self._elsewhere: frozenset[str] = frozenset()

    def note(self, document: Document) -> None:
        """Take note of a bundle; raise :class:`FeedError` where it is none, or one too many."""
        self.take(_sound(_objects(document)))

    def parse(self, document: Document) -> Iterator[Indicator | Refused | Defect]:
        """Yield the indicators of a bundle."""
        objects = _objects(document)
        yield from _unsound(objects, document.name)
        yield from self.told(_sound(objects), document.name, adds=ADDS in document.hints)

    def take(self, objects: Iterable[dict[str, Any]]) -> None:
        """Take note of objects."""
        for item in objects:
            identifier, when = item["id"], stamp(item.get("modified"))
            kind = str(item.get("type"))
            if kind in {"indicator", "file"}:
                self._newest[identifier] = max(when, self._newest.get(identifier, ""))
            elif kind in {"relationship", "malware"}:
                if identifier not in self._ties or when >= self._ties[identifier][0]:
                    self._ties[identifier] = when, _ties_of(item), _unties_of(item)
            elif _level(item):
                self._marks[identifier] = _level(item)
        if len(self._newest) + len(self._ties) + len(self._marks) > MOST_OBJECTS:
            raise FeedError(f"more than {MOST_OBJECTS:,} objects, with those before it")

    def told(
        self, objects: Iterable[dict[str, Any]], name: str, *, adds: bool
    ) -> Iterator[Indicator | Refused | Defect]:
        """Yield the indicators among objects of which note was taken, and what they leave where they are ``adds``."""
        if self._tied is None:
            self._tied = frozenset(end for _, ends, _ in self._ties.values() for end in ends)
            self._untied = frozenset(end for _, _, ends in self._ties.values() for end in ends) - self._tied
            self._elsewhere = self._untied - self._newest.keys()
        for item in objects:
            identifier = item["id"]
            if adds and self._ties.get(identifier, ("",))[0] == stamp(item.get("modified")):
                yield from _left(item, self._elsewhere, f"{name}: {identifier}")
            if self._newest.get(identifier) != stamp(item.get("modified")):
                continue
            del self._newest[identifier]
            place = f"{name}: {identifier}"
            if item.get("type") == "indicator":
                yield from _indicator(item, self._marks, place)
            elif identifier in self._tied or identifier in self._untied:
                yield from _file(item, self._marks, place, retracted=identifier in self._untied)


def _left(item: dict[str, Any], elsewhere: frozenset[str], place: str) -> Iterator[Refused | Defect]:
    """Yield what a newer version of an object may take back of an earlier import, and cannot where it is added to."""
    if not elsewhere.isdisjoint(_unties_of(item)):
        yield Refused(
            place, "it takes back a file that is not among these objects: import all of the feed, without --add"
        )
    samples = item.get("type") == "malware" and "sample_refs" in item
    if samples and stamp(item.get("modified")) > stamp(item.get("created")) > "":
        yield Defect(place, "a newer version: samples that only an older one named stay, where an import brought them")


def _objects(document: Document) -> list[Any]:
    """Return the objects of a bundle, and what stands among them."""
    value = any_json(document.read())
    objects = value.get("objects") if isinstance(value, dict) else None
    if not isinstance(objects, list):
        raise FeedError("a bundle without objects")
    return objects


def _sound(objects: list[Any]) -> list[dict[str, Any]]:
    return [item for item in objects if _has_id(item)]


def _unsound(objects: list[Any], name: str) -> Iterator[Refused]:
    for number, item in enumerate(objects):
        if not _has_id(item):
            yield Refused(f"{name}[{number}]", "not an object with an id")


def _has_id(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str)


def _ties_of(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the objects that one ties to malware or to an indicator: a relationship its ends, malware its samples."""
    return () if item.get("revoked") else _ends(item)


def _unties_of(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the files that one tied until it was revoked."""
    return tuple(end for end in _ends(item) if end.startswith("file--")) if item.get("revoked") else ()


def _ends(item: Mapping[str, Any]) -> tuple[str, ...]:
    if item.get("type") == "malware":
        samples = item.get("sample_refs")
        return tuple(sample for sample in samples if isinstance(sample, str)) if isinstance(samples, list) else ()
    ends = (str(item.get("source_ref")), str(item.get("target_ref")))
    return ends if str(item.get("relationship_type")) in _TIED and any(end.startswith(_BAD) for end in ends) else ()


def _indicator(item: dict[str, Any], marks: Mapping[str, str], place: str) -> Iterator[Indicator | Refused]:
    types = item.get("indicator_types") or []
    if isinstance(types, list) and types and not _TYPES_OF_HARM.intersection(map(str, types)):
        yield Refused(place, f"an indicator of something harmless ({shown(', '.join(map(str, types)))})")
        return
    if not isinstance(item.get("pattern"), str):
        yield Refused(place, "an indicator without a pattern")
        return
    if item.get("pattern_type", "stix") != "stix":
        yield Refused(place, f"a pattern in another language ({shown(str(item.get('pattern_type')))})")
        return
    try:
        found, whole = comparisons(item["pattern"])
    except Unsplittable as reason:
        yield Refused(place, f"a pattern that says something only as a whole: {reason}")
        return
    for why in whole:
        yield Refused(place, f"an alternative that says something only as a whole: {why}")
    base = _base(item, marks)
    for comparison in found:
        yield from _compared(comparison, base, place)


def _base(item: dict[str, Any], marks: Mapping[str, str]) -> Indicator:
    confidence = item.get("confidence")
    return Indicator(
        "",
        "",
        Role.CAMPAIGN,
        str(item.get("id")),
        stamp(item.get("modified")) or stamp(item.get("valid_from")),
        confidence if isinstance(confidence, int) and 0 <= confidence <= 100 else None,  # noqa: PLR2004 - percent
        stamp(item.get("valid_until")),
        _tlp(item, marks),
        shown(str(item.get("name") or "")),
        retracted=item.get("revoked") is True,
    )


def _tlp(item: dict[str, Any], marks: Mapping[str, str]) -> str:
    references = item.get("object_marking_refs")
    known = (str(reference) for reference in (references if isinstance(references, list) else []))
    return next((level for mark in known if (level := TLP.get(mark) or marks.get(mark, ""))), "")


def _level(marking: Mapping[str, Any]) -> str:
    """Return the level of TLP that an object defines, "" where it defines none."""
    definition = marking.get("definition")
    told = definition.get("tlp") if isinstance(definition, dict) else None
    return told.lower().replace("white", "clear") if isinstance(told, str) else ""


def _compared(comparison: Comparison, base: Indicator, place: str) -> Iterator[Indicator | Refused]:
    if comparison.type == "file" and comparison.path.startswith("hashes."):
        yield from _digest(comparison.path.removeprefix("hashes.").strip("'\""), comparison.value, base, place)
    elif comparison.type in _KINDS and comparison.path == "value":
        yield from _some(clean(comparison.value, _of_kind(base, _KINDS[comparison.type]), place))
    else:
        yield Refused(place, f"of a kind that cannot be matched ({shown(f'{comparison.type}:{comparison.path}')})")


def _digest(name: str, value: str, base: Indicator, place: str) -> Iterator[Indicator | Refused]:
    algorithm = name.lower().replace("-", "").replace("_", "")
    if algorithm == "tlsh":
        yield from _some(clean(value, _of_kind(base, algorithm), place))
    elif algorithm in DIGESTS:
        yield from _some(clean(value, _of_kind(base, algorithm), place, algorithm))
    else:
        yield Refused(place, f"a digest of an algorithm that doorward does not know: {shown(name)}")


def _file(
    item: dict[str, Any], marks: Mapping[str, str], place: str, *, retracted: bool
) -> Iterator[Indicator | Refused]:
    hashes = item.get("hashes")
    base = _base(item, marks)
    base = replace(base, retracted=retracted or base.retracted)
    for name, value in hashes.items() if isinstance(hashes, dict) else ():
        if isinstance(value, str):
            yield from _digest(name, value, base, place)


def _of_kind(base: Indicator, kind: str) -> Indicator:
    return replace(base, kind=kind)


def _some(item: Indicator | Refused | None) -> Iterator[Indicator | Refused]:
    if item is not None:
        yield item
