"""What a C++ project declares to vcpkg: ``vcpkg.json``. An override is the version that is taken."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read, named

NAME = "vcpkg.json"
FILES = ("vcpkg.json",)
TYPE = "vcpkg"


class _Wanted(msgspec.Struct):
    name: str
    least: str = msgspec.field(default="", name="version>=")
    version: str = ""
    semver: str = msgspec.field(default="", name="version-semver")
    date: str = msgspec.field(default="", name="version-date")
    text: str = msgspec.field(default="", name="version-string")

    @property
    def exact(self) -> str:
        return self.version or self.semver or self.date or self.text


class _Manifest(msgspec.Struct):
    dependencies: list[Any] | None = None
    overrides: list[Any] = []


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read a manifest; raise ManifestError where it is none."""
    manifest = load_json(text, path, _Manifest)
    if manifest.dependencies is None:
        raise ManifestError(f"{path}: no dependencies")
    entries = Entries(path)
    pins = {item.name: item.exact for _, _, item in entries.each(named(manifest.overrides), _Wanted)}
    wanted = ({"name": item} if isinstance(item, str) else item for item in manifest.dependencies)
    for _, _, item in entries.each(named(wanted), _Wanted):
        found = Dependency(TYPE, item.name, pins.get(item.name, ""), path=path, direct=True)
        declare(entries, found, f">= {item.least}" if item.least else "")
    return entries.inventory()
