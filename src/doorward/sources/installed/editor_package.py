"""Packed extensions of VS Code and its kin: ``extension/package.json`` in a ``.vsix``."""

from __future__ import annotations

import hashlib

import msgspec

from doorward.errors import ArchiveError, ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.limits import ArchiveLimits
from doorward.model.release import LockedDigest
from doorward.sources.archives import open_archive
from doorward.sources.archives.source import chunks
from doorward.sources.installed._files import Files
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries

NAME = "packed editor extensions"
FILES = ("*.vsix",)
TYPE = "vscode"

_MANIFEST = "extension/package.json"


class _Extension(msgspec.Struct):
    name: str
    publisher: str
    version: str


def parse(files: Files, path: str) -> Inventory:
    """Read one package; raise ManifestError where it is none."""
    entries = Entries(path)
    with files.blob(path) as blob:
        try:
            found = (entry.data for entry in open_archive(blob, path, ArchiveLimits()) if entry.path == _MANIFEST)
            content = next(found, None)
        except ArchiveError as error:
            raise ManifestError(f"{path}: {error}") from error
        digest = hashlib.sha256()
        for piece in chunks(blob):
            digest.update(piece)
    if content is None:
        raise ManifestError(f"{path}: no manifest of an extension")
    told = load_json(content.decode("utf-8", "replace"), path, _Extension)
    name = f"{told.publisher}/{told.name}".lower()
    digests = (LockedDigest("sha256", digest.hexdigest(), path.rpartition("/")[2]),)
    entries.packages.append(Dependency(TYPE, name, told.version, path=path, digests=digests))
    return entries.inventory()
