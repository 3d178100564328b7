"""Vendored Go modules: ``vendor/modules.txt``, as the go command writes it."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.manifests._entries import Entries

NAME = "vendor/modules.txt"
FILES = ("vendor/modules.txt",)
TYPE = "golang"

#: ``# module version``, with what stands in for it behind an arrow.
_MODULE = re.compile(r"# (\S+)(?: (v\S+))?(?: => (\S+)(?: (v\S+))?)?\Z")


def parse(files: Files, path: str) -> Inventory:
    """Read the list; raise ManifestError where it names no module."""
    entries = Entries(path)
    explicit = False
    for number, line in enumerate(text_of(files, path).split("\n"), 1):
        if line.startswith("## "):
            explicit = "explicit" in line
            if entries.packages and explicit:
                entries.packages[-1] = _asked(entries.packages[-1])
            continue
        match = _MODULE.match(line.rstrip("\r"))
        if match is None:
            continue
        name, version = (match[3], match[4] or "") if match[3] else (match[1], match[2] or "")
        source = "registry" if version else "path"
        entries.packages.append(Dependency(TYPE, name, version, source, path, number, direct=False))
    if not entries.packages:
        raise ManifestError(f"{path}: no module")
    return entries.inventory()


def _asked(package: Dependency) -> Dependency:
    return Dependency(
        package.type, package.name, package.version, package.source, package.path, package.line, direct=True
    )
