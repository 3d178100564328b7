"""What of other packages a Go source uses: its imports, and the names behind them, told by tokens and not by types."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.sources.usage.names import ANY, Use, Wanted

#: Comments and literals: whatever they hold is no code. One that is not closed goes on to its end.
_OPAQUE = re.compile(rb'//[^\n]*|/\*.*?(?:\*/|\Z)|"(?:[^"\\\n]|\\.)*"?|`[^`]*`?|\'(?:[^\'\\\n]|\\.)*\'?', re.DOTALL)
_IMPORT = re.compile(rb"(?:^|;)[ \t]*import\b(\s*\([^)]*\)?|[^\n(]*)", re.MULTILINE)
_SPEC = re.compile(rb'(?:(?<![\w.])([\w.]{1,200})[ \t]+)?["`]([^"`\n]+)["`]')
_VERSION = re.compile(r"v\d+\Z|\.v\d+\Z")


def go_uses(source: bytes, wanted: Wanted) -> Iterator[Use]:
    """Yield (import path, name, line) of what a source uses of ``wanted`` packages; the name is "" for the import.

    The name is :data:`ANY` where a package has no name by which it is seen to be called: its own may be another than
    its path tells. A method ("Decoder.Decode") counts as used where its type is named, or where a file that imports the
    package calls a method of that name: types are not worked out. Files for other systems, and tests, count as any.
    """
    commentless = _OPAQUE.sub(lambda match: match[0] if match[0][:1] in b'"`' else _blank(match), source)
    code = _OPAQUE.sub(_blank, source)
    for block in _IMPORT.finditer(code):
        for spec in _SPEC.finditer(commentless, *block.span(1)):
            path = spec[2].decode("utf-8", "replace")
            if path in wanted:
                line = source.count(b"\n", 0, spec.start()) + 1
                yield path, "", line
                alias = spec[1].decode("utf-8", "replace") if spec[1] else ""
                yield from _names(code, path, alias, wanted[path], line)


def _blank(match: re.Match[bytes]) -> bytes:
    return b"\n" * match[0].count(b"\n") + b" " * (len(match[0]) - match[0].count(b"\n"))


def _names(code: bytes, path: str, alias: str, names: frozenset[str], line: int) -> Iterator[Use]:
    if alias == "_":
        return
    prefix = "" if alias == "." else rf"\b(?:{'|'.join(map(re.escape, [alias] if alias else _called(path)))})\s*\.\s*"
    if not alias and re.search(prefix.encode(), code) is None:
        yield path, ANY, line
    for name in sorted(names):
        first, _, method = name.partition(".")
        patterns = [rf"{prefix}\b{re.escape(first)}\b"] + ([rf"\.\s*{re.escape(method)}\s*\("] if method else [])
        match = re.search("|".join(patterns).encode(), code)
        if match is not None:
            yield path, name, code.count(b"\n", 0, match.end()) + 1


def _called(path: str) -> list[str]:
    """Return the names that a package of this path usually has: its last part, without version and "go-"."""
    parts = path.split("/")
    last = parts[-2] if len(parts) > 1 and _VERSION.match(parts[-1]) else parts[-1]
    last = _VERSION.sub("", last)
    return list(dict.fromkeys((last, last.removeprefix("go-"), last.removesuffix("-go"), last.replace("-", ""))))
