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
#: It stands behind the repository; older locks end before that, some with the inner one.
_OUTER = re.compile(r'\],\s*"[^"]*",\s*"([^"]*)"\s*\},?\s*\Z')
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
        outer = _OUTER.search(rest)
        digests = [(f"sha256:{outer[1]}", f"{package[1]}-{package[2]}.tar")] if outer else []
        checked = entries.digests(package[1], labelled_digests, digests)
        return Dependency(TYPE, package[1], package[2], path=entries.path, line=line, digests=checked)
    if kind == "git" and (repository := _GIT.match(rest)):
        commit = repository[2] if is_commit(repository[2]) else ""
        if not commit:
            entries.gap("a git dependency that is not pinned to a commit", name, line)
        url = git_address(repository[1])
        return Dependency(TYPE, name, "", "git", entries.path, line, commit=commit, url=url)
    return Dependency(TYPE, name, "", "path", entries.path, line) if kind == "path" else None
