"""Elixir's ``mix.lock``: one line of Elixir for each package, read without running it.

Of its two checksums the outer one, which only newer locks have, is of the released archive.
"""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._values import git_address, is_commit, labelled_digests

NAME = "mix.lock"
FILES = ("mix.lock",)
TYPE = "hex"

_ENTRY = re.compile(r'\s*"([^"]+)":\s*\{:(\w+),\s*(.*)\Z')
_HEX = re.compile(r':"?([\w.-]+)"?,\s*"([^"]+)"')
#: A text, a bracket, a comma, the end of the entry.
_MARK = re.compile(r'"[^"]*"?|[\[\]{},]')
#: Place of the outer checksum among what follows the kind; older locks end before it, some with the inner one.
_OUTER = 6
_GIT = re.compile(r'"([^"]+)",\s*"([^"]+)"')


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - mix.exs is a program, and not run
    """Read a ``mix.lock``; raise ManifestError where it is none."""
    if not text.lstrip().startswith("%{"):
        raise ManifestError(f"{path}: not a map of Elixir")
    entries = Entries(path)
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() in {"", "%{", "}", "%{}"}:
            continue
        entry = _ENTRY.match(line)
        found = _dependency(entry[1], entry[2], entry[3], number, entries) if entry else None
        if found:
            entries.packages.append(found)
        else:
            entries.gap("an entry of an unknown form", entry[1] if entry else line.strip()[:80], number)
    return entries.inventory()


def _dependency(name: str, kind: str, rest: str, line: int, entries: Entries) -> Dependency | None:
    if kind == "hex" and (package := _HEX.match(rest)):
        outer = [text.strip('"') for text in _fields(rest)[_OUTER : _OUTER + 1]]
        digests = [(f"sha256:{text}", f"{package[1]}-{package[2]}.tar") for text in outer]
        checked = entries.digests(package[1], labelled_digests, digests)
        return Dependency(TYPE, package[1], package[2], path=entries.path, line=line, digests=checked)
    if kind == "git" and (repository := _GIT.match(rest)):
        commit = repository[2] if is_commit(repository[2]) else ""
        if not commit:
            entries.gap("a git dependency that is not pinned to a commit", name, line)
        url = git_address(repository[1])
        return Dependency(TYPE, name, "", "git", entries.path, line, commit=commit, url=url)
    return Dependency(TYPE, name, "", "path", entries.path, line) if kind == "path" else None


def _fields(rest: str) -> list[str]:
    """Return what the commas of a tuple part, as it is written; commas in texts and brackets part nothing."""
    fields, start, depth = [], 0, 0
    for mark in _MARK.finditer(rest):
        depth += (mark[0] in "[{") - (mark[0] in "]}")
        if depth < 0 or (not depth and mark[0] == ","):
            fields.append(rest[start : mark.start()].strip())
            start = mark.end()
        if depth < 0:
            break
    return fields
