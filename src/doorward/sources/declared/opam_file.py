"""What an OCaml package declares: ``*.opam``."""

from __future__ import annotations

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare, exact
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._opam import groups, pins, requirements, unread, version_of
from doorward.sources.manifests._values import public_url

NAME = "opam"
FILES = ("*.opam",)
TYPE = "opam"


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read what a package depends on; raise ManifestError where it is no package."""
    if "opam-version" not in text:
        raise ManifestError(f"{path}: no opam-version")
    entries = Entries(path)
    addressed = {name: address for name, _, address, _ in pins(text)}
    for field in ("depends", "depopts"):
        for name, condition, line in requirements(text, field):
            if name in addressed:
                entries.gap(f"not from the registry: {public_url(addressed[name])}"[:200], name, line)
                continue
            wanted = ("optional",) if field == "depopts" else groups(condition)
            found = Dependency(
                TYPE, name, exact(version_of(condition)), path=path, line=line, groups=wanted, direct=True
            )
            declare(entries, found, condition)
    for strange, line in unread(text, "depends", "depopts", "pin-depends"):
        entries.gap("neither a package nor an address", strange[:80], line)
    return entries.inventory()
