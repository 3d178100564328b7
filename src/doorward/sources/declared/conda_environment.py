"""What a Conda environment is made from: ``environment.yml``, with what pip adds to it."""

from __future__ import annotations

import re
from typing import Any

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._python import take
from doorward.sources.declared._ranges import declare
from doorward.sources.manifests._documents import load_yaml
from doorward.sources.manifests._entries import Entries, Read

NAME = "environment.yml"
FILES = ("environment.yml", "environment.yaml", "*-environment.yml")
TYPE = "conda"

#: ``channel::name=version=build``, the last two optional.
_SPEC = re.compile(r"(?:[\w./-]{1,100}::)?([A-Za-z0-9_][\w.-]{0,200})\s*([^\s].{0,200})?\Z")
_VERSION = re.compile(r"={1,2}(\d[\w.]*)(?:=[\w.*]+)?\Z")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read an environment; raise ManifestError where it is none."""
    document = next(iter(load_yaml(text, path)), None)
    items = document.get("dependencies") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise ManifestError(f"{path}: no dependencies")
    entries = Entries(path)
    for item in items:
        _take(entries, item)
    return entries.inventory()


def _take(entries: Entries, item: Any) -> None:
    if isinstance(item, dict):
        pip = item.get("pip")
        take(entries, [text for text in pip if isinstance(text, str)] if isinstance(pip, list) else [], ("pip",))
        return
    match = _SPEC.match(item) if isinstance(item, str) else None
    if match is None:
        entries.gap("an entry that is no package", str(item)[:80])
        return
    wanted = match[2] or ""
    pinned = _VERSION.match(wanted)
    version = pinned[1] if pinned else ""
    declare(entries, Dependency(TYPE, match[1].lower(), version, path=entries.path, direct=True), wanted)
