"""Cabal's ``cabal.project.freeze``: constraints such as ``any.aeson ==2.1.0.0``, flags among them."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read

NAME = "cabal.project.freeze"
FILES = ("cabal.project.freeze", "cabal.project.*.freeze")
TYPE = "hackage"

_PIN = re.compile(r"(?:any\.|setup\.)?([A-Za-z0-9][A-Za-z0-9-]*)\s*==\s*([0-9]+(?:\.[0-9]+)*)\Z")
_FLAGS = re.compile(r"(?:any\.)?[A-Za-z0-9][A-Za-z0-9-]*(?:\s+[+-][\w-]+)+\Z")
_FIELD = re.compile(r"\s*([a-z-]+):(.*)\Z", re.DOTALL)


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the file does not say what is direct
    """Read a ``cabal.project.freeze``; raise ManifestError where it has no constraints."""
    entries = Entries(path)
    in_constraints = seen = False
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.partition("--")[0].strip()
        if field := _FIELD.match(line):
            in_constraints = field[1] == "constraints"
            seen = seen or in_constraints
            line = field[2]
        for item in line.split(",") if in_constraints else ():
            _take(item.strip(), number, entries)
    if not seen:
        raise ManifestError(f"{path}: no constraints: not a freeze file of Cabal")
    return entries.inventory()


def _take(item: str, number: int, entries: Entries) -> None:
    if pin := _PIN.match(item):
        entries.packages.append(Dependency(TYPE, pin[1], pin[2], path=entries.path, line=number))
    elif item and not _FLAGS.match(item):
        entries.gap("a constraint that is not one version", item[:80], number)
