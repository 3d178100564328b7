"""Installed Python distributions of the older kind: ``*.egg-info``, a folder or a file, and ``EGG-INFO`` of an egg."""

from __future__ import annotations

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import normalise_name
from doorward.sources.installed._files import Files, text_of
from doorward.sources.installed._headers import first_headers
from doorward.sources.manifests._entries import Entries

NAME = "Python eggs"
FILES = ("*.egg-info/PKG-INFO", "*.egg-info", "EGG-INFO/PKG-INFO")
TYPE = "pypi"


def parse(files: Files, path: str) -> Inventory:
    """Read one distribution; raise ManifestError where it does not say what it is.

    One outside of a folder of packages is the project's own, built where it stands.
    """
    entries = Entries(path)
    told = first_headers(text_of(files, path), ("name", "version"))
    name, version = told.get("name", ""), told.get("version", "")
    if not name or not version:
        raise ManifestError(f"{path}: neither name nor version")
    installed = any(part in {"site-packages", "dist-packages"} or part.endswith(".egg") for part in path.split("/"))
    source = "registry" if installed else "workspace"
    entries.packages.append(Dependency(TYPE, normalise_name(TYPE, name), version, source, path))
    return entries.inventory()
