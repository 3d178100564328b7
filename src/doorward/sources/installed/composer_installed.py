"""Installed PHP packages: Composer's ``vendor/composer/installed.json``, of either version."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.model.dependency import Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.manifests import composer_lock
from doorward.sources.manifests._documents import load_json, shaped
from doorward.sources.manifests._entries import Entries, named

NAME = "composer installed.json"
FILES = ("composer/installed.json",)
TYPE = "composer"


class _Installed(msgspec.Struct):
    packages: list[Any]
    development: list[str] = msgspec.field(default_factory=list, name="dev-package-names")


def parse(files: Files, path: str) -> Inventory:
    """Read the list; raise ManifestError where it is none."""
    told = load_json(text_of(files, path), path, object)
    installed = _Installed(told) if isinstance(told, list) else shaped(told, path, _Installed)
    development = frozenset(installed.development)
    entries = Entries(path)
    for _, _, package in entries.each(named(installed.packages), composer_lock.Package):
        groups = ("dev",) if package.name in development else ()
        entries.packages.append(composer_lock.dependency(package, groups, entries))
    return entries.inventory()
