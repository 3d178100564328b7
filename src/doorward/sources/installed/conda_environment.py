"""Installed Conda packages: one file of ``conda-meta`` each."""

from __future__ import annotations

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries
from doorward.sources.manifests._values import file_name, labelled_digests, public_url

NAME = "conda-meta"
FILES = ("conda-meta/*.json",)
TYPE = "conda"


class _Package(msgspec.Struct):
    name: str
    version: str
    url: str | None = None
    sha256: str | None = None
    md5: str | None = None
    requested_spec: str | list[str] | None = None
    #: What newer versions write in its place.
    requested_specs: list[str] | None = None


def parse(files: Files, path: str) -> Inventory:
    """Read one package; raise ManifestError where it does not say what it is."""
    package = load_json(text_of(files, path), path, _Package)
    entries = Entries(path)
    url = public_url(package.url or "")
    stated = [(f"{algorithm}:{value}", file_name(url)) for algorithm, value in _digests(package)]
    digests = entries.digests(package.name, labelled_digests, stated)
    asked = package.requested_specs or (package.requested_spec and package.requested_spec != "None")
    # A channel holds a folder for each platform.
    channel, direct = "/".join(url.split("/")[:-2]), True if asked else None
    entries.packages.append(
        Dependency(TYPE, package.name, package.version, path=path, digests=digests, url=channel, direct=direct)
    )
    return entries.inventory()


def _digests(package: _Package) -> list[tuple[str, str]]:
    return [(name, value) for name, value in (("sha256", package.sha256), ("md5", package.md5)) if value]
