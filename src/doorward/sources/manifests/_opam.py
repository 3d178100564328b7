"""Fields of opam files: lists of packages with conditions in braces, and of addresses that stand in for releases."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: A name in quotes, with its conditions in braces behind it.
_PACKAGE = re.compile(r'"([A-Za-z0-9_+-]{1,200})"\s{0,100}(?:\{([^{}]{0,1000})\})?')
#: One version: no name stands before the sign, as it does where another thing is compared.
_EXACT = re.compile(r'(?:\A|[&(])\s{0,10}=\s{0,10}"([^"]{1,100})"')
_PIN = re.compile(r'"([A-Za-z0-9_+-]{1,200})\.([^"\s]{1,100})"\s{0,100}"([^"\s]{1,1000})"')


#: A text, or a comment in either notation. Both may end with the file, so that every character is looked at once.
_NOISE = re.compile(r'"(?:[^"\\]|\\.)*+"?|#[^\n]*+|\(\*(?:[^*]|\*(?!\)))*+(?:\*\))?', re.DOTALL)
#: What stands between packages.
_BETWEEN = re.compile(r"[\s|&()\[\]]+")


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


def unread(text: str, *fields: str) -> Iterator[tuple[str, int]]:
    """Yield what stands in lists of packages, or of addresses, and is neither, with its line."""
    for field in fields:
        form, ends = (_PIN, "\n]") if field == "pin-depends" else (_PACKAGE, "]")
        plain, start, end = _body(text, field, ends)
        last, line = start, plain.count("\n", 0, start) + 1
        spans = (match.span() for match in form.finditer(plain, start, end))
        for begin, after in (*spans, (end, end)):
            between = _BETWEEN.sub(" ", plain[last:begin]).strip()
            if between:
                yield between, line
            line, last = line + plain.count("\n", last, after), after


def _items(text: str, field: str, form: re.Pattern[str], ends: str) -> Iterator[tuple[re.Match[str], int]]:
    plain, last, end = _body(text, field, ends)
    line = plain.count("\n", 0, last) + 1
    for match in form.finditer(plain, last, end):
        line, last = line + plain.count("\n", last, match.start()), match.start()
        yield match, line


def _body(text: str, field: str, ends: str) -> tuple[str, int, int]:
    """Return the text without comments, and where the list of a field begins and ends; at 0 where there is none."""
    plain = _NOISE.sub(lambda found: found[0] if found[0][0] == '"' else "\n" * found[0].count("\n"), text)
    start = re.search(rf"^{field}\s{{0,20}}:\s{{0,20}}\[", plain, re.MULTILINE)
    if start is None:
        return plain, 0, 0
    end = plain.find(ends, start.end())
    return plain, start.end(), end if end >= 0 else len(plain)
