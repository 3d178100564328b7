"""Go's ``go.work``: the modules that are worked on together, each with its ``go.mod``, and what they all replace."""

from __future__ import annotations

import posixpath
from functools import partial

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests.go_mod import lines, read_module, replacements

NAME = "go.work"
FILES = ("go.work",)
TYPE = "golang"

_DIRECTIVES = frozenset({"go", "toolchain", "godebug", "use", "replace"})


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read the modules of a workspace; raise ManifestError where it has none."""
    entries = Entries(path)
    found = list(lines(text, entries, _DIRECTIVES))
    folders = [line for line in found if line.directive == "use" and line.words]
    if not folders and not any(line.directive == "go" for line in found):
        raise ManifestError(f"{path}: neither go nor use: not a go.work")
    replaced = replacements(found)
    for line in folders:
        place = posixpath.join(line.words[0], "go.mod")
        try:
            module = read(place)
            if module is None:
                entries.gap("a module that is not there, or lies outside", line.words[0][:80], line.number)
                continue
            full = posixpath.normpath(posixpath.join(posixpath.dirname(path), place))
            _add(read_module(module, full, partial(_within, read, line.words[0]), replaced), entries)
        except ManifestError as error:
            entries.gap(f"a module that cannot be read: {error}", line.words[0][:80], line.number)
    members = {package.name for package in entries.packages if package.source == "workspace"}
    entries.packages = [p for p in entries.packages if p.source != "registry" or p.name not in members]
    return entries.inventory()


def _within(read: Read, folder: str, relative: str) -> str | None:
    return read(posixpath.join(folder, relative))


def _add(module: Inventory, entries: Entries) -> None:
    entries.packages += module.packages
    entries.gaps += module.gaps
    entries.files += module.files
