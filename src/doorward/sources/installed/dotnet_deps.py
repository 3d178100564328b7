"""What a published .NET program was built from: ``*.deps.json``.

Its digests are of the packages without the signature that the registry adds to the files, so none is taken over.
"""

from __future__ import annotations

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries

NAME = "deps.json"
FILES = ("*.deps.json",)
TYPE = "nuget"


class _Library(msgspec.Struct):
    type: str = ""


class _Program(msgspec.Struct):
    libraries: dict[str, msgspec.Raw]


def parse(files: Files, path: str) -> Inventory:
    """Read the list; raise ManifestError where it is none."""
    program = load_json(text_of(files, path), path, _Program)
    entries = Entries(path)
    for entry, _, library in entries.each_json(program.libraries.items(), _Library):
        name, _, version = entry.rpartition("/")
        if library.type == "package" and name:
            entries.packages.append(Dependency(TYPE, name, version, path=path))
    return entries.inventory()
