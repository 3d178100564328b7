"""What a Lua rock declares: ``*.rockspec``. It is a program, so it is read, never run."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare, exact
from doorward.sources.manifests._entries import Entries, Read

NAME = "rockspec"
FILES = ("*.rockspec",)
TYPE = "luarocks"

_START = re.compile(r"^[ \t]{0,20}(build_|test_)?dependencies\s{0,20}=\s{0,20}\{", re.MULTILINE)
_QUOTED = re.compile(r"""["']([^"'\n]{1,300})["']""")
_WANTED = re.compile(r"([\w./-]{1,200})\s{0,10}(.{0,200})\Z")
#: Groups by how the table is called.
_GROUPS = {"build_": ("build",), "test_": ("test",)}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read a rock's dependencies; raise ManifestError where it is no rockspec."""
    if "package" not in text or "version" not in text:
        raise ManifestError(f"{path}: neither package nor version")
    entries = Entries(path)
    plain = "\n".join(line.partition("--")[0] for line in text.split("\n"))
    for start in _START.finditer(plain):
        end = plain.find("}", start.end())
        for quoted in _QUOTED.findall(plain[start.end() : end if end >= 0 else len(plain)]):
            match = _WANTED.match(quoted.strip())
            if match is None:
                entries.gap("not a dependency", quoted[:80])
            elif match[1] != "lua":
                version = exact(match[2]) if match[2].startswith("=") else ""
                groups = _GROUPS.get(start[1] or "", ())
                found = Dependency(TYPE, match[1], version, path=path, groups=groups, direct=True)
                declare(entries, found, match[2])
    return entries.inventory()
