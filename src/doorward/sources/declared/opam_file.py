"""What an OCaml package declares: ``*.opam``."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare, exact
from doorward.sources.manifests._entries import Entries, Read

NAME = "opam"
FILES = ("*.opam",)
TYPE = "opam"

_DEPENDS = re.compile(r"^depends\s{0,20}:\s{0,20}\[", re.MULTILINE)
#: A name in quotes, with its conditions in braces behind it.
_PACKAGE = re.compile(r'"([A-Za-z0-9_+-]{1,200})"\s{0,100}(?:\{([^{}]{0,1000})\})?')
_EXACT = re.compile(r'=\s{0,10}"([^"]{1,100})"')


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read what a package depends on; raise ManifestError where it is no package."""
    if "opam-version" not in text:
        raise ManifestError(f"{path}: no opam-version")
    entries = Entries(path)
    plain = "\n".join("" if line.lstrip().startswith("#") else line for line in text.split("\n"))
    start = _DEPENDS.search(plain)
    if start is not None:
        end = plain.find("\n]", start.end())
        body = plain[start.end() : end if end >= 0 else len(plain)]
        for name, condition in _PACKAGE.findall(body):
            pinned = _EXACT.search(condition) if not any(char in condition for char in "<>!|") else None
            groups = ("test",) if "with-test" in condition else ("build",) if condition.strip() == "build" else ()
            version = exact(pinned[1]) if pinned else ""
            declare(entries, Dependency(TYPE, name, version, path=path, groups=groups, direct=True), condition)
    return entries.inventory()
