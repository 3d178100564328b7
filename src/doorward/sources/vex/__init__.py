"""VEX documents: one file of this folder is one format, found by walking it.

A format gives ``NAME``, ``sniff(document)`` (whether a JSON object is of it) and ``parse(document)``, which yields its
statements. One that says nothing usable comes as ``Refused`` with its place: it clears nothing, and is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeAlias, cast

import msgspec

from doorward.discovery import members
from doorward.errors import FeedError
from doorward.model.intelligence import Refused
from doorward.model.vex import CLEARING, Statement
from doorward.records import replace

__all__ = ["read_vex"]

Item: TypeAlias = Statement | Refused


class Format(Protocol):
    """What every public module of this folder offers."""

    NAME: str

    def sniff(self, document: Mapping[str, Any]) -> bool:
        """Whether a document is of this format."""

    def parse(self, document: Mapping[str, Any]) -> Iterator[Item]:
        """Yield what a document states."""


def read_vex(data: bytes, name: str) -> list[Item]:
    """Return what the document ``name`` states. Raise :class:`FeedError` where it is in no format of VEX."""
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedError(f"{name}: not JSON ({str(error)[:100]})") from error
    known = [cast("Format", module) for module in members("doorward.sources.vex").values()]
    found = next((item for item in known if isinstance(document, dict) and item.sniff(document)), None)
    if found is None:
        names = ", ".join(item.NAME for item in known)
        raise FeedError(f"{name}: no VEX document that doorward reads ({names})")
    return [_named(item, name) for item in found.parse(document)]


def _named(item: Item, name: str) -> Item:
    if isinstance(item, Refused):
        return Refused(f"{name}: {item.place}", item.reason)
    if item.status in CLEARING and not item.reason and item.status != "fixed":
        about = ", ".join(item.vulnerabilities)
        return Refused(f"{name}: {about}", "not_affected without a justification or an impact statement")
    return replace(item, document=name)
