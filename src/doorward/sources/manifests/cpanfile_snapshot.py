"""Perl's ``cpanfile.snapshot``, as Carton writes it: a distribution, and indented what it has."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read

NAME = "cpanfile.snapshot"
FILES = ("cpanfile.snapshot",)
TYPE = "cpan"

_DISTRIBUTION = re.compile(r" {2}([A-Za-z0-9_.+-]{1,200}?)-v?(\d[\w.]{0,100}(?:-TRIAL)?)\s*\Z")
_PATH = re.compile(r" {4}pathname: (?:[A-Z]/[A-Z-]{2}/([A-Z-]{1,100})/)?")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - what is direct stands in a program
    """Read a snapshot; raise ManifestError where it is none. The author's id is part of the name, as purls have it."""
    lines = text.split("\n")
    if not any(line.startswith("DISTRIBUTIONS") for line in lines[:5]):
        raise ManifestError(f"{path}: no distributions")
    entries = Entries(path)
    for number, line in enumerate(lines, 1):
        if line[:2] != "  " or line[2:3] in {"", " "}:
            continue
        match = _DISTRIBUTION.match(line)
        if match is None:
            entries.gap("a distribution without a version", line.strip()[:80], number)
            continue
        place = _PATH.match(lines[number]) if number < len(lines) else None
        name = f"{place[1]}/{match[1]}" if place and place[1] else match[1]
        entries.packages.append(Dependency(TYPE, name, match[2], path=path, line=number))
    return entries.inventory()
