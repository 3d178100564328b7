"""Installed R packages: the ``DESCRIPTION`` of each in a library. Only an installed one says when it was built."""

from __future__ import annotations

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.installed._headers import first_headers
from doorward.sources.manifests import renv_lock
from doorward.sources.manifests._entries import Entries

NAME = "R libraries"
FILES = ("library/*/DESCRIPTION", "site-library/*/DESCRIPTION", "R/*/*/DESCRIPTION")
TYPE = "cran"

#: Header -> where a package came from that is not from an index.
_REMOTE = {
    "remotetype": "source", "remoteurl": "url", "remotehost": "host", "remoteusername": "owner",
    "remoterepo": "repository", "remotesha": "commit",
}  # fmt: skip


def parse(files: Files, path: str) -> Inventory:
    """Read one package; raise ManifestError where it does not say what it is."""
    told = first_headers(text_of(files, path), ("package", "version", "built", "priority", *_REMOTE))
    if not told.get("package") or not told.get("version"):
        raise ManifestError(f"{path}: neither name nor version")
    entries = Entries(path)
    if "built" in told and told.get("priority") != "base":
        remote = {field: told[header] for header, field in _REMOTE.items() if told.get(header)}
        package = renv_lock.Package(told["package"], told["version"], **remote)
        entries.packages.append(renv_lock.dependency(package.package, package, entries))
    return entries.inventory()
