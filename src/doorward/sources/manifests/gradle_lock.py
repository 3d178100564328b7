"""Gradle's lock files: ``group:artifact:version=configurations`` on each line."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read

NAME = "gradle.lockfile"
FILES = ("gradle.lockfile", "*-gradle.lockfile", "dependency-locks/*.lockfile")
#: What builds the project, not what it is made of.
_BUILD = ("buildscript", "settings")
TYPE = "maven"

_LINE = re.compile(r"([^:=\s]+:[^:=\s]+):([^:=\s]+)(?:=(\S*))?\Z")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - what is direct stands in a program
    """Read a lock file of Gradle; raise ManifestError where no line is of its form."""
    entries = Entries(path)
    group = "build" if path.rpartition("/")[2].startswith(_BUILD) else ""
    known = False
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        known = known or line.startswith(("# This is a Gradle generated file", "empty="))
        if not line or line.startswith(("#", "empty=")):
            continue
        match = _LINE.match(line)
        if match is None:
            entries.gap("a line that is not group:artifact:version", line[:80], number)
            continue
        groups = (group,) if group else _groups(match[3] or "")
        entries.packages.append(Dependency(TYPE, match[1], match[2], path=path, line=number, groups=groups))
    if not entries.packages and not known:
        raise ManifestError(f"{path}: not a lock file of Gradle")
    return entries.inventory()


def _groups(configurations: str) -> tuple[str, ...]:
    """Return the group of a package by its configurations: those of tests, or the project's own."""
    names = [name for name in configurations.split(",") if name]
    return ("test",) if names and all("test" in name.lower() for name in names) else ()
