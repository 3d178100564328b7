"""npm's own list of what it installed: ``node_modules/.package-lock.json``, with the digests of what was fetched."""

from __future__ import annotations

from doorward.model.dependency import Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.manifests import npm_lock

NAME = "node_modules/.package-lock.json"
FILES = ("node_modules/.package-lock.json",)
TYPE = "npm"


def parse(files: Files, path: str) -> Inventory:
    """Read the list; raise ManifestError where it is none. It tells nothing of what the project itself asks for."""
    return npm_lock.parse(text_of(files, path), path, lambda _: None)
