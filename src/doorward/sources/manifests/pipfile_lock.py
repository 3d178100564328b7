"""Pipenv's ``Pipfile.lock``: a table for each category of packages."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import normalise_name
from doorward.records import replace
from doorward.sources.manifests._documents import load_json, load_toml
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._values import archive_path, git_address, is_commit, labelled_digests, public_url

NAME = "Pipfile.lock"
FILES = ("Pipfile.lock",)
TYPE = "pypi"

#: Category of the lock -> the groups that it stands for; another category is its own group.
_GROUPS: dict[str, tuple[str, ...]] = {"default": (), "develop": ("dev",)}
#: Category of the lock -> the table of the Pipfile that it comes from.
_TABLES = {"default": "packages", "develop": "dev-packages"}


class _Source(msgspec.Struct):
    url: str = ""
    name: str = ""


class _Meta(msgspec.Struct):
    sources: list[_Source] = []


class _Package(msgspec.Struct):
    version: str = ""
    hashes: list[str] = []
    index: str = ""
    git: str = ""
    ref: str = ""
    path: str = ""
    file: str = ""


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a ``Pipfile.lock``; raise ManifestError where it is none."""
    lock = load_json(text, path, dict[str, msgspec.Raw])
    if "_meta" not in lock:
        raise ManifestError(f"{path}: no _meta: not a lock file of Pipenv")
    entries = Entries(path)
    meta = next((meta for _, _, meta in entries.each_json([("_meta", lock.pop("_meta"))], _Meta)), _Meta())
    indexes = {source.name: public_url(source.url) for source in meta.sources if source.url}
    entries.indexes += indexes.values()
    asked = _asked(read, entries)
    for category, _, table in entries.each_json(lock.items(), dict[str, msgspec.Raw]):
        direct = asked.get(_TABLES.get(category, category), frozenset()) if asked is not None else None
        for name, _, package in entries.each_json(table.items(), _Package):
            key = normalise_name(TYPE, name)
            found = _dependency(key, package, indexes, entries)
            groups = _GROUPS.get(category, (category,))
            entries.packages.append(replace(found, groups=groups, direct=None if direct is None else key in direct))
    return entries.inventory()


def _asked(read: Read, entries: Entries) -> dict[str, frozenset[str]] | None:
    """Return the names in each table of the ``Pipfile`` beside the lock; None where there is none to read."""
    try:
        text = read("Pipfile")
        document = None if text is None else load_toml(text, "Pipfile")
    except ManifestError as error:
        entries.gap(f"what the project itself asks for is not known: {error}")
        return None
    if document is None:
        return None
    tables = ((name, table) for name, table in document.items() if isinstance(table, dict))
    return {name: frozenset(normalise_name(TYPE, package) for package in table) for name, table in tables}


def _dependency(name: str, package: _Package, indexes: Mapping[str, str], entries: Entries) -> Dependency:
    version = package.version.lstrip("=").strip()
    if version == "*" or version[:1] in {"<", ">", "~", "!"}:
        version = ""
    elsewhere = package.file or package.path
    source = "git" if package.git else "url" if "://" in elsewhere else "path" if elsewhere else "registry"
    if elsewhere == ".":
        source = "workspace"
    commit = package.ref if source == "git" and is_commit(package.ref) else ""
    if source == "registry" and not version:
        entries.gap("not pinned", name)
    elif source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", name)
    urls = {"registry": indexes.get(package.index, ""), "url": public_url(elsewhere), "path": archive_path(elsewhere)}
    return Dependency(
        TYPE,
        name,
        version,
        source,
        entries.path,
        digests=entries.digests(name, labelled_digests, ((digest, "") for digest in package.hashes)),
        commit=commit,
        url=git_address(package.git) if package.git else urls.get(source, ""),
    )
