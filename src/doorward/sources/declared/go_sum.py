"""The modules that ``go.sum`` knows whole: their files were fetched once, whether or not the build still wants them.

It grows and is seldom tidied, so it tells what was had, not what is installed: that stands in ``go.mod``.
"""

from __future__ import annotations

import re

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read

NAME = "go.sum"
FILES = ("go.sum",)
TYPE = "golang"

_LINE = re.compile(r"(\S{1,1000}) (v\d+\.\d+\.\d+[^\s/]{0,200})(/go\.mod)? h1:[A-Za-z0-9+/=]{44}\Z")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read the modules of which not only the ``go.mod`` was fetched."""
    entries = Entries(path)
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.match(line.strip())
        if match is None and line.strip():
            entries.gap("a line without module, version and digest", line.strip()[:80], number)
        elif match and not match[3]:
            entries.packages.append(Dependency(TYPE, match[1], match[2], path=path, line=number))
    return entries.inventory()
