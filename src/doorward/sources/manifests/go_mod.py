"""Go's ``go.mod``. Since Go 1.17 it names every module of the build; before, ``go.sum`` tells the others.

The digests of ``go.sum`` are left out: they are of a list of files, not of a file that anybody serves.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TypeAlias

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.records import dataclass
from doorward.sources.manifests._entries import Entries, Read

NAME = "go.mod"
FILES = ("go.mod",)
TYPE = "golang"

_DIRECTIVES = frozenset({
    "module", "go", "toolchain", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore",
})  # fmt: skip
_VERSION = re.compile(r"v\d+\.\d+\.\d+\S*\Z")
_GO = re.compile(r"1\.(\d+)")
#: The first minor version of Go 1 whose go.mod names every module.
_COMPLETE = 17


@dataclass(frozen=True, slots=True)
class Line:
    """One directive, or one line of the brackets behind it."""

    number: int
    directive: str
    words: list[str]
    comment: str


#: What is replaced, by name or by name and version -> the line that says by what.
Replaced: TypeAlias = Mapping[tuple[str, ...], Line]


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a ``go.mod``; raise ManifestError where it is none."""
    return read_module(text, path, read, {})


def read_module(text: str, path: str, read: Read, above: Replaced) -> Inventory:
    """Read a ``go.mod`` of a workspace, which may replace modules too; raise ManifestError where it is none."""
    entries = Entries(path)
    found = list(lines(text, entries, _DIRECTIVES))
    if not any(line.directive == "module" for line in found):
        raise ManifestError(f"{path}: no module directive: not a go.mod")
    replaced = {**replacements(found), **above}
    for line in found:
        if line.directive == "require":
            _require(line, replaced, entries)
        elif line.directive == "module" and line.words:
            entries.packages.append(Dependency(TYPE, line.words[0], "", "workspace", path, line.number))
    if not _names_all(found):
        _add_sums(read, entries)
    return entries.inventory()


def replacements(found: Sequence[Line]) -> Replaced:
    """Return what is replaced, by name or by name and version."""
    return {tuple(line.words[: line.words.index("=>")]): line for line in found if "=>" in line.words}


def lines(text: str, entries: Entries, directives: Container[str]) -> Iterator[Line]:
    """Yield every directive, those within brackets with the directive before the bracket."""
    block = ""
    for number, raw in enumerate(text.split("\n"), 1):
        code, _, comment = raw.partition("//")
        words = [word.strip('"`') for word in code.split()]
        if not words:
            continue
        if words == [")"]:
            block = ""
        elif block:
            yield Line(number, block, words, comment.strip())
        elif words[0] not in directives:
            entries.gap(f"a directive that {posixpath.basename(entries.path)} does not have", words[0][:40], number)
        elif words[1:] == ["("]:
            block = words[0]
        else:
            yield Line(number, words[0], words[1:], comment.strip())


def _require(line: Line, replaced: Replaced, entries: Entries) -> None:
    if len(line.words) != 2 or not _VERSION.match(line.words[1]):  # noqa: PLR2004 - module and version
        entries.gap("a requirement without a version", " ".join(line.words)[:80], line.number)
        return
    name, version = line.words
    other = replaced.get((name, version)) or replaced.get((name,))
    source = "registry"
    if other:
        target = other.words[other.words.index("=>") + 1 :]
        if len(target) == 2:  # noqa: PLR2004 - module and version
            name, version = target
        else:
            source = "path"
    direct = not line.comment.startswith("indirect")
    entries.packages.append(Dependency(TYPE, name, version, source, entries.path, line.number, direct=direct))


def _names_all(lines: list[Line]) -> bool:
    said = next((line.words[0] for line in lines if line.directive == "go" and line.words), "")
    minor = _GO.match(said)
    return minor is not None and int(minor[1][:4]) >= _COMPLETE


def _add_sums(read: Read, entries: Entries) -> None:
    """Add the modules that only ``go.sum`` names: those whose files were fetched, not only their ``go.mod``."""
    try:
        text = read("go.sum")
    except ManifestError as error:
        entries.gap(f"what it requires in turn is not known: {error}")
        return
    if text is None:
        if any(package.source != "workspace" for package in entries.packages):
            entries.gap("what it requires in turn is not known: there is no go.sum")
        return
    known = {package.name for package in entries.packages}
    sums = entries.path.removesuffix("go.mod") + "go.sum"
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if words and (len(words) != 3 or not _VERSION.match(words[1])):  # noqa: PLR2004 - module, version, digest
            entries.gap("a line without module, version and digest", line.strip()[:80], number, sums)
        elif words and words[0] not in known and not words[1].endswith("/go.mod"):
            entries.packages.append(Dependency(TYPE, words[0], words[1], path=entries.path, direct=False))
    entries.files.append(sums)
