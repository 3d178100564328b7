"""pixi's ``pixi.lock``, lock versions 4 to 7: packages of conda and of pip, for every environment and platform."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import normalise_name
from doorward.sources.manifests._conda import conda_file, is_release
from doorward.sources.manifests._documents import load_yaml, shaped
from doorward.sources.manifests._entries import Entries, Read, numbered
from doorward.sources.manifests._values import (
    archive_path,
    file_name,
    git_address,
    is_commit,
    labelled_digests,
    public_url,
)

NAME = "pixi.lock"
FILES = ("pixi.lock",)
#: Packages of conda; those of pip are "pypi".
TYPE = "conda"

_VERSIONS = frozenset({"4", "5", "6", "7"})
_BUILT = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])? @ (\S.*)\Z", re.DOTALL)
_REVISION = re.compile(r"(?:#|@|[?&]rev=)([0-9a-fA-F]{40})\b")


class _Package(msgspec.Struct):
    """One package: since version 6 its address stands below "conda" or "pypi", the versions before tell its kind."""

    conda: str = ""
    #: Version 7: what is built from sources, as ``name[digest] @ address``.
    source: str = msgspec.field(default="", name="conda_source")
    pypi: str = ""
    kind: str = ""
    url: str = ""
    path: str = ""
    name: str = ""
    version: str = ""
    sha256: str = ""
    md5: str = ""


class _Environment(msgspec.Struct):
    indexes: list[str] = []
    #: Platform -> tables that name each package by its address.
    packages: dict[str, list[dict[str, Any]]] = {}


class _Lock(msgspec.Struct):
    version: str
    packages: list[Any] = []
    environments: dict[str, Any] = {}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock does not say what is direct
    """Read a ``pixi.lock``; raise ManifestError where it is none, or of a version that is not known."""
    lock = shaped(next(iter(load_yaml(text, path)), None), path, _Lock)
    if lock.version not in _VERSIONS:
        raise ManifestError(f"{path}: lock version {lock.version[:10]!r}, of which doorward knows 4 to 7")
    entries = Entries(path)
    groups: dict[str, list[str]] = defaultdict(list)
    for name, _, environment in entries.each(lock.environments.items(), _Environment):
        entries.indexes += [public_url(index) for index in environment.indexes]
        listed = (item for items in environment.packages.values() for item in items)
        for address in {value for item in listed for value in item.values() if isinstance(value, str)}:
            groups[address].append(name)
    for name, _, package in entries.each(_named(lock.packages), _Package):
        found = _taken(package, groups, entries)
        if found is None:
            entries.gap("an entry that does not name a package", name)
        else:
            entries.packages.append(found)
    return entries.inventory()


def _named(items: list[Any]) -> Iterator[tuple[str, object]]:
    """Pair entries with their names, as far as they or their files tell one, for the gap of one that cannot be read."""
    for place, item in numbered("packages", items):
        told = item if isinstance(item, dict) else {}
        found = conda_file(address) if isinstance(address := told.get("conda"), str) else None
        name = told.get("name")
        yield (name if isinstance(name, str) else found.name if found else place), item


def _taken(package: _Package, groups: Mapping[str, list[str]], entries: Entries) -> Dependency | None:
    if package.source:
        return _built(package, groups, entries)
    is_conda = package.conda or package.kind == "conda"
    return _conda(package, groups, entries) if is_conda else _pypi(package, groups, entries)


def _groups(address: str, groups: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return the environments that a package is in; none where the usual one is among them."""
    found = groups.get(address, [])
    return () if "default" in found else tuple(found)


def _conda(package: _Package, groups: Mapping[str, list[str]], entries: Entries) -> Dependency | None:
    address = package.conda or package.url or package.path
    told = conda_file(address)
    name, version = (told.name, told.version) if told else (package.name, package.version)
    if not name:
        return None
    filename = told.filename if told else ""
    stated = [(f"{kind}:{value}", filename) for kind in ("sha256", "md5") if (value := getattr(package, kind))]
    remote = "://" in address
    return Dependency(
        TYPE,
        name,
        version,
        "registry" if told and remote else "path" if not remote else "git" if address.startswith("git+") else "url",
        entries.path,
        digests=entries.digests(name, labelled_digests, stated) if told else (),
        url=told.channel if told else "",
        groups=_groups(address, groups),
    )


def _built(package: _Package, groups: Mapping[str, list[str]], entries: Entries) -> Dependency | None:
    """Return a package of conda that is built from sources: a folder of the project's, or a repository."""
    told = _BUILT.match(package.source)
    if told is None:
        return None
    source, url, commit = _origin(told[2], [])
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", told[1])
    wanted = _groups(package.source, groups)
    return Dependency(TYPE, told[1], package.version, source, entries.path, commit=commit, url=url, groups=wanted)


def _pypi(package: _Package, groups: Mapping[str, list[str]], entries: Entries) -> Dependency | None:
    address = package.pypi or package.url or package.path
    if not package.name or not address:
        return None
    name = normalise_name("pypi", package.name)
    source, url, commit = _origin(address, entries.indexes)
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", name)
    # The digest of a folder is of its project file, that of a repository of none that is served.
    stated = [(f"sha256:{package.sha256}", file_name(address))] if package.sha256 else []
    packed = source in {"registry", "url"} or bool(url)
    return Dependency(
        "pypi",
        name,
        package.version,
        source,
        entries.path,
        digests=entries.digests(name, labelled_digests, stated if packed and source != "git" else []),
        commit=commit,
        url=url,
        groups=_groups(address, groups),
    )


def _origin(address: str, indexes: list[str]) -> tuple[str, str, str]:
    """Return source, address and commit. A file that no index of the lock keeps comes from its address."""
    if address.startswith("git+"):
        revision = _REVISION.search(address)
        repository = re.sub(r"(?<=.)@[^/@]*\Z", "", address.partition("#")[0].partition("?")[0])
        return "git", git_address(repository), revision[1] if revision and is_commit(revision[1]) else ""
    if "://" not in address:
        return ("workspace" if address in {".", "./"} else "path"), archive_path(address), ""
    served = is_release(address) or _host(address) in map(_host, indexes)
    return ("registry", "", "") if served else ("url", public_url(address), "")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address
