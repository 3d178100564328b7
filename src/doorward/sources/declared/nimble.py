"""What a Nim package declares: ``*.nimble``. It is a program, so it is read, never run."""

from __future__ import annotations

import re

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare, exact
from doorward.sources.manifests._entries import Entries, Read

NAME = "nimble"
FILES = ("*.nimble",)
TYPE = "nim"

_REQUIRES = re.compile(r"[ \t]{0,40}requires\b")
_QUOTED = re.compile(r'"([^"\n]{1,300})"')
_WANTED = re.compile(r"([\w.-]{1,200})\s{0,10}(.{0,200})\Z", re.DOTALL)


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read a package's requirements: each a quoted text, several of them behind one ``requires``."""
    entries = Entries(path)
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line, number = lines[number], number + 1
        if not _REQUIRES.match(line):
            continue
        at = number
        found = line
        while found.rstrip().endswith((",", "(", ":", "requires")) and number < len(lines):
            found, number = found + "\n" + lines[number], number + 1
        for quoted in _QUOTED.findall(found):
            for wanted in quoted.split(","):
                _take(entries, wanted.strip(), at)
    return entries.inventory()


def _take(entries: Entries, wanted: str, line: int) -> None:
    match = _WANTED.match(wanted)
    if "://" in wanted or match is None:
        entries.gap("a dependency that is not named by the registry", wanted[:80], line)
    elif match[1] != "nim":
        version = exact(match[2]) if match[2].startswith("==") else ""
        declare(entries, Dependency(TYPE, match[1], version, path=entries.path, line=line, direct=True), match[2])
