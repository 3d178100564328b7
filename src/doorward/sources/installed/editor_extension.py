"""Extensions of VS Code and its kin: ``package.json`` in a folder of extensions."""

from __future__ import annotations

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries

NAME = "editor extensions"
FILES = ("extensions/*/package.json",)
TYPE = "vscode"


class _Extension(msgspec.Struct):
    name: str = ""
    publisher: str = ""
    version: str = ""
    engines: dict[str, str] = {}


def parse(files: Files, path: str) -> Inventory:
    """Read one extension; raise ManifestError where it is none. Other things live in folders of that name as well."""
    told = load_json(text_of(files, path), path, _Extension)
    entries = Entries(path)
    if "vscode" in told.engines:
        if not told.name or not told.publisher or not told.version:
            raise ManifestError(f"{path}: neither name nor publisher nor version")
        entries.packages.append(Dependency(TYPE, f"{told.publisher}/{told.name}".lower(), told.version, path=path))
    return entries.inventory()
