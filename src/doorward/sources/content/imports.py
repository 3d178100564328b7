"""What code imports, found by searching for a word and looking at the line around it: no parser, linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

#: Imports of one file that are looked at.
_CAP = 20_000
#: Bytes before and behind the word that belong to its line.
_REACH = 300
#: Modules of which a single name says more than the whole: ``from urllib import parse`` opens no connection.
PARENTS = frozenset({"asyncio", "http", "importlib", "multiprocessing", "os", "urllib", "xmlrpc"})

_WORD = re.compile(rb"import")
_NAMES = r"[A-Za-z_][\w.]*(?:[ \t]+as[ \t]+\w+)?"
#: What nearly all lines are: one module, or one and the names that are taken of it.
_SIMPLE = re.compile(
    rb"[ \t]*(?:import[ \t]+([A-Za-z_][\w.]*)(?:[ \t]+as[ \t]+\w+)?"
    rb"|from[ \t]+([\w.]+)[ \t]+import[ \t]+(\(?[\w, \t]*[)\\]?))[ \t\r]*\Z"
)
_DOTTED = re.compile(r"\.*[\w.]+\Z")
#: What makes a line hold more than one statement, or code in a string.
_MORE = re.compile(r"[;:\"'(]|import")
#: An import statement: at the start of a line, or behind ``;``, ``:`` or the quote that opens a string of code.
_PLAIN = re.compile(rf"(?:^|[;:\"'])[ \t]*import[ \t]+({_NAMES}(?:[ \t]*,[ \t]*{_NAMES})*)[ \t]*(?:$|[;#\\\"')])")
_FROM = re.compile(r"(?:^|[;:\"'])[ \t]*from[ \t]+([A-Za-z_][\w.]*)[ \t]+import\b([\w \t,*(]*)")
_CALL = re.compile(r"import(?:__|_module)[ \t]*\([ \t]*[\"']([A-Za-z_][\w.]*)")
#: Lines that nothing runs: examples in documentation, and comments.
_NOT_RUN = (">>>", "...", "#")

#: A specifier in require(...), in import ... from "...", import "..." or import("..."), and in export ... from "...".
_REQUIRE = re.compile(rb"quire\(\s{0,20}[\"'`]([^\"'`\n]{1,200})[\"'`]")
#: Possessive: a long name that is no import is not split in every way.
_BINDINGS = rb"(?:\{[^{}]{0,2000}+\}|\*(?:\s{0,9}+as\s{1,9}+[\w$]{1,100}+)?)"
_SPECIFIED = rb"[\"'`]([^\"'`\n]{1,200})[\"'`]"
_IMPORT = re.compile(
    rb"import(?![\w$])\s{0,9}+(?:\(\s{0,9}+|(?:[\w$]{1,100}+\s{0,9}+,?+\s{0,9}+){0,2}"
    + _BINDINGS
    + rb"?+\s{0,9}+from\s{0,9}+)?"
    + _SPECIFIED
)
_EXPORT = re.compile(rb"export(?![\w$])\s{0,9}+(?:type\s{1,9}+)?+" + _BINDINGS + rb"\s{0,9}+from\s{0,9}+" + _SPECIFIED)
#: Bytes of a file that is searched for exports from other packages: only small index files are made of them.
_INDEX_FILE = 1 << 16
_SPECIFIER = re.compile(r"(?:@[a-z0-9~_.-]+/)?[A-Za-z0-9~_.-]+(?:/[^\s]*)?\Z")


def python_import_lines(data: bytes) -> dict[bytes, int]:
    """Return the distinct lines of Python code that speak of importing, and where each does first."""
    lines: dict[bytes, int] = {}
    find, find_back = data.find, data.rfind
    for match in islice(_WORD.finditer(data), _CAP):
        position = match.start()
        start = find_back(b"\n", position - _REACH if position > _REACH else 0, position) + 1
        if not start:
            start = max(position - _REACH, 0)
        end = find(b"\n", position, position + _REACH)
        lines.setdefault(data[start : end if end >= 0 else position + _REACH], position)
    return lines


def simple_import(line: bytes) -> tuple[str, str | None] | None:
    """Return the module and what is taken of it, None for the module itself; None where the line is not that simple."""
    match = _SIMPLE.match(line)
    if match is None:
        return None
    module, parent, names = match.groups()
    return (module.decode(), None) if parent is None else (parent.decode(), names.decode())


def names_in_line(text: bytes) -> Iterator[str]:
    """Yield the modules that a line of Python imports. ``from a import b`` gives "a" and "a.b"."""
    simple = simple_import(text)
    if simple is not None:
        module, names = simple
        yield from (module,) if names is None else _from_names(module, names)
        return
    line = text.decode("latin-1").strip()
    if line.startswith(_NOT_RUN):
        return
    if line.startswith("from "):
        module, _, names = line[5:].partition(" import ")
        module = module.strip()
        if _DOTTED.match(module) and not _MORE.search(names.lstrip("(")):
            yield from _from_names(module, names)
            return
    elif not line.startswith("import") and not _MORE.search(line.replace("import", "", 1)):
        return
    for match in _PLAIN.finditer(line):
        yield from (name.split()[0] for name in match[1].split(","))
    for match in _FROM.finditer(line):
        yield from _from_names(match[1], match[2])
    yield from (match[1] for match in _CALL.finditer(line))


def _from_names(module: str, names: str) -> Iterator[str]:
    if module.startswith("."):
        return
    if module not in PARENTS:
        yield module
    for part in names.partition("#")[0].strip(" \t()\\").split(","):
        name = part.split(maxsplit=1)
        if name:
            yield f"{module}.{name[0].rstrip(')')}"


def javascript_imports(data: bytes) -> dict[str, int]:
    """Return every specifier that is required or imported, and where first. ``node:`` is taken off."""
    found: dict[bytes, int] = {}
    for pattern in (_REQUIRE, _IMPORT, _EXPORT) if len(data) <= _INDEX_FILE else (_REQUIRE, _IMPORT):
        for match in islice(pattern.finditer(data), _CAP):
            found.setdefault(match[1], match.start())
    return {name.decode("utf-8", "replace").removeprefix("node:"): place for name, place in found.items()}


@lru_cache(maxsize=50_000)
def package_of(specifier: str) -> str:
    """Return the package that a JavaScript specifier names ("@scope/name"), "" for a path or a subpath import."""
    if specifier.startswith((".", "/", "#")) or not _SPECIFIER.match(specifier):
        return ""
    parts = specifier.split("/")
    return "/".join(parts[:2]) if specifier.startswith("@") else parts[0]
