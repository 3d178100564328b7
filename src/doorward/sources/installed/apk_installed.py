"""apk's database of installed packages."""

from __future__ import annotations

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.installed._headers import stanzas
from doorward.sources.installed._system import system_of
from doorward.sources.manifests._entries import Entries

NAME = "apk installed"
FILES = ("apk/db/installed",)
TYPE = "apk"

_PLACES = ("usr/lib/apk/db/installed", "lib/apk/db/installed")


def parse(files: Files, path: str) -> Inventory:
    """Read the database; raise ManifestError where it names no package.

    Its checksum is of a part of the package, so no digest is taken over.
    """
    place = next((place for place in _PLACES if path.endswith(place)), path)
    system = system_of(files, path, place, "alpine")
    entries = Entries(path)
    # Keys are single letters whose case tells them apart: "P:" is the name, "p:" what the package stands in for.
    for line, told in stanzas(text_of(files, path), fold=False):
        name, version = told.get("P", ""), told.get("V", "")
        if not name or not version:
            entries.gap("neither name nor version", name, line)
            continue
        origin = [("upstream", told["o"])] if told.get("o", name) != name else []
        arch = [("arch", told["A"])] if told.get("A") else []
        qualifiers = tuple(sorted((*arch, *origin, *system.qualifiers)))
        entries.packages.append(
            Dependency(TYPE, f"{system.name}/{name}", version, path=path, line=line, qualifiers=qualifiers)
        )
    if not entries.packages and not entries.gaps:
        raise ManifestError(f"{path}: no installed package")
    return entries.inventory()
