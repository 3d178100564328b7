"""Installed R packages: the ``DESCRIPTION`` of each in a library. Only an installed one says when it was built."""

from __future__ import annotations

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.installed._headers import first_headers
from doorward.sources.manifests._entries import Entries

NAME = "R libraries"
FILES = ("library/*/DESCRIPTION", "site-library/*/DESCRIPTION", "R/*/*/DESCRIPTION")
TYPE = "cran"


def parse(files: Files, path: str) -> Inventory:
    """Read one package; raise ManifestError where it does not say what it is."""
    told = first_headers(text_of(files, path), ("package", "version", "built", "priority", "remotetype"))
    if not told.get("package") or not told.get("version"):
        raise ManifestError(f"{path}: neither name nor version")
    entries = Entries(path)
    if "built" in told and told.get("priority") != "base":
        source = "registry" if told.get("remotetype", "standard") == "standard" else "git"
        entries.packages.append(Dependency(TYPE, told["package"], told["version"], source, path))
    return entries.inventory()
