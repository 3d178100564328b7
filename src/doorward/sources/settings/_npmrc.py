"""The format of ``.npmrc``: lines of ``key = value``, with arrays, quotes, comments and ``${VARIABLE}``.

Source: npm's documentation, "npmrc".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"(\\*)\$\{([^${}?]{1,256})(\??)\}")


def parse_npmrc(text: str) -> dict[str, str]:
    """Return the settings of a file; of a key that is there more than once the last one. Sections are skipped."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if stripped.startswith("["):
            break
        key, equals, value = stripped.partition("=")
        if equals:
            found[_unquoted(key.strip()).removesuffix("[]")] = _unquoted(value.strip())
    return found


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Put environment variables in place; an unset one stays as it is written, or vanishes where a ``?`` follows it."""

    def value(match: re.Match[str]) -> str:
        slashes, name, optional = match.groups()
        if len(slashes) % 2:
            return match[0]
        kept = slashes[: len(slashes) // 2]
        if name in environ:
            return kept + environ[name]
        return kept if optional else match[0]

    return _VARIABLE.sub(value, text)


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    for mark in (" ;", " #"):
        text = text.partition(mark)[0].rstrip()
    return text
