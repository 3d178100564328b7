"""RustSec's advisories: Markdown whose first fenced block is TOML, or a JSON list of the same fields.

A version is affected where it fits neither what is patched nor what is unaffected, which are Cargo's requirements.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from doorward.errors import FeedError, InvalidVersion
from doorward.model.advisories import Advisory, Affected, Kind, Range, Score, Symbols, stamp
from doorward.model.intelligence import About, Defect, Refused
from doorward.model.purl import CRATES
from doorward.sources.feeds._cargo import affected_events
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._records import any_json

NAME = "RustSec"

_FENCE = re.compile(rb"\A\s*```toml\r?\n(.*?)\r?\n```", re.DOTALL)
_TITLE = re.compile(r"^# (.{1,300})$", re.MULTILINE)
_SUMMARY_HEAD = re.compile(rb'\s*\[\s*\{\s*"id"\s*:\s*"RUSTSEC-')
_ID = re.compile(r"RUSTSEC-[0-9]{4}-[0-9]{4,6}\Z")
_FILE = re.compile(r"(?:\A|/)RUSTSEC-[0-9]{4}-[0-9]{4,6}\.md\Z")
MAX_BYTES = 4 << 20

Item = About | Advisory | Defect | Refused


def sniff(head: bytes, name: str) -> bool:
    """Whether a document begins like an advisory, or like a list of their fields; one that is damaged has the name."""
    told = head.lstrip().startswith(b"```toml") and b"[advisory]" in head
    return told or bool(_SUMMARY_HEAD.match(head) or _FILE.search(name))


def parse(document: Document) -> Iterator[Item]:
    """Yield the advisory of a document, or those of a list."""
    data = document.read()
    if _SUMMARY_HEAD.match(data[:200]):
        values = any_json(data)
        for number, value in enumerate(values if isinstance(values, list) else ()):
            place = f"{document.name}[{number}]"
            yield from (
                _advisory(value, value, {}, "", place) if isinstance(value, dict) else [Refused(place, "not an object")]
            )
        return
    yield About(licence="CC0-1.0")
    fence = _FENCE.match(data[:MAX_BYTES])
    if fence is None:
        raise FeedError("an advisory without its block of TOML")
    try:
        table = tomllib.loads(fence[1].decode("utf-8").replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedError(f"not TOML: {error}") from error
    title = _TITLE.search(data[fence.end() : fence.end() + 2000].decode("utf-8", "replace"))
    inner, versions, functions = (_table(table, key) for key in ("advisory", "versions", "affected"))
    yield from _advisory(inner, versions, _table(functions, "functions"), title[1] if title else "", document.name)


def _table(table: dict[str, Any], key: str) -> dict[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _advisory(
    told: dict[str, Any], versions: dict[str, Any], functions: dict[str, Any], title: str, place: str
) -> Iterator[Item]:
    id_, package = told.get("id"), told.get("package")
    if not isinstance(id_, str) or not _ID.match(id_) or not isinstance(package, str) or not package:
        yield Refused(place, "an advisory without id or package")
        return
    try:
        events = affected_events(_texts(versions.get("patched")), _texts(versions.get("unaffected")))
        ranges = (Range("SEMVER", events),) if events else ()
    except InvalidVersion as error:
        ranges = (Range("UNREADABLE"),)
        yield Defect(f"{place} {id_}", str(error))
    day = stamp(f"{told.get('date')}T00:00:00Z") if told.get("date") else ""
    withdrawn = told.get("withdrawn")
    vector = told.get("cvss")
    if not ranges:
        # Every version is patched or unaffected: there is nothing that it could name.
        return
    yield Advisory(
        id_,
        _kind(told),
        (Affected(CRATES, package, ranges, symbols=_symbols(functions)),),
        day,
        day,
        (stamp(f"{withdrawn}T00:00:00Z") or stamp(withdrawn) or day or "1970-01-01T00:00:00Z") if withdrawn else "",
        tuple(_texts(told.get("aliases"))),
        summary=title,
        scores=(Score("CVSS_V4" if vector.startswith("CVSS:4") else "CVSS_V3", vector),)
        if isinstance(vector, str)
        else (),
    )


def _kind(told: dict[str, Any]) -> Kind:
    if told.get("malicious") is True or "malicious" in _texts(told.get("categories")):
        return Kind.MALICIOUS
    return Kind.NOTICE if told.get("informational") else Kind.VULNERABILITY


def _symbols(functions: dict[str, Any]) -> tuple[Symbols, ...]:
    """Return affected functions: ``crate::module::function`` by its path."""
    return tuple(Symbols(*_split(name)) for name in functions)


def _split(name: str) -> tuple[str, tuple[str, ...]]:
    path, _, function = name.rpartition("::")
    return path, (function,)


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
