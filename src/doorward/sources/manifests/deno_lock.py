"""Deno's ``deno.lock``, versions 1 to 5: packages of npm and of JSR, and modules by address.

Modules by address belong to no package: they are one gap for each host.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.release import LockedDigest
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._npm import origin, tarball
from doorward.sources.manifests._values import file_name, sri_digests

NAME = "deno.lock"
FILES = ("deno.lock",)
#: Packages of npm; those of JSR are "jsr".
TYPE = "npm"

#: ``@scope/name@1.0.0_peer@2.0.0``
_KEY = re.compile(r"((?:@[^/@\s]+/)?[^/@\s]+)@([^_@\s]+)(?:_.*)?\Z", re.DOTALL)


class _Package(msgspec.Struct):
    integrity: str = ""
    #: Where it came from, if that is not the registry's usual address.
    tarball: str = ""
    #: Names or keys; version 3 writes a table for packages of npm.
    dependencies: list[str] | dict[str, str] = []
    optional: list[str] = msgspec.field(default_factory=list, name="optionalDependencies")


class _Packages(msgspec.Struct):
    specifiers: dict[str, Any] = {}
    jsr: dict[str, Any] = {}
    npm: dict[str, Any] = {}


class _Workspace(msgspec.Struct):
    dependencies: list[Any] = []
    manifest: dict[str, Any] = msgspec.field(default_factory=dict, name="packageJson")
    members: dict[str, Any] = {}


class _Lock(_Packages):
    version: str = ""
    #: Version 3 keeps the tables one level deeper.
    packages: _Packages | None = None
    remote: dict[str, Any] = {}
    workspace: _Workspace = msgspec.field(default_factory=_Workspace)


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock names what the project asks for
    """Read a ``deno.lock``; raise ManifestError where it is none."""
    lock = load_json(text, path, _Lock)
    entries = Entries(path)
    packages = lock.packages or (_Packages(npm=_table(lock.npm, "packages")) if lock.version == "2" else lock)
    nodes = [
        node
        for type_, table in (("npm", packages.npm), ("jsr", packages.jsr))
        for key, _, package in entries.each(table.items(), _Package)
        if (node := _node(type_, key, package, entries))
    ]
    asked = _asked(lock.workspace, packages.specifiers, entries)
    entries.packages = placed(nodes, {"": asked}) if asked else [node.package for node in nodes]
    addresses = lock.remote if lock.version else load_json(text, path, dict[str, Any])
    if not lock.version and not all("://" in address for address in addresses):
        raise ManifestError(f"{path}: neither a version nor addresses: not a lock file of Deno")
    for host, count in Counter(_host(address) for address in addresses).items():
        entries.gap(f"{count} modules by address, which belong to no package", host)
    return entries.inventory()


def _table(document: dict[str, Any], key: str) -> dict[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _node(type_: str, key: str, package: _Package, entries: Entries) -> Node | None:
    match = _KEY.match(key)
    if match is None:
        entries.gap("an entry that does not name a package and a version", key)
        return None
    name, version = match[1], match[2]
    digests: tuple[LockedDigest, ...] = ()
    if type_ == "npm" and package.integrity:  # JSR's digest is of a list of modules
        filename = file_name(package.tarball) or tarball(name, version)
        digests = entries.digests(name, sri_digests, [(package.integrity, filename)])
    wanted = package.dependencies.values() if isinstance(package.dependencies, dict) else package.dependencies
    named = (item if ":" in item else f"{type_}:{item}" for item in (*wanted, *package.optional))
    wants = [want for item in named for want in (item, item.rpartition("@")[0])]
    keys = (f"{type_}:{key}", f"{type_}:{name}")
    source, url, _ = origin(package.tarball, name, version)
    return Node(Dependency(type_, name, version, source, entries.path, digests=digests, url=url), keys, wants)


def _asked(workspace: _Workspace, specifiers: dict[str, Any], entries: Entries) -> list[str]:
    """Return the keys of what the project and its members ask for."""
    requirements: list[object] = []
    for member in (workspace, *(found for _, _, found in entries.each(workspace.members.items(), _Workspace))):
        listed = member.manifest.get("dependencies")
        requirements += [*member.dependencies, *(listed if isinstance(listed, list) else [])]
    keys = []
    for requirement in requirements:
        resolved = specifiers.get(requirement) if isinstance(requirement, str) else None
        if isinstance(requirement, str) and isinstance(resolved, str):
            type_ = requirement.partition(":")[0]
            name = requirement[len(type_) + 1 :].rpartition("@")[0] or requirement[len(type_) + 1 :]
            keys.append(resolved if resolved.startswith(f"{type_}:") else f"{type_}:{name}@{resolved}")
    return keys


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or address[:80]
    except ValueError:
        return address[:80]
