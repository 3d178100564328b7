"""``pnpm-lock.yaml``, lock versions 5 to 9. Version 9 writes what a package requires apart from what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_yaml, shaped
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._npm import archive_of_commit, origin, tarball
from doorward.sources.manifests._values import archive_path, file_name, git_address, is_commit, public_url, sri_digests

NAME = "pnpm-lock.yaml"
FILES = ("pnpm-lock.yaml", "pnpm-lock.*.yaml")
TYPE = "npm"

#: Table of the lock -> the group that its packages are in.
_GROUPS = {
    "dependencies": "",
    "optionalDependencies": "optional",
    "devDependencies": "dev",
    # What pnpm loads before it installs, pnpm itself among it.
    "configDependencies": "config",
    "packageManagerDependencies": "config",
}
#: ``name@version`` or ``@scope/name@address``: a name holds no "@", what follows may.
_DESCRIPTOR = re.compile(r"(@[^/@\s]+/[^/@\s]+|[^/@\s]+)@(.*)\Z", re.DOTALL)
#: A key of version 5 whose version is followed by the peers it was resolved with: ``/name/1.0.0_react@18.0.0``.
_PEERED = re.compile(r"(.*/\d+\.\d+\.\d+[^_/@]*)_[^/]*\Z", re.DOTALL)
#: What pnpm fetches as a program, from the servers of its makers: Node.js, Deno, Bun.
_PROGRAMS = frozenset({"binary", "variations"})


class _Resolution(msgspec.Struct):
    integrity: str = ""
    tarball: str = ""
    type: str = ""
    repo: str = ""
    commit: str = ""
    directory: str = ""


class _Package(msgspec.Struct):
    resolution: _Resolution = msgspec.field(default_factory=_Resolution)
    name: str = ""
    version: str = ""
    dependencies: dict[str, str] = {}
    optional: dict[str, str] = msgspec.field(default_factory=dict, name="optionalDependencies")


class _Snapshot(msgspec.Struct):
    dependencies: dict[str, str] = {}
    optional: dict[str, str] = msgspec.field(default_factory=dict, name="optionalDependencies")


class _Lock(msgspec.Struct):
    version: str = msgspec.field(name="lockfileVersion")
    packages: dict[str, Any] = {}
    snapshots: dict[str, Any] = {}
    importers: dict[str, Any] = {}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock names what each member asks for
    """Read a ``pnpm-lock.yaml``; raise ManifestError where it is none."""
    entries = Entries(path)
    documents = load_yaml(text, path) or [None]
    for document in documents:  # later versions write a second document, about pnpm itself
        lock = shaped(document, path, _Lock)
        importers = lock.importers or {".": {key: document.get(key, {}) for key in _GROUPS}}
        entries.packages += placed(_nodes(lock, entries), _starts(importers, entries))
    return entries.inventory()


def _nodes(lock: _Lock, entries: Entries) -> list[Node]:
    snapshots = {key: found for key, _, found in entries.each(lock.snapshots.items(), _Snapshot)}
    nodes = []
    packages = {}
    for key, _, package in entries.each(lock.packages.items(), _Package):
        found = _dependency(key, package, entries)
        if found is None:
            continue
        packages[key] = found
        if not lock.snapshots:
            nodes.append(Node(found, (key,), _wants(package.dependencies) + _wants(package.optional)))
    for key, snapshot in snapshots.items():
        found = packages.get(_without_peers(key))
        if found is None:
            entries.gap("required, and not described", key)
        else:
            nodes.append(Node(found, (key,), _wants(snapshot.dependencies) + _wants(snapshot.optional)))
    described = set(map(_without_peers, snapshots))
    nodes += [Node(found, (key,), []) for key, found in packages.items() if lock.snapshots and key not in described]
    return nodes


def _starts(importers: Mapping[str, Any], entries: Entries) -> dict[str, list[str]]:
    """Return what the members of the workspace ask for, by group."""
    starts: dict[str, list[str]] = {group: [] for group in _GROUPS.values()}
    for folder, _, tables in entries.each(importers.items(), dict[str, Any]):
        for table, group in _GROUPS.items():
            for _, _, wanted in entries.each([(folder, tables.get(table) or {})], dict[str, Any]):
                versions = {
                    name: item.get("version") if isinstance(item, dict) else item for name, item in wanted.items()
                }
                starts[group] += _wants({name: text for name, text in versions.items() if isinstance(text, str)})
    return starts


def _wants(table: Mapping[str, str]) -> list[str]:
    """Return the keys that a requirement may be found under, as versions 9, 6 and 5 write them."""
    return [
        key for name, text in table.items() for key in (text, f"{name}@{text}", f"/{name}@{text}", f"/{name}/{text}")
    ]


def _dependency(key: str, package: _Package, entries: Entries) -> Dependency | None:
    name, version = _named(_without_peers(key))
    name, version = package.name or name, package.version or version
    if package.resolution.type in _PROGRAMS:
        entries.gap("a program that comes from no registry", f"{name} {version}")
        return None
    source, url, commit = _origin(key, name, version, package.resolution)
    if not package.version and not (source in {"registry", "url"} and version[:1].isdigit()):
        version = ""
    if not name or (source == "registry" and not version):
        entries.gap("an entry that does not name a package and a version", key)
        return None
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", name)
    filename = file_name(package.resolution.tarball) or tarball(name, version)
    integrity = package.resolution.integrity if source in {"registry", "url"} else ""
    digests = entries.digests(name, sri_digests, [(integrity, filename)])
    return Dependency(TYPE, name, version, source, entries.path, None, digests, commit, url)


def _origin(key: str, name: str, version: str, resolution: _Resolution) -> tuple[str, str, str]:
    """Return source, address and commit."""
    if resolution.type == "git":
        return "git", git_address(resolution.repo), resolution.commit if is_commit(resolution.commit) else ""
    if archive := archive_of_commit(resolution.tarball):
        return "git", *archive
    if resolution.directory or "file:" in key or resolution.tarball.startswith("file:"):
        return "path", archive_path(resolution.tarball), ""
    return ("url", public_url(resolution.tarball), "") if "://" in key else origin(resolution.tarball, name, version)


def _named(key: str) -> tuple[str, str]:
    """Return name and version of ``name@version`` (versions 6, 9) or ``/name/version``, with a host before or not."""
    key = key.removeprefix("/")
    if descriptor := _DESCRIPTOR.match(key):
        return descriptor[1], "" if "/" in descriptor[2] else descriptor[2]
    name, _, version = key.rpartition("@" if "@" in key.rpartition("/")[2][1:] else "/")
    parts = name.split("/")
    scoped = len(parts) > 1 and parts[-2].startswith("@")
    return "/".join(parts[-2:]) if scoped else parts[-1], "" if "/" in version else version


def _without_peers(key: str) -> str:
    """Return a key without the peers that a package was resolved with: ``(a@1)``, or ``_a@1`` in version 5."""
    key = key.partition("(")[0]
    peered = _PEERED.match(key)
    return peered[1] if peered else key
