"""STIX 2.1 patterns, as far as each alternative by itself says that something is malicious.

Read are comparisons with ``=`` and ``IN``, joined by OR, in one observation or in several that OR joins. What AND,
FOLLOWEDBY, NOT or another comparison holds together says something only as a whole, and is never split: of observations
that nothing but OR joins one such costs itself, else the pattern. The grammar is that of
section 9 of the specification; reading takes time linear in the pattern's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.records import dataclass

#: Longest pattern, and most comparisons of one.
MAX_LENGTH, MAX_COMPARISONS = 100_000, 5_000
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\.)*')|(?P<word>[A-Za-z][A-Za-z0-9_-]*)|(?P<path>:[^\s=<>!()\[\],]+(?:'[^']*')?[^\s=<>!()\[\],]*)"
    r"|(?P<mark>[\[\](),=]))"
)

_NESTING = {"[": 1, "(": 1, "]": -1, ")": -1}


class Unsplittable(Exception):
    """The pattern says something only as a whole, or in a way that is not read."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One alternative: a property of an object has a value."""

    #: "file", "domain-name", "url", "ipv4-addr" ...
    type: str
    #: "hashes.'SHA-256'", "value" ...
    path: str
    value: str


def comparisons(pattern: str) -> tuple[list[Comparison], list[Unsplittable]]:
    """Return the alternatives of a pattern, and why others among them have to stay whole.

    Raise :class:`Unsplittable` with the reason where the pattern itself has to.
    """
    if len(pattern) > MAX_LENGTH:
        raise Unsplittable("a pattern that is too long")
    found: list[Comparison] = []
    whole = []
    for tokens in _observations(_tokens(pattern)):
        try:
            found += list(_read(tokens))
        except Unsplittable as reason:
            whole.append(reason)
    if whole and not found:
        raise whole[0]
    if len(found) > MAX_COMPARISONS:
        raise Unsplittable("a pattern of too many comparisons")
    return found, whole


def _observations(tokens: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Yield the observations that nothing but OR joins, or all as one."""
    depth, parts = 0, [tokens[:0]]
    for kind, text in tokens:
        if kind == "mark":
            depth += _NESTING.get(text, 0)
        elif depth == 0 and kind == "word" and text.upper() == "OR":
            parts.append([])
            continue
        elif depth == 0:
            yield tokens
            return
        parts[-1].append((kind, text))
    yield from parts if all(parts) else [tokens]


def _tokens(pattern: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    end = len(pattern.rstrip())
    while at < end:
        match = _TOKEN.match(pattern, at)
        if match is None or match.lastgroup is None:
            raise Unsplittable("a comparison that is not read")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


def _read(tokens: list[tuple[str, str]]) -> Iterator[Comparison]:
    """Yield the comparisons; what stands between them may only be OR, brackets and parentheses."""
    depth, at, expects = 0, 0, True
    while at < len(tokens):
        kind, text = tokens[at]
        if text in _NESTING and kind == "mark":
            depth += _NESTING[text]
            at += 1
        elif kind == "word" and expects:
            found, at = _comparison(tokens, at)
            yield from found
            expects = False
        elif kind == "word" and text.upper() == "OR":
            expects = True
            at += 1
        else:
            raise Unsplittable(f"joined by {text[:20]}")
    if depth or expects:
        raise Unsplittable("an unfinished pattern")


def _comparison(tokens: list[tuple[str, str]], at: int) -> tuple[list[Comparison], int]:
    """Read ``type:path = 'value'`` or ``type:path IN ('a', 'b')``; return what it says and the next token."""
    kinds = [kind for kind, _ in tokens[at : at + 4]]
    texts = [text for _, text in tokens[at : at + 4]]
    if kinds[:2] != ["word", "path"] or len(texts) < 4:  # noqa: PLR2004 - the shortest comparison
        raise Unsplittable("a comparison that is not read")
    type_, path = texts[0].lower(), texts[1][1:]
    if texts[2] == "=" and kinds[3] == "string":
        return [Comparison(type_, path, _unquoted(texts[3]))], at + 4
    if texts[2].upper() == "IN" and texts[3] == "(":
        values, at = [], at + 4
        while at < len(tokens) and tokens[at][0] == "string":
            values.append(Comparison(type_, path, _unquoted(tokens[at][1])))
            at += 1
            if at < len(tokens) and tokens[at][1] == ",":
                at += 1
        if values and at < len(tokens) and tokens[at][1] == ")":
            return values, at + 1
    raise Unsplittable(f"compared by {texts[2][:20]}")


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
