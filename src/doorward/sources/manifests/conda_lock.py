"""``conda-lock.yml``: packages of conda and of pip, once for each platform."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import normalise_name
from doorward.sources.manifests._documents import load_yaml, shaped
from doorward.sources.manifests._entries import Entries, Read, named
from doorward.sources.manifests._values import file_name, labelled_digests, public_url

NAME = "conda-lock.yml"
FILES = ("conda-lock.yml", "*.conda-lock.yml")
#: Packages of conda; those of pip are "pypi".
TYPE = "conda"


class _Package(msgspec.Struct):
    name: str
    version: str
    manager: str = "conda"
    url: str = ""
    hash: dict[str, str] = {}
    category: str = "main"


class _Lock(msgspec.Struct):
    package: list[Any]
    metadata: dict[str, Any] = {}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock does not say what is direct
    """Read a ``conda-lock.yml``; raise ManifestError where it is none."""
    lock = shaped(next(iter(load_yaml(text, path)), None), path, _Lock)
    entries = Entries(path)
    for name, _, package in entries.each(named(lock.package), _Package):
        pip = package.manager == "pip"
        filename = file_name(package.url)
        digests = [(f"{algorithm}:{value}", filename) for algorithm, value in package.hash.items()]
        url = public_url(package.url)
        entries.packages.append(
            Dependency(
                "pypi" if pip else TYPE,
                normalise_name("pypi", package.name) if pip else package.name,
                package.version,
                path=path,
                digests=entries.digests(name, labelled_digests, digests),
                # A channel holds a folder for each platform.
                url="" if pip else "/".join(url.split("/")[:-2]),
                groups=() if package.category == "main" else (package.category,),
            )
        )
    return entries.inventory()
