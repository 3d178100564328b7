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
        if not line.startswith("# "):
            continue
        match = _MODULE.match(line.rstrip("\r"))
        if match is None:
            entries.gap("a line that is not module and version", line.strip()[:80], number)
        elif match[2] or not match[3]:  # at the end stand all replacements, whether or not they were needed
            fork = match[3] and match[4]
            name, version = (match[3], match[4]) if fork else (match[1], match[2] or "")
            source = "path" if match[3] and not fork else "registry"
            entries.packages.append(Dependency(TYPE, name, version, source, path, number, direct=False))
    if not entries.packages:
        raise ManifestError(f"{path}: no module")
    return entries.inventory()


def _asked(package: Dependency) -> Dependency:
    return Dependency(
        package.type, package.name, package.version, package.source, package.path, package.line, direct=True
    )
