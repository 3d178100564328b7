"""What a .NET project declares to Paket: ``paket.dependencies``."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare, exact
from doorward.sources.manifests._entries import Entries, Read

NAME = "paket.dependencies"
FILES = ("paket.dependencies",)
TYPE = "nuget"

_LINE = re.compile(r"\s{0,20}(nuget|github|git|gist|http|clitool)\s+(\S+)([^\r\n]{0,400})", re.IGNORECASE)
_GROUP = re.compile(r"\s{0,20}group\s+(\S+)", re.IGNORECASE)


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read the declarations; raise ManifestError where no line is one."""
    entries = Entries(path)
    groups: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        if group := _GROUP.match(line):
            groups = (group[1],)
        match = _LINE.match(line)
        if match is None:
            continue
        if match[1].lower() not in {"nuget", "clitool"}:
            entries.gap("a dependency from no registry, which is not pinned here", match[2][:80], number)
            continue
        wanted = match[3].strip()
        version = exact(wanted if wanted.startswith("=") else wanted.split(" ", 1)[0])
        found = Dependency(TYPE, match[2], version, path=path, line=number, groups=groups, direct=True)
        declare(entries, found, wanted)
    if not entries.packages and not entries.gaps and "source" not in text:
        raise ManifestError(f"{path}: no dependency")
    return entries.inventory()
