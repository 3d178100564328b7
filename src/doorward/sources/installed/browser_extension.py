"""Extensions of Chromium's kin: ``manifest.json`` below a profile's ``Extensions``, in folders of id and version."""

from __future__ import annotations

import re

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries

NAME = "browser extensions"
FILES = ("Extensions/*/*/manifest.json",)
TYPE = "chrome-extension"

_FOLDER = re.compile(r"(?:.*/)?Extensions/([a-p]{32})/[^/]+/manifest\.json\Z", re.DOTALL)


class _Manifest(msgspec.Struct):
    version: str


def parse(files: Files, path: str) -> Inventory:
    """Read one extension; raise ManifestError where it is none. It goes by the id of its folder."""
    told = load_json(text_of(files, path), path, _Manifest)
    folder = _FOLDER.match(path)
    if folder is None:
        raise ManifestError(f"{path}: not in the folder of an extension")
    entries = Entries(path)
    entries.packages.append(Dependency(TYPE, folder[1], told.version, path=path))
    return entries.inventory()
