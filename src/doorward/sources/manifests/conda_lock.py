"""``conda-lock.yml``: packages of conda and of pip, once for each platform."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import normalise_name
from doorward.sources.manifests._conda import channel_of
from doorward.sources.manifests._documents import load_yaml, shaped
from doorward.sources.manifests._entries import Entries, Read, named
from doorward.sources.manifests._values import file_name, git_address, is_commit, labelled_digests, public_url

NAME = "conda-lock.yml"
FILES = ("conda-lock.yml", "*.conda-lock.yml")
#: Packages of conda; those of pip are "pypi".
TYPE = "conda"


class _Source(msgspec.Struct):
    type: str = ""


class _Package(msgspec.Struct):
    name: str
    version: str
    manager: str = "conda"
    url: str = ""
    hash: dict[str, str] = {}
    category: str = "main"
    #: What pip takes from an address, not from an index.
    source: _Source | str = ""


class _Lock(msgspec.Struct):
    package: list[Any]
    metadata: dict[str, Any] = {}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock does not say what is direct
    """Read a ``conda-lock.yml``; raise ManifestError where it is none."""
    lock = shaped(next(iter(load_yaml(text, path)), None), path, _Lock)
    entries = Entries(path)
    for name, _, package in entries.each(named(lock.package), _Package):
        pip = package.manager == "pip"
        source, url, commit = _origin(package)
        if source == "git" and not commit:
            entries.gap("a git dependency that is not pinned to a commit", name)
        filename = file_name(package.url)
        # The digest of a repository is of an archive that is made anew.
        stated = package.hash.items() if source != "git" else ()
        digests = [(f"{algorithm}:{value}", filename) for algorithm, value in stated]
        entries.packages.append(
            Dependency(
                "pypi" if pip else TYPE,
                normalise_name("pypi", package.name) if pip else package.name,
                package.version,
                source,
                path,
                digests=entries.digests(name, labelled_digests, digests),
                commit=commit,
                url=url,
                groups=() if package.category == "main" else (package.category,),
            )
        )
    return entries.inventory()


def _origin(package: _Package) -> tuple[str, str, str]:
    """Return source, address and commit."""
    if package.manager != "pip":
        return "registry", channel_of(package.url), ""
    if package.url.startswith("git+"):
        address, _, revision = package.url.partition("#")[0].rpartition("@")
        if is_commit(revision):
            return "git", git_address(address), revision
        return "git", git_address(package.url), ""
    if isinstance(package.source, _Source) and package.source.type == "url":
        return "url", public_url(package.url), ""
    return "registry", "", ""
