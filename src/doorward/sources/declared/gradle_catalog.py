"""Gradle's version catalogs: ``libs.versions.toml``."""

from __future__ import annotations

from typing import Any

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare, exact
from doorward.sources.manifests._documents import load_toml
from doorward.sources.manifests._entries import Entries, Read

NAME = "libs.versions.toml"
FILES = ("*.versions.toml",)
TYPE = "maven"


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read a catalog; raise ManifestError where it is none."""
    document = load_toml(text, path)
    tables = {name: document.get(name) for name in ("versions", "libraries", "plugins")}
    known = {name: table for name, table in tables.items() if isinstance(table, dict)}
    if not known:
        raise ManifestError(f"{path}: neither versions nor libraries nor plugins")
    entries = Entries(path)
    for alias, spec in known.get("libraries", {}).items():
        _take(entries, alias, _library(spec), known.get("versions", {}), ())
    for alias, spec in known.get("plugins", {}).items():
        _take(entries, alias, _plugin(spec), known.get("versions", {}), ("build",))
    return entries.inventory()


def _library(spec: Any) -> tuple[str, Any]:
    """Return ``group:artifact`` and the version of a library, in whichever form it is written."""
    if isinstance(spec, str):
        group, _, rest = spec.partition(":")
        artifact, _, version = rest.partition(":")
        return f"{group}:{artifact}", version
    told = spec if isinstance(spec, dict) else {}
    return str(told.get("module") or f"{told.get('group', '')}:{told.get('name', '')}"), told.get("version")


def _plugin(spec: Any) -> tuple[str, Any]:
    """Return the marker artifact of a plugin, by which Gradle finds it."""
    told = spec if isinstance(spec, dict) else dict(zip(("id", "version"), str(spec).split(":", 1), strict=False))
    name = str(told.get("id") or "")
    return f"{name}:{name}.gradle.plugin" if name else ":", told.get("version")


def _take(
    entries: Entries, alias: str, found: tuple[str, Any], versions: dict[str, Any], groups: tuple[str, ...]
) -> None:
    name, version = found
    if name.startswith(":") or name.endswith(":") or name.count(":") != 1:
        entries.gap("an entry without group and name", alias)
        return
    if isinstance(version, dict) and isinstance(version.get("ref"), str):
        version = versions.get(version["ref"])
    if isinstance(version, dict):
        version = version.get("strictly") or version.get("require") or version.get("prefer")
    text = version if isinstance(version, str) else ""
    declare(entries, Dependency(TYPE, name, exact(text), path=entries.path, groups=groups), text)
