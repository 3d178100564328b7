"""Formulas that Homebrew installed: the receipt in each one's folder."""

from __future__ import annotations

import re

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries

NAME = "Homebrew receipts"
FILES = ("Cellar/*/*/INSTALL_RECEIPT.json",)
TYPE = "brew"

_FOLDER = re.compile(r"(?:.*/)?Cellar/([^/]+)/([^/]+)/INSTALL_RECEIPT\.json\Z", re.DOTALL)


class _Source(msgspec.Struct):
    tap: str | None = None


class _Receipt(msgspec.Struct):
    source: _Source | None = None
    on_request: bool | None = msgspec.field(default=None, name="installed_on_request")


def parse(files: Files, path: str) -> Inventory:
    """Read one receipt; raise ManifestError where it is none. Name and version are those of its folder."""
    receipt = load_json(text_of(files, path), path, _Receipt)
    folder = _FOLDER.match(path)
    if folder is None:
        raise ManifestError(f"{path}: not in the folder of a formula")
    tap = (receipt.source.tap if receipt.source else None) or "homebrew/core"
    name = folder[1] if tap == "homebrew/core" else f"{tap}/{folder[1]}"
    entries = Entries(path)
    entries.packages.append(Dependency(TYPE, name, folder[2], path=path, direct=receipt.on_request))
    return entries.inventory()
