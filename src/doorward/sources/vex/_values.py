"""Values of hostile JSON: of another type than promised, they are as if they were not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from doorward.errors import InvalidPurl
from doorward.model.purl import Purl, is_purl, parse_purl

#: Longest text of a statement that is kept.
_LONGEST = 500


def objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def entries(value: object) -> list[Mapping[str, Any]]:
    """Return the entries of a list, each in its place: what is no object is an empty one."""
    return [item(entry) for entry in value] if isinstance(value, list) else []


def item(value: object) -> Mapping[str, Any]:
    """Return an object."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """Return a text on one line."""
    return " ".join(value.split())[:_LONGEST] if isinstance(value, str) else ""


def texts(value: object) -> list[str]:
    """Return the texts of a list."""
    return [text(item) for item in value if isinstance(item, str)] if isinstance(value, list) else []


def purls(candidates: Iterable[object]) -> tuple[Purl, ...]:
    """Return the package URLs among some values, each once, without qualifiers and subpath."""
    found: dict[Purl, None] = {}
    for candidate in candidates:
        if isinstance(candidate, str) and is_purl(candidate):
            try:
                parsed = parse_purl(candidate)
            except InvalidPurl:
                continue
            found[Purl(parsed.type, parsed.namespace, parsed.name, parsed.version)] = None
    return tuple(found)


def because(*parts: str) -> str:
    """Return a reason of the parts that are there."""
    return ": ".join(part for part in parts if part)
