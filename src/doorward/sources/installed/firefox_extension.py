"""Add-ons of Firefox and its kin: a profile's ``extensions.json``. What comes with the program itself is left out."""

from __future__ import annotations

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, numbered

NAME = "Firefox add-ons"
FILES = ("firefox/*/extensions.json", "*thunderbird/*/extensions.json", "Profiles/*/extensions.json")
TYPE = "firefox-extension"

#: Where the parts of the program itself lie, and the themes and languages that it brings.
_BUILT_IN = ("app-builtin", "app-system")


class _Addon(msgspec.Struct):
    id: str
    version: str
    location: str = ""


class _Profile(msgspec.Struct):
    addons: list[msgspec.Raw]


def parse(files: Files, path: str) -> Inventory:
    """Read a profile's list; raise ManifestError where it is none. An add-on goes by its id."""
    profile = load_json(text_of(files, path), path, _Profile)
    entries = Entries(path)
    for _, _, addon in entries.each_json(numbered("addons", profile.addons), _Addon):
        if not addon.location.startswith(_BUILT_IN):
            entries.packages.append(Dependency(TYPE, addon.id, addon.version, path=path))
    return entries.inventory()
