"""Fields of opam files: lists of packages with conditions in braces, and of addresses that stand in for releases."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: A name in quotes, with its conditions in braces behind it.
_PACKAGE = re.compile(r'"([A-Za-z0-9_+-]{1,200})"\s{0,100}(?:\{([^{}]{0,1000})\})?')
#: One version: no name stands before the sign, as it does where another thing is compared.
_EXACT = re.compile(r'(?:\A|[&(])\s{0,10}=\s{0,10}"([^"]{1,100})"')
_PIN = re.compile(r'"([A-Za-z0-9_+-]{1,200})\.([^"\s]{1,100})"\s{0,100}"([^"\s]{1,1000})"')


def requirements(text: str, field: str) -> Iterator[tuple[str, str, int]]:
    """Yield name, conditions and line of each package of a field."""
    for match, line in _items(text, field, _PACKAGE, "]"):
        yield match[1], match[2] or "", line


def pins(text: str) -> Iterator[tuple[str, str, str, int]]:
    """Yield name, version, address and line of each release that an address stands in for."""
    for match, line in _items(text, "pin-depends", _PIN, "\n]"):
        yield match[1], match[2], match[3], line


def version_of(conditions: str) -> str:
    """Return the version that the conditions of a package pin; "" where they allow several."""
    exact = _EXACT.search(conditions) if not any(char in conditions for char in "<>!|") else None
    return exact[1] if exact else ""


def groups(conditions: str) -> tuple[str, ...]:
    """Return the group of a package by its conditions."""
    return ("test",) if "with-test" in conditions else ("build",) if conditions.strip() == "build" else ()


def _items(text: str, field: str, form: re.Pattern[str], ends: str) -> Iterator[tuple[re.Match[str], int]]:
    plain = "\n".join("" if line.lstrip().startswith("#") else line for line in text.split("\n"))
    start = re.search(rf"^{field}\s{{0,20}}:\s{{0,20}}\[", plain, re.MULTILINE)
    if start is None:
        return
    end = plain.find(ends, start.end())
    line, last = plain.count("\n", 0, start.end()) + 1, start.end()
    for match in form.finditer(plain, start.end(), end if end >= 0 else len(plain)):
        line, last = line + plain.count("\n", last, match.start()), match.start()
        yield match, line
